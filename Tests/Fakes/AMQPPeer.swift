import Platform

/// A peer that speaks AMQP's frames as a test tells it to: for brokers that are silent, out of their mind or hostile.
package final class AMQPPeer: Sendable {
  package enum Manner: Sendable {
    /// Takes the connection and never says a word.
    case silent
    /// Greets with these bytes, then says nothing more.
    case greeting([UInt8])
    /// Closes the connection at once.
    case closing
    /// Logs everybody in, sends these bytes, then says nothing more.
    case welcoming([UInt8], heartbeat: UInt16 = 0)
    /// Logs everybody in, sends these bytes and closes the connection.
    case leaving([UInt8])
  }

  package let port: UInt16
  private let listener: Socket
  private let acceptor: NamedThread

  package init(_ manner: Manner) throws {
    let listener = try Socket.listen()
    self.listener = listener
    port = listener.port
    acceptor = NamedThread("amqp-peer") {
      // Kept to the end: a silent peer does not hang up either.
      var sockets: [Socket] = []
      while let socket = listener.accept() {
        sockets.append(socket)
        try? Self.serve(socket, manner)
      }
    }
  }

  deinit {
    listener.shutDown()
    acceptor.join()
  }

  package var url: String { "amqp://guest:guest@127.0.0.1:\(port)" }

  private static func serve(_ socket: Socket, _ manner: Manner) throws {
    switch manner {
    case .silent: break
    case .greeting(let bytes): try socket.send(bytes)
    case .closing: socket.shutDown()
    case .welcoming(let bytes, let heartbeat):
      try login(socket, heartbeat: heartbeat)
      try socket.send(bytes)
    case .leaving(let bytes):
      try login(socket, heartbeat: 0)
      try socket.send(bytes)
      socket.shutDown()
    }
  }

  /// AMQP 0-9-1 §2.2.4: start, tune, open. The client's answers are read but not looked at.
  private static func login(_ socket: Socket, heartbeat: UInt16) throws {
    let deadline = ContinuousClock.now + .seconds(10)
    _ = try socket.receive(deadline: deadline)
    let start: [UInt8] =
      [0, 9, 0, 0, 0, 0] + AMQPFrame.longText("PLAIN") + AMQPFrame.longText("en_US")
    try socket.send(AMQPFrame.method(0, 10, 10, start))
    _ = try socket.receive(deadline: deadline)
    let limits = AMQPFrame.number(UInt16(0)) + AMQPFrame.number(UInt32(131_072)) + AMQPFrame.number(heartbeat)
    try socket.send(AMQPFrame.method(0, 10, 30, limits))
    // tune-ok and open; the second may come by itself.
    var answers: [UInt8] = []
    while answers.count < 20 + 16 {
      let bytes = try socket.receive(deadline: deadline)
      if bytes.isEmpty { throw Socket.Failure.closed }
      answers += bytes
    }
    try socket.send(AMQPFrame.method(0, 10, 41, [0]))
  }
}

/// AMQP 0-9-1 §2.3: frames as bytes.
package enum AMQPFrame {
  package static func frame(_ type: UInt8, _ channel: UInt16, _ payload: [UInt8]) -> [UInt8] {
    [type] + number(channel) + number(UInt32(payload.count)) + payload + [0xCE]
  }

  package static func method(_ channel: UInt16, _ classID: UInt16, _ methodID: UInt16, _ fields: [UInt8]) -> [UInt8] {
    frame(1, channel, number(classID) + number(methodID) + fields)
  }

  /// A content header of the basic class; `flags` says which properties `fields` holds.
  package static func header(
    _ channel: UInt16, bodyBytes: UInt64, flags: UInt16 = 0, fields: [UInt8] = []
  ) -> [UInt8] {
    frame(2, channel, number(UInt16(60)) + [0, 0] + number(bodyBytes) + number(flags) + fields)
  }

  package static func body(_ channel: UInt16, _ bytes: [UInt8]) -> [UInt8] { frame(3, channel, bytes) }

  /// basic.deliver of tag 1.
  package static func deliver(_ channel: UInt16, consumerTag: String) -> [UInt8] {
    method(
      channel, 60, 60,
      shortText(consumerTag) + number(UInt64(1)) + [0] + shortText("") + shortText("queue"))
  }

  package static func number(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<value.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }

  package static func shortText(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }
  package static func longText(_ text: String) -> [UInt8] { number(UInt32(text.utf8.count)) + Array(text.utf8) }
}
