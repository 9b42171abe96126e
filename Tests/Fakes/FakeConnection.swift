import Platform

/// One connection of a fake server: reads requests one after another and answers each.
struct FakeConnection {
  let socket: Socket
  let number: Int
  let state: Monitor<FakeHTTPServer.State>

  /// Returns when either side is done with the connection.
  func run() {
    var end = Next.close
    // A FIN before the RST would be read as an orderly close.
    defer { if end != .reset { socket.shutDown() } }
    var reader = MessageReader(socket)
    do {
      while let request = try read(&reader) {
        let handler = state.change { state in
          state.requestCount += 1
          if state.requests.count < state.maxRecorded { state.requests.append(request) }
          return state.handler
        }
        let response = handler(request)
        guard pause(response.delay) else { return }
        end = try answer(request, response)
        guard end == .nextRequest else { return }
      }
    } catch {
      // The client is gone or speaks no HTTP: either way this connection is over.
    }
  }

  private func read(_ reader: inout MessageReader) throws(Socket.Failure) -> RecordedRequest? {
    guard let head = try reader.readHead() else { return nil }
    let parts = head.startLine.split(separator: " ")
    guard parts.count == 3, parts[2].hasPrefix("HTTP/1.") else { throw .malformed("request line") }
    if head.headers["expect"] == "100-continue" { try socket.send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
    let body =
      if head.headers["transfer-encoding"] == "chunked" {
        try reader.readChunkedBody()
      } else {
        try reader.readBody(length: head.headers["content-length"].flatMap { Int($0) } ?? 0)
      }
    return RecordedRequest(
      method: String(parts[0]), path: String(parts[1]), headers: head.headers, body: body,
      arrival: Clock.monotonicNanoseconds(), connection: number)
  }

  private enum Next { case nextRequest, close, reset }

  private func answer(_ request: RecordedRequest, _ response: FakeResponse) throws(Socket.Failure) -> Next {
    switch response.manner {
    case .plain:
      let body = request.method == "HEAD" ? [] : response.body
      try socket.send(head(response, framing: "Content-Length: \(response.body.count)") + body)
      return response.closes ? .close : .nextRequest
    case .chunked:
      try socket.send(head(response, framing: "Transfer-Encoding: chunked"))
      for start in stride(from: 0, to: response.body.count, by: 1000) {
        try sendChunk(Array(response.body[start..<min(start + 1000, response.body.count)]))
      }
      try sendChunk([])
      return response.closes ? .close : .nextRequest
    case .drip(let interval):
      try socket.send(head(response, framing: "Content-Length: \(response.body.count)"))
      for byte in response.body {
        guard pause(interval) else { return .close }
        try socket.send([byte])
      }
      return response.closes ? .close : .nextRequest
    case .endless:
      try socket.send(head(response, framing: "Transfer-Encoding: chunked"))
      while !state.value.isStopped { try sendChunk([UInt8](repeating: UInt8(ascii: "x"), count: 4096)) }
    case .truncated:
      let half = Array(response.body.prefix(response.body.count / 2))
      try socket.send(head(response, framing: "Content-Length: \(response.body.count)") + half)
    case .hang:
      // Ends when the client closes; what it sends meanwhile is dropped.
      while try !socket.receive().isEmpty {}
    case .closeWithoutAnswer: break
    case .reset:
      socket.resetOnClose()
      return .reset
    case .garbage: try socket.send(Array("\u{1}\u{2}this is no HTTP\r\n\r\n".utf8))
    }
    return .close
  }

  private func head(_ response: FakeResponse, framing: String) -> [UInt8] {
    var text = "HTTP/1.1 \(response.status) \(response.status < 400 ? "OK" : "Error")\r\n"
    for (name, value) in response.headers { text += "\(name): \(value)\r\n" }
    if response.closes { text += "Connection: close\r\n" }
    return Array("\(text)\(framing)\r\n\r\n".utf8)
  }

  private func sendChunk(_ bytes: [UInt8]) throws(Socket.Failure) {
    try socket.send(Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8))
  }

  /// False when the server was stopped meanwhile.
  private func pause(_ duration: Duration) -> Bool {
    duration <= .zero || !state.wait(timeout: duration) { $0.isStopped }
  }
}
