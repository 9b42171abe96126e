/// A blocking client that sends exactly the bytes it is given: for tests of the protocol itself.
package final class RawHTTPConnection {
  /// An answer as it came.
  package struct Response: Sendable, Equatable {
    /// `HTTP/1.1`.
    package let version: String
    package let status: Int
    /// Names in lower case; values of one name joined by `, `.
    package let headers: [String: String]
    package let body: [UInt8]

    package var text: String { String(decoding: body, as: UTF8.self) }
    /// `nil` when the body is not JSON.
    package var json: JSONValue? { JSONValue(parsing: body) }
  }

  private let socket: Socket
  private var reader: MessageReader

  package init(port: UInt16) throws {
    socket = try Socket.connect(port: port)
    reader = MessageReader(socket)
  }

  deinit { socket.shutDown() }

  package func send(_ bytes: [UInt8]) throws { try socket.send(bytes) }
  package func send(_ text: String) throws { try socket.send(Array(text.utf8)) }

  /// The next answer; interim ones (100) come as they are. `hasBody` is false for the answer to a HEAD request.
  package func readResponse(timeout: Duration = .seconds(10), hasBody: Bool = true) throws -> Response {
    reader.deadline = .now + timeout
    guard let head = try reader.readHead() else { throw Socket.Failure.closed }
    let parts = head.startLine.split(separator: " ", maxSplits: 2)
    guard parts.count >= 2, parts[0].hasPrefix("HTTP/"), let status = Int(parts[1]) else {
      throw Socket.Failure.malformed("status line: \(head.startLine)")
    }
    let body = hasBody ? try readBody(status, head.headers) : []
    return Response(version: String(parts[0]), status: status, headers: head.headers, body: body)
  }

  /// Everything up to the peer's close; throws when it stays open.
  package func readToEnd(timeout: Duration = .seconds(10)) throws -> [UInt8] {
    reader.deadline = .now + timeout
    return try reader.readToEnd()
  }

  /// What has come, at least a byte; empty at the peer's end. Not to be mixed with the other ways of reading.
  package func receive(timeout: Duration = .seconds(10)) throws -> [UInt8] {
    try socket.receive(deadline: .now + timeout)
  }

  /// True when the peer closes, by FIN or RST, within `timeout` and without a further byte.
  package func isClosedByPeer(timeout: Duration = .seconds(10)) -> Bool {
    do { return try readToEnd(timeout: timeout).isEmpty } catch Socket.Failure.system { return true } catch {
      return false
    }
  }

  /// Half-close: the peer reads an end of stream, answers can still be read.
  package func closeWrite() { socket.closeWrite() }
  package func close() { socket.shutDown() }
  /// Closes with RST once this object goes.
  package func resetOnClose() { socket.resetOnClose() }

  private func readBody(_ status: Int, _ headers: [String: String]) throws -> [UInt8] {
    if status < 200 || status == 204 || status == 304 { return [] }
    if headers["transfer-encoding"] == "chunked" { return try reader.readChunkedBody() }
    if let length = headers["content-length"] {
      guard let length = Int(length) else { throw Socket.Failure.malformed("Content-Length: \(length)") }
      return try reader.readBody(length: length)
    }
    return try reader.readToEnd()
  }
}
