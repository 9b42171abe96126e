import Testing

@testable import Core

@Suite("A body's coding") struct ContentCodingTests {
  private func coding(_ fields: String) -> ContentCoding? {
    let bytes = Array("POST /log HTTP/1.1\r\nHost: a\r\n\(fields)Content-Length: 0\r\n\r\n".utf8)
    var machine = RequestMachine(limits: HTTPLimits())
    _ = machine.advance(bytes.span)
    return ContentCoding(machine.head, in: bytes.span)
  }

  @Test("is one that is read here, in any case; identity is none")
  func known() {
    let codings: [(String, ContentCoding)] = [
      ("gzip", .gzip), ("x-gzip", .gzip), ("GZip", .gzip), ("deflate", .deflate), ("zstd", .zstd),
      ("identity", .identity), ("IDENTITY", .identity), ("", .identity), ("identity, gzip", .gzip), ("gzip,", .gzip),
    ]
    for (name, expected) in codings { #expect(coding("Content-Encoding: \(name)\r\n") == expected, "\(name)") }
    #expect(coding("") == .identity)
  }

  @Test(
    "is refused when it is another, or several",
    arguments: ["br", "compress", "gzip, gzip", "zstd,gzip", "gzip;q=1", "gzi", "zstandard", "*"])
  func unknown(name: String) {
    #expect(coding("Content-Encoding: \(name)\r\n") == nil)
  }
}
