import AMQP
import Fakes
import Testing

/// Brokers that log us in and then send what no broker should.
@Suite struct HostileBrokerTests {
  struct Sample: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]

    init(_ name: String, _ bytes: [UInt8]) {
      testDescription = name
      self.bytes = bytes
    }
  }

  static let deliver = AMQPFrame.deliver(1, consumerTag: "reader")

  static let violations = [
    Sample("a method that does not exist", AMQPFrame.method(1, 99, 99, [])),
    Sample("a method cut short", AMQPFrame.method(1, 60, 60, [200])),
    Sample("a method without its number", AMQPFrame.frame(1, 1, [])),
    Sample("a frame on a channel that is not open", AMQPFrame.method(7, 60, 80, AMQPFrame.number(UInt64(1)) + [0])),
    Sample("a frame on the highest channel", AMQPFrame.body(.max, [1])),
    Sample("a frame of an unknown kind and a method after it", AMQPFrame.frame(9, 1, [1]) + AMQPFrame.body(1, [1])),
    Sample("a frame without its end", Array(AMQPFrame.body(1, [1, 2]).dropLast()) + [0]),
    Sample("a frame longer than agreed", [3, 0, 1] + AMQPFrame.number(UInt32.max)),
    Sample("a header without its method", AMQPFrame.header(1, bodyBytes: 1)),
    Sample("a header on channel 0", AMQPFrame.header(0, bodyBytes: 1)),
    Sample("a header of another class", deliver + AMQPFrame.frame(2, 1, [0, 50] + [UInt8](repeating: 0, count: 12))),
    Sample("two headers", deliver + AMQPFrame.header(1, bodyBytes: 2) + AMQPFrame.header(1, bodyBytes: 2)),
    Sample("a header cut short", deliver + AMQPFrame.frame(2, 1, [0, 60, 0])),
    Sample("a body without its header", deliver + AMQPFrame.body(1, [1])),
    Sample("a body without its method", AMQPFrame.body(1, [1])),
    Sample("a body on channel 0", AMQPFrame.body(0, [1])),
    Sample("more body than announced", deliver + AMQPFrame.header(1, bodyBytes: 1) + AMQPFrame.body(1, [1, 2])),
    Sample("an announced body of 2^63 bytes", deliver + AMQPFrame.header(1, bodyBytes: 1 << 63)),
    Sample("an announced body of 128 MiB and one byte", deliver + AMQPFrame.header(1, bodyBytes: 1 << 27 + 1)),
    Sample("a delivery within a delivery", deliver + AMQPFrame.header(1, bodyBytes: 2) + deliver),
    Sample("a content method where none is due", AMQPFrame.method(1, 60, 71, [])),
    Sample("a connection method out of turn", AMQPFrame.method(0, 10, 41, [0])),
  ]

  @Test("what breaks the protocol ends the connection as a protocol error", arguments: violations)
  func violation(sample: Sample) throws {
    let peer = try AMQPPeer(.welcoming(sample.bytes))
    let client = try Self.client(peer)
    #expect(client.nextFailure(timeout: .seconds(10))?.code == .protocol)
    #expect(!client.events.contains { if case .delivered = $0 { true } else { false } })
  }

  @Test("headers of kinds that we do not read are left out, whatever they hold")
  func oddHeaders() throws {
    let fields = Self.headers([
      ("t", [UInt8(ascii: "t"), 1]), ("b", [UInt8(ascii: "b"), 0xFF]), ("s", [UInt8(ascii: "s"), 0, 9]),
      ("I", [UInt8(ascii: "I"), 0, 0, 1, 0]), ("f", [UInt8(ascii: "f"), 0, 0, 0, 0]),
      ("D", [UInt8(ascii: "D"), 2, 0, 0, 0, 1]), ("T", [UInt8(ascii: "T")] + AMQPFrame.number(UInt64(1))),
      ("V", [UInt8(ascii: "V")]), ("x", [UInt8(ascii: "x"), 0, 0, 0, 1, 7]),
      ("F", [UInt8(ascii: "F"), 0, 0, 0, 0]), ("A", [UInt8(ascii: "A"), 0, 0, 0, 0]),
      ("L", [UInt8(ascii: "L")] + AMQPFrame.number(UInt64.max)), ("S", [UInt8(ascii: "S"), 0, 0, 0, 2, 0xFF, 65]),
    ])
    let headers = try #require(try Self.delivery(fields)).properties.headers
    #expect(headers.entries.map(\.name) == ["b", "s", "I", "S"])
    #expect(headers.integer("b") == -1)
    #expect(headers.integer("s") == 9)
    #expect(headers.integer("I") == 256)
    #expect(headers.string("S") == "\u{FFFD}A")
  }

  @Test("headers nested as deep as a frame allows are left out")
  func nestedHeaders() throws {
    var value: [UInt8] = []
    for depth in (0..<26_000).reversed() {
      value += [UInt8(ascii: "A")] + AMQPFrame.number(UInt32((depth) * 5))
    }
    let delivery = try #require(try Self.delivery(Self.headers([("deep", value), ("n", [UInt8(ascii: "b"), 1])])))
    #expect(delivery.properties.headers.entries.map(\.name) == ["n"])
  }

  @Test("a body that comes in many pieces, with heartbeats between them, is whole")
  func pieces() throws {
    let heartbeat = AMQPFrame.frame(8, 0, [])
    let pieces = (0..<200).flatMap { AMQPFrame.body(1, [UInt8($0)]) + heartbeat }
    let peer = try AMQPPeer(.welcoming(Self.deliver + heartbeat + AMQPFrame.header(1, bodyBytes: 200) + pieces))
    let client = try Self.client(peer)
    #expect(try client.nextDelivery()?.body == (0..<200).map { UInt8($0) })
  }

  @Test("what came before the connection was lost is not")
  func lastWords() throws {
    let ack = AMQPFrame.method(1, 60, 80, AMQPFrame.number(UInt64(5)) + [1])
    let peer = try AMQPPeer(.leaving(ack + AMQPFrame.method(1, 60, 120, AMQPFrame.number(UInt64(6)) + [0])))
    let client = try Self.client(peer)
    #expect(client.nextFailure(timeout: .seconds(10))?.code == .lost)
    #expect(client.events == [.acked(tag: 5, multiple: true), .nacked(tag: 6, multiple: false)])
  }

  private static func client(_ peer: AMQPPeer) throws -> AMQPClient {
    let client = try AMQPClient(peer.url)
    try client.connection.openChannel(1)
    return client
  }

  private static func headers(_ entries: [(String, [UInt8])]) -> [UInt8] {
    let table = entries.flatMap { AMQPFrame.shortText($0.0) + $0.1 }
    return AMQPFrame.number(UInt32(table.count)) + table
  }

  private static func delivery(_ headers: [UInt8]) throws -> AMQPDelivery? {
    let peer = try AMQPPeer(.welcoming(deliver + AMQPFrame.header(1, bodyBytes: 0, flags: 1 << 13, fields: headers)))
    return try client(peer).nextDelivery()
  }
}
