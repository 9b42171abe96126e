import Fakes
import Testing

/// Reads `GET /api/tail` of a running gateway as it comes.
final class TailReader {
  private let connection: RawHTTPConnection
  private(set) var text = ""

  /// Returns when the stream has begun, or was refused.
  init(_ gateway: RunningGateway, _ query: String = "", version: String = "1.1", headers: String = "") throws {
    connection = try RawHTTPConnection(port: gateway.adminPort)
    try connection.send("GET /api/tail\(query) HTTP/\(version)\r\nHost: localhost\r\n\(headers)\r\n")
    try read { text in
      text.contains(" follow as they are accepted") || (text.contains("\r\n") && !text.hasPrefix("HTTP/1.1 200"))
    }
  }

  /// Reads until `isEnough`, or the end.
  func read(until isEnough: (String) -> Bool) throws {
    while !isEnough(text) {
      let bytes = try connection.receive()
      if bytes.isEmpty { return }
      text += String(decoding: bytes, as: UTF8.self)
    }
  }

  func send(_ bytes: [UInt8]) throws { try connection.send(bytes) }

  func close() { connection.close() }
  func closeWrite() { connection.closeWrite() }
}
