import Core
import EventLoop
import TLS

/// The way to one peer: a plain socket, or a TLS session over it. Confined to a loop; closed once.
struct Transport {
  private let socket: Socket
  private let session: TLSSession?
  /// Who is at the other end, or whom a PROXY header has named; `nil` through a Unix socket, and for operators.
  let peer: IPAddress?
  /// Kept as long as the connection; `nil` for one that is not counted.
  private let seat: ConnectionSeats.Seat?

  init(_ socket: Socket, session: TLSSession? = nil, peer: IPAddress? = nil, seat: ConnectionSeats.Seat? = nil) {
    self.peer = peer
    self.seat = seat
    self.socket = socket
    self.session = session
  }

  var descriptor: Int32 { socket.descriptor }
  /// TLS is not agreed on yet: nothing has been received, nothing can be sent.
  var isHandshaking: Bool { session.map { !$0.isEstablished } ?? false }
  /// TLS is what the connection speaks; then the protocol is agreed on there (ALPN), otherwise by the first bytes.
  var isSecure: Bool { session != nil }
  /// TLS has agreed on HTTP/2.
  var hasChosenHTTP2: Bool { session?.chosenProtocol == "h2" }
  /// Whom the client's certificate names, its subject first; empty without one, and without TLS.
  var certifiedNames: [ClientSubject] { session?.certifiedNames ?? [] }
  /// TLS itself has something to send that the socket did not take.
  var wantsWrite: Bool { session?.wantsWrite ?? false }

  /// Appends what has arrived to `buffer`: at most `limit` bytes, with TLS one record.
  func receive(into buffer: inout [UInt8], limit: Int) -> Socket.Transfer {
    guard let session else { return socket.receive(into: &buffer, limit: limit) }
    return session.receive(into: &buffer)
  }

  func send(_ bytes: [UInt8], from start: Int) -> Socket.Transfer {
    guard let session else { return socket.send(bytes, from: start) }
    return session.send(bytes, from: start)
  }

  /// Tells the peer that nothing more will come; to be called again while ``wantsWrite``.
  func shutdownWriting() {
    if let session, !session.sayGoodbye() { return }
    socket.shutdownWriting()
  }

  func close() {
    _ = session?.sayGoodbye()
    socket.close()
  }
}
