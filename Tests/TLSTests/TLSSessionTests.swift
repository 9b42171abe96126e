import COpenSSL
import Glibc
import Platform
import Testing

@testable import EventLoop
@testable import TLS

@Suite("A TLS session") struct TLSSessionTests {
  private static func line(_ wishes: TLSClient.Wishes = TLSClient.Wishes(), room: Int32? = nil) throws -> TLSLine {
    try TLSLine(try TLSKeys.made.get().context(), wishes, room: room)
  }

  private static let request = Array("GET / HTTP/1.1\r\n\r\n".utf8)

  @Test(
    "TLS 1.2 and 1.3 are spoken, nothing older",
    arguments: [
      (TLS1_3_VERSION, true), (TLS1_2_VERSION, true), (TLS1_1_VERSION, false), (TLS1_VERSION, false),
    ])
  func versions(_ version: Int32, _ isSpoken: Bool) throws {
    let line = try Self.line(TLSClient.Wishes(version: version))
    #expect(line.shakeHands() == isSpoken)
    #expect(line.server.isEstablished == isSpoken)
  }

  @Test(
    "the preferred of the protocols that both know is chosen; a client that knows none of ours is refused",
    arguments: [
      (["h2", "http/1.1"], "h2"), (["http/1.1", "h2"], "h2"), (["spdy/1", "http/1.1"], "http/1.1"), ([], nil),
      (["spdy/1"], "refused"),
    ])
  func protocols(_ offered: [String], _ chosen: String?) throws {
    let line = try Self.line(TLSClient.Wishes(protocols: offered))
    #expect(line.server.chosenProtocol == nil)
    #expect(line.shakeHands() == (chosen != "refused"))
    if line.server.isEstablished { #expect(line.server.chosenProtocol == chosen) }
  }

  @Test(
    "bytes that come one by one make the same handshake and the same records",
    arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
  func pieces(version: Int32) throws {
    let line = try Self.line(TLSClient.Wishes(version: version))
    #expect(line.shakeHands(step: 1))
    line.client.send(Self.request)
    let record = line.client.takeOutgoing()
    var received: [UInt8] = []
    for (index, byte) in record.enumerated() {
      line.send([byte])
      let isLast = index == record.count - 1
      #expect(line.server.receive(into: &received) == (isLast ? .bytes(Self.request.count) : .wouldBlock))
    }
    #expect(received == Self.request)
  }

  @Test("one record is taken at a time, and all of it")
  func records() throws {
    let line = try Self.line()
    #expect(line.shakeHands())
    let text = [UInt8](repeating: 7, count: 40_000)
    line.client.send(text)
    line.client.send(Self.request)
    line.toServer()
    var sizes: [Int] = []
    var received: [UInt8] = []
    while case .bytes(let count) = line.server.receive(into: &received) { sizes.append(count) }
    #expect(sizes == [16 << 10, 16 << 10, 40_000 - (32 << 10), Self.request.count])
    #expect(received == text + Self.request)
    #expect(line.server.receive(into: &received) == .wouldBlock)
  }

  @Test("what the socket does not take is sent on later, and arrives once")
  func fullSocket() throws {
    let line = try Self.line(room: 8192)
    #expect(line.shakeHands())
    let text = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    var (sent, blocked) = (0, 0)
    var received: [UInt8] = []
    while sent < text.count || received.count < text.count {
      if sent < text.count {
        switch line.server.send(text, from: sent) {
        case .bytes(let count): sent += count
        case .wouldBlock: blocked += 1
        default: Issue.record("the session failed at \(sent)")
        }
      }
      line.toClient()
      while case .bytes(let part) = line.client.receive() { received += part }
      try #require(blocked < 1000)
    }
    #expect(blocked > 0)
    #expect(received == text)
  }

  @Test(
    "close_notify is an end, ours is heard once and the rest is still read (RFC 8446 §6.1)",
    arguments: [
      TLS1_2_VERSION, TLS1_3_VERSION,
    ])
  func goodbye(version: Int32) throws {
    let line = try Self.line(TLSClient.Wishes(version: version))
    #expect(line.server.sayGoodbye())
    #expect(line.shakeHands())
    #expect(line.server.sayGoodbye() && line.server.sayGoodbye())
    line.toClient()
    #expect(line.client.receive() == .closed)
    line.client.send(Self.request)
    line.client.sayGoodbye()
    line.toServer()
    var received: [UInt8] = []
    #expect(line.server.receive(into: &received) == .bytes(Self.request.count))
    #expect(line.server.receive(into: &received) == .end)
  }

  @Test("an end without close_notify is an end too, in the middle of a handshake a failure")
  func cutOff() throws {
    var received: [UInt8] = []
    let line = try Self.line()
    #expect(line.shakeHands())
    line.hangUp()
    #expect(line.server.receive(into: &received) == .end)
    let early = try Self.line()
    _ = early.client.shakeHands()
    early.send(Array(early.client.takeOutgoing().prefix(20)))
    early.hangUp()
    let outcome = early.server.receive(into: &received)
    #expect(outcome != .wouldBlock && outcome != .bytes(0))
    #expect(received == [])
  }

  @Test("what is no TLS, and a record that was changed, break the session for good")
  func garbage() throws {
    var received: [UInt8] = []
    let plain = try Self.line()
    plain.send(Self.request)
    #expect(Self.isFailure(plain.server.receive(into: &received)))
    #expect(Self.isFailure(plain.server.send(Self.request, from: 0)))

    let line = try Self.line()
    #expect(line.shakeHands())
    line.client.send(Self.request)
    var record = line.client.takeOutgoing()
    record[record.count - 1] ^= 1
    line.send(record)
    #expect(Self.isFailure(line.server.receive(into: &received)))
    #expect(line.server.sayGoodbye())
    #expect(received == [])
  }

  private static func isFailure(_ transfer: Socket.Transfer) -> Bool {
    if case .failed(let code) = transfer { code != 0 } else { false }
  }

  @Test("threads share a context")
  func threads() throws {
    let context = try TLSKeys.made.get().context()
    let threads = (0..<2).map { number in
      NamedThread("tls-\(number)") {
        for _ in 0..<5 {
          let line = try? TLSLine(context, TLSClient.Wishes(protocols: ["h2"]))
          #expect(line?.shakeHands() == true)
          #expect(line?.server.chosenProtocol == "h2")
        }
      }
    }
    for thread in threads { thread.join() }
  }
}
