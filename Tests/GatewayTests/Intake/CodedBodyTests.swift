import Core
import Fakes
import Foundation
import Gateway
import Testing

@Suite("A compressed body") struct CodedBodyTests {
  private static let event = #"{"id":"c-1","level":1,"def_name":"f","message":"m"}"#
  static let codings: [(String, String)] = [
    ("gzip", "H4sIAAAAAAACA6tWykxRslJK1jVU0lHKSS1LzVGyMtRRSklNi89LzE0FSqUBJXJTi4sT00G8XKVaAPPe4J4zAAAA"),
    ("x-gzip", "H4sIAAAAAAACA6tWykxRslJK1jVU0lHKSS1LzVGyMtRRSklNi89LzE0FSqUBJXJTi4sT00G8XKVaAPPe4J4zAAAA"),
    ("deflate", "eJyrVspMUbJSStY1VNJRykktS81RsjLUUUpJTYvPS8xNBUqlASVyU4uLE9NBvFylWgB7Ig7/"),
    ("deflate", "q1bKTFGyUkrWNVTSUcpJLUvNUbIy1FFKSU2Lz0vMTQVKpQElclOLixPTQbxcpVoA"),
  ]
  /// 65536 blanks.
  private static let blanks = bytes(
    "H4sIAAAAAAACA+3BgQAAAACAIJX9KRepCgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAGqUGSy0AAABAA=="
  )

  private static func bytes(_ base64: String) -> [UInt8] { Array(Data(base64Encoded: base64) ?? Data()) }

  /// A zstd frame with `text` as it is (RFC 8878 §3.1.1).
  private static func zstd(_ text: String) -> [UInt8] {
    let header = UInt32(1 | text.utf8.count << 3)
    return [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x00, UInt8(header & 0xFF), UInt8(header >> 8 & 0xFF), UInt8(header >> 16)]
      + Array(text.utf8)
  }

  private static func post(
    _ body: [UInt8], _ coding: String, headers: String = "Content-Type: application/json\r\n"
  ) -> [UInt8] {
    let head =
      "POST /log HTTP/1.1\r\nHost: localhost\r\n\(headers)Content-Encoding: \(coding)\r\nContent-Length: \(body.count)\r\n\r\n"
    return Array(head.utf8) + body
  }

  private func exchange(_ gateway: RunningGateway, _ request: [UInt8]) throws -> RawHTTPConnection.Response {
    let connection = try gateway.connect()
    try connection.send(request)
    return try connection.readResponse()
  }

  @Test("is read, in every coding and with every guess of its type, and is a duplicate of the same event in plain")
  func accepted() throws {
    let gateway = try RunningGateway()
    #expect(try gateway.exchange(RunningGateway.post(Self.event)).json?["status"] == "accepted")
    for (coding, body) in Self.codings {
      let answer = try exchange(gateway, Self.post(Self.bytes(body), coding))
      #expect(answer.status == 202)
      #expect(answer.json?["duplicate"] == true)
    }
    let guessed = try exchange(gateway, Self.post(Self.zstd(Self.event), "zstd", headers: ""))
    #expect(guessed.json?["duplicate"] == true)
    let lines = Self.zstd(#"{"level":1,"def_name":"f","message":"m"}"# + "\n" + #"{"level":0}"#)
    let batch = try exchange(gateway, Self.post(lines, "zstd", headers: "Content-Type: application/x-ndjson\r\n"))
    #expect(batch.json?["accepted"] == 1 && batch.json?["rejected"] == 1)
  }

  @Test("in a coding that is not read is 415, which names those that are", arguments: ["br", "gzip, gzip", "compress"])
  func unsupported(coding: String) throws {
    let gateway = try RunningGateway()
    let answer = try exchange(gateway, Self.post(Self.bytes(Self.codings[0].1), coding))
    #expect(answer.status == 415)
    #expect(answer.headers["accept-encoding"] == "gzip, deflate, zstd")
  }

  @Test("that is no such data is 400, and the connection goes on")
  func corrupt() throws {
    let gateway = try RunningGateway()
    let connection = try gateway.connect()
    let gzip = Self.bytes(Self.codings[0].1)
    for (body, coding) in [
      (Array(gzip.dropLast()), "gzip"), (gzip + [0], "gzip"), (Array(Self.event.utf8), "gzip"), ([], "gzip"),
      (gzip, "zstd"), (gzip, "deflate"), ([0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x70, 1, 0, 0], "zstd"),
    ] as [([UInt8], String)] {
      try connection.send(Self.post(body, coding))
      #expect(try connection.readResponse().status == 400)
    }
    try connection.send(Self.post(gzip, "gzip"))
    #expect(try connection.readResponse().status == 202)
  }

  @Test("is 413 from the first byte on that it inflates to beyond http.max_body_bytes")
  func tooLarge() throws {
    let gateway = try RunningGateway { $0.http.maxBodyBytes = 65536 + Self.event.utf8.count }
    let event = Self.bytes(Self.codings[0].1)
    #expect(try exchange(gateway, Self.post(Self.blanks + event, "gzip")).status == 202)
    let one = Self.zstd(" " + RunningGateway.event)
    #expect(try exchange(gateway, Self.post(one, "zstd")).status == 202)
    #expect(try exchange(gateway, Self.post(Self.blanks + Self.blanks, "gzip")).status == 413)
    let small = try RunningGateway { $0.http.maxBodyBytes = 65536 + Self.event.utf8.count - 1 }
    #expect(try exchange(small, Self.post(Self.blanks + event, "gzip")).status == 413)
  }

  @Test("is 503 when inflating it would take more than http.max_buffered_bytes")
  func noRoom() throws {
    let gateway = try RunningGateway { $0.http.maxBufferedBytes = 256 << 10 }
    let answer = try exchange(gateway, Self.post((0..<10).flatMap { _ in Self.blanks }, "gzip"))
    #expect(answer.status == 503)
    #expect(answer.headers["retry-after"] != nil)
    #expect(try exchange(gateway, Self.post(Self.bytes(Self.codings[0].1), "gzip")).status == 202)
  }
}
