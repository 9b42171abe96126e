import Glibc

@testable import EventLoop
@testable import TLS

/// A session and a client, joined by a pair of sockets that the test moves bytes through. Nothing waits.
@safe final class TLSLine {
  let server: TLSSession
  let client: TLSClient
  private let near: Int32
  private let far: Int32
  /// What the session made of the last bytes before the handshake was done.
  private(set) var last = Socket.Transfer.wouldBlock

  struct NoSockets: Error {}

  /// `room`: the bytes that the session's socket holds, about.
  init(_ context: TLSContext, _ wishes: TLSClient.Wishes = TLSClient.Wishes(), room: Int32? = nil) throws {
    var ends: [Int32] = [0, 0]
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw NoSockets() }
    (near, far) = (ends[0], ends[1])
    if var room { unsafe setsockopt(near, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size)) }
    guard let session = context.session(on: Socket(descriptor: near)) else { throw NoSockets() }
    server = session
    client = try TLSClient(wishes)
  }

  deinit {
    close(near)
    close(far)
  }

  /// Agrees on TLS; false where either side refuses. `step`: bytes that travel to the server at once.
  func shakeHands(step: Int = .max) -> Bool {
    for _ in 0..<10 {
      guard client.shakeHands() else { return false }
      let isDone = client.isEstablished && server.isEstablished
      guard toServer(step: step) else { return false }
      toClient()
      if isDone { return true }
    }
    return false
  }

  /// Moves what the client has written, and lets the session look at it; false once the session has failed.
  @discardableResult func toServer(step: Int = .max) -> Bool {
    var rest = client.takeOutgoing()[...]
    repeat {
      send(Array(rest.prefix(step)))
      rest = rest.dropFirst(step)
      guard !server.isEstablished else { continue }
      var none: [UInt8] = []
      last = server.receive(into: &none)
      if case .failed = last { return false }
    } while !rest.isEmpty
    return true
  }

  /// Bytes as they are, to the session's socket.
  func send(_ bytes: [UInt8]) { _ = unsafe write(far, bytes, bytes.count) }

  /// Nothing more comes from the client, said or unsaid.
  func hangUp() { shutdown(far, Int32(SHUT_WR)) }

  /// Moves what the session has written.
  func toClient() { client.take(received()) }

  private func received() -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = unsafe read(far, &buffer, buffer.count)
      guard count > 0 else { return all }
      all += buffer[..<count]
    }
  }
}
