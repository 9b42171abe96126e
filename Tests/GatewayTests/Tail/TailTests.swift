import Core
import Fakes
import Testing

@testable import Gateway

/// `GET /api/tail` of a gateway inside the test.
@Suite("The tail", .serialized)
struct TailTests {
  private func post(_ gateway: RunningGateway, _ message: String, id: String, level: Int = 1) throws {
    let body = #"{"level":\#(level),"def_name":"f","message":"\#(message)","id":"\#(id)"}"#
    #expect(try gateway.exchange(RunningGateway.post(body)).status == 202)
  }

  private func get(_ gateway: RunningGateway, _ target: String, _ headers: String = "Host: localhost\r\n") throws
    -> RawHTTPConnection.Response
  {
    try gateway.exchange("GET \(target) HTTP/1.1\r\n\(headers)\r\n", onAdmin: true)
  }

  @Test("an event is sent to whoever reads, once it is accepted, as its copies have it")
  func event() throws {
    let gateway = try RunningGateway()
    let reader = try TailReader(gateway)
    #expect(reader.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(reader.text.contains("Content-Type: text/event-stream\r\n"))
    #expect(reader.text.contains("Connection: close\r\nTransfer-Encoding: chunked\r\n"))
    // One without a copy, and one that is stored.
    for level in [0, 1] {
      let id = "e-\(level)"
      try post(gateway, "m", id: id, level: level)
      try reader.read { $0.contains("id: \(id)\n") && $0.hasSuffix("\"hash_value\":\"\"}\n\n\r\n") }
      #expect(reader.text.contains("id: \(id)\nevent: event\ndata: {\"v\":1,\"id\":\"\(id)\",\"timestamp\":\""))
    }
  }

  @Test("what a client writes cannot end a line of the stream")
  func framing() throws {
    let gateway = try RunningGateway()
    let reader = try TailReader(gateway)
    try post(gateway, #"a\r\n\nevent: end\ndata: {}\n\n\u0000\u2028"#, id: "e-1")
    try post(gateway, "last", id: "e-2")
    try reader.read { $0.contains(#""message":"last""#) }
    #expect(!reader.text.contains("\nevent: end"))
    #expect(reader.text.contains(#""message":"a\r\n\nevent: end\ndata: {}\n\n\u0000"#))
  }

  @Test("a reader gets what it asks for, whichever loop the event came by")
  func filter() throws {
    let gateway = try RunningGateway { $0.domains.append(Settings.Domain(name: "b")) }
    let reader = try TailReader(gateway, "?level=error,91&q=PAID")
    for number in 0..<8 {
      try post(gateway, "paid", id: "info-\(number)", level: 1)
      try post(gateway, "other", id: "other-\(number)", level: 9)
      try post(gateway, "paid", id: "error-\(number)", level: 9)
    }
    try reader.read { text in (0..<8).allSatisfy { text.contains("id: error-\($0)\n") } }
    #expect(!reader.text.contains("id: info-") && !reader.text.contains("id: other-"))
  }

  @Test("an HTTP/1.0 client reads to the close, and HEAD gets the head alone")
  func others() throws {
    let gateway = try RunningGateway()
    let old = try TailReader(gateway, version: "1.0")
    try post(gateway, "m", id: "e-1")
    try old.read { $0.contains("id: e-1\n") }
    #expect(!old.text.contains("Transfer-Encoding") && old.text.contains("\r\n\r\n: events follow"))
    let connection = try RawHTTPConnection(port: gateway.adminPort)
    try connection.send("HEAD /api/tail HTTP/1.1\r\nHost: localhost\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try connection.readResponse(hasBody: false).headers["content-type"] == "text/event-stream")
    #expect(try connection.readResponse().status == 421, "the connection goes on")
  }

  @Test("over HTTP/2 the stream goes on beside others, and a reset frees it")
  func http2() throws {
    let gateway = try RunningGateway()
    let connection = try RawHTTPConnection(port: gateway.adminPort)
    try connection.send(
      HTTP2Frames.opening
        + HTTP2Frames.headers(1, HTTP2Frames.request("GET", "/api/tail"))
        + HTTP2Frames.headers(3, HTTP2Frames.request("GET", "/health")))
    var bytes: [UInt8] = []
    func read(until isEnough: ([HTTP2Frame]) -> Bool) throws {
      while !isEnough(HTTP2Frame.all(in: bytes)) { bytes += try connection.receive() }
    }
    try read { $0.contains { $0.stream == 3 && $0.kind == .data } && $0.contains { $0.text.contains("follow") } }
    for number in 0..<3 {
      try post(gateway, "m", id: "e-\(number)")
      try read { $0.contains { $0.stream == 1 && $0.text.contains("id: e-\(number)\n") } }
    }
    #expect(!HTTP2Frame.all(in: bytes).contains { $0.stream == 1 && $0.endsStream })
    for _ in 1..<TailHub.maxTails { held.append(try TailReader(gateway)) }
    #expect(try get(gateway, "/api/tail").status == 503)
    try connection.send(HTTP2Frames.reset(1))
    #expect(try waitUntil { try TailReader(gateway).text.contains("follow") })
    held = []
  }

  /// Readers that stay.
  private final class Held {
    var readers: [TailReader] = []
  }
  private let kept = Held()
  private var held: [TailReader] {
    get { kept.readers }
    nonmutating set { kept.readers = newValue }
  }

  @Test("one reader too many is asked to come back, and a place is free as soon as a reader goes")
  func limit() throws {
    let gateway = try RunningGateway()
    var readers = try (0..<TailHub.maxTails).map { _ in try TailReader(gateway) }
    let refused = try get(gateway, "/api/tail")
    #expect(refused.status == 503)
    #expect(refused.headers["retry-after"] == "5")
    #expect(refused.headers["content-type"] == "application/problem+json")
    readers.removeLast().close()
    #expect(try waitUntil { try TailReader(gateway).text.contains("follow") })
    readers[0].closeWrite()
    #expect(try waitUntil { try TailReader(gateway).text.contains("follow") })
  }

  @Test("a slow reader is told how much it has missed, and holds up nobody")
  func slow() throws {
    let gateway = try RunningGateway { $0.http.maxBodyBytes = 4 << 20 }
    let reader = try TailReader(gateway)
    let text = String(repeating: "x", count: 9000)
    let event = #"{"level":0,"def_name":"f","message":"\#(text)"}"#
    let batch = "[\(Array(repeating: event, count: 300).joined(separator: ","))]"
    // More than sockets hold on either side.
    for _ in 0..<5 { #expect(try gateway.exchange(RunningGateway.post(batch)).status == 202) }
    try reader.read { $0.contains("event: dropped\n") }
    #expect(reader.text.contains(/event: dropped\ndata: \{"dropped":[1-9][0-9]*\}\n\n/))
    try post(gateway, "after", id: "after")
    try reader.read { $0.contains("id: after\n") }
  }

  @Test("when the gateway stops, readers are told so and it does not wait for one that does not read")
  func end() throws {
    let gateway = try RunningGateway()
    let reader = try TailReader(gateway)
    gateway.beginStop()
    try reader.read { _ in false }
    #expect(reader.text.hasSuffix("event: end\ndata: {}\n\n\r\n0\r\n\r\n"))
  }

  @Test("a stream lives longer than an idle connection may")
  func idle() throws {
    let gateway = try RunningGateway {
      $0.http.idleTimeout = .milliseconds(100)
      $0.http.headerTimeout = .milliseconds(100)
      $0.http.bodyTimeout = .milliseconds(100)
    }
    let reader = try TailReader(gateway)
    let idle = try RawHTTPConnection(port: gateway.adminPort)
    #expect(idle.isClosedByPeer())
    try post(gateway, "m", id: "e-1")
    try reader.read { $0.contains("id: e-1\n") }
    #expect(reader.text.contains("id: e-1\n"))
  }

  @Test("it is the admin listener's alone, by its rules, and a parameter that is not understood is refused")
  func refusals() throws {
    let gateway = try RunningGateway { $0.admin.token = Secret("s3cret") }
    for (target, headers, status) in [
      ("/api/tail", "Host: evil.example\r\n", 421), ("/api/tail", "Host: localhost\r\n", 401),
      ("/api/tail?level=7", "Host: localhost\r\nAuthorization: Bearer s3cret\r\n", 400),
    ] {
      #expect(try get(gateway, target, headers).status == status)
      #expect(try gateway.exchange("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 404)
    }
  }
}
