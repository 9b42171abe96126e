/// Reads HTTP/1.1 messages off a socket: heads, bodies by length or in chunks. Keeps what came too early.
struct MessageReader {
  static let maxHeadBytes = 1 << 20
  static let maxBodyBytes = 64 << 20

  struct Head {
    /// The request line or status line.
    let startLine: String
    /// Names in lower case; values of one name joined by `, `.
    let headers: [String: String]
  }

  private let socket: Socket
  private var buffer: [UInt8] = []
  private var position = 0
  /// For every read; `nil` waits for ever.
  var deadline: ContinuousClock.Instant?

  init(_ socket: Socket) { self.socket = socket }

  /// `nil` when the peer closes before the first byte.
  mutating func readHead() throws(Socket.Failure) -> Head? {
    var lines: [String] = []
    var size = 0
    while true {
      guard let line = try readLine() else {
        if lines.isEmpty && position == buffer.count { return nil }
        throw .closed
      }
      size += line.utf8.count
      guard size <= Self.maxHeadBytes else { throw .malformed("the head is too large") }
      if line.isEmpty {
        // RFC 9112 §2.2: an empty line before the start line is skipped.
        if lines.isEmpty { continue }
        return Head(startLine: lines[0], headers: Self.headers(lines.dropFirst()))
      }
      lines.append(line)
    }
  }

  mutating func readBody(length: Int) throws(Socket.Failure) -> [UInt8] {
    guard length <= Self.maxBodyBytes else { throw .malformed("the body is too large") }
    while buffer.count - position < length { guard try fill() else { throw .closed } }
    defer { position += length }
    return Array(buffer[position..<position + length])
  }

  mutating func readChunkedBody() throws(Socket.Failure) -> [UInt8] {
    var body: [UInt8] = []
    while true {
      guard let line = try readLine() else { throw .closed }
      guard let size = Int(line.prefix { $0 != ";" }, radix: 16), size >= 0 else { throw .malformed("chunk size") }
      guard body.count + size <= Self.maxBodyBytes else { throw .malformed("the body is too large") }
      if size == 0 {
        while let trailer = try readLine(), !trailer.isEmpty {}
        return body
      }
      body += try readBody(length: size)
      guard try readLine() == "" else { throw .malformed("chunk end") }
    }
  }

  /// Everything until the peer closes.
  mutating func readToEnd() throws(Socket.Failure) -> [UInt8] {
    while try fill() { guard buffer.count < Self.maxBodyBytes else { throw .malformed("the body is too large") } }
    defer { position = buffer.count }
    return Array(buffer[position...])
  }

  /// One line without its end; `nil` at the end of the stream.
  private mutating func readLine() throws(Socket.Failure) -> String? {
    var searched = position
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        var line = buffer[position..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        position = end + 1
        return String(decoding: line, as: UTF8.self)
      }
      guard buffer.count - position <= Self.maxHeadBytes else { throw .malformed("the line is too long") }
      let unread = buffer.count - position
      guard try fill() else { return nil }
      // A TLS handshake has no line end to wait for.
      guard buffer[position] != 0x16 else { throw .malformed("TLS on a plain connection") }
      searched = position + unread
    }
  }

  /// False at the end of the stream.
  private mutating func fill() throws(Socket.Failure) -> Bool {
    if position == buffer.count {
      buffer.removeAll(keepingCapacity: true)
      position = 0
    }
    let bytes = try socket.receive(deadline: deadline)
    buffer += bytes
    return !bytes.isEmpty
  }

  private static func headers(_ lines: ArraySlice<String>) -> [String: String] {
    var headers: [String: String] = [:]
    for line in lines {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let name = line[..<colon].lowercased()
      let value = String(line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
      headers[name] = headers[name].map { "\($0), \(value)" } ?? value
    }
    return headers
  }
}
