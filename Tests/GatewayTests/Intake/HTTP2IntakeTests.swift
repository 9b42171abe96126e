import Core
import Fakes
import Gateway
import Testing

@Suite("HTTP/2 on the intake", .serialized)
struct HTTP2IntakeTests {
  private static let json = [("content-type", "application/json")]

  private func post(_ stream: UInt32, _ body: String = RunningGateway.event, _ more: [(String, String)] = json)
    -> [UInt8]
  {
    HTTP2Frames.headers(stream, HTTP2Frames.request("POST", "/log", more), ends: false) + HTTP2Frames.data(stream, body)
  }

  /// Sends `bytes` and a goodbye; all frames until the gateway closes.
  private func frames(_ gateway: RunningGateway, _ bytes: [UInt8]) throws -> [HTTP2Frame] {
    let connection = try gateway.connect()
    try connection.send(HTTP2Frames.opening + bytes + HTTP2Frames.goAway())
    return HTTP2Frame.all(in: try connection.readToEnd())
  }

  private func body(_ frames: [HTTP2Frame], _ stream: UInt32) -> JSONValue? {
    JSONValue(parsing: frames.filter { $0.kind == .data && $0.stream == stream }.flatMap(\.payload))
  }

  @Test("streams of one connection are served and stored like requests of HTTP/1.1, and counted with them")
  func streams() throws {
    let gateway = try RunningGateway()
    let frames = try frames(
      gateway,
      post(1) + HTTP2Frames.headers(3, HTTP2Frames.request("GET", "/health"))
        + HTTP2Frames.headers(5, HTTP2Frames.request("HEAD", "/health"))
        + HTTP2Frames.headers(7, HTTP2Frames.request("GET", "/nothing")) + post(9, "[") + post(11, "{}"))
    #expect(body(frames, 1)?["stored"]?.string == "spool")
    #expect(body(frames, 3)?["status"]?.string == "pass")
    #expect(frames.contains { $0.kind == .headers && $0.stream == 5 && $0.endsStream })
    for (stream, status) in [(7, 404), (9, 400), (11, 422)] as [(UInt32, Int)] {
      #expect(body(frames, stream)?["status"]?.int == status)
    }
    let metrics = try gateway.exchange(
      "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", onAdmin: true
    ).text
    #expect(metrics.contains(#"beacongate_http_requests_total{method="POST",path="/log",status="202"} 1"#))
    #expect(metrics.contains(#"beacongate_http_requests_total{method="GET",path="/health",status="200"} 1"#))
  }

  @Test("the preface is known wherever it is cut, and part of it is not waited for longer than for a head")
  func preface() throws {
    let gateway = try RunningGateway { $0.http.headerTimeout = .seconds(1) }
    let whole = HTTP2Frames.opening + HTTP2Frames.headers(1, HTTP2Frames.request("GET", "/health"))
    for cut in [1, 3, 16, 23, 24, 30] {
      let connection = try gateway.connect()
      try connection.send(Array(whole[..<cut]))
      // An answer on another connection shows that the loop has read the first piece.
      #expect(try gateway.exchange("GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").status == 200)
      try connection.send(Array(whole[cut...]) + HTTP2Frames.goAway())
      #expect(body(HTTP2Frame.all(in: try connection.readToEnd()), 1)?["status"]?.string == "pass")
    }
    let stuck = try gateway.connect()
    try stuck.send("PRI * HT")
    #expect(try stuck.readResponse().status == 408)
    let other = try gateway.connect()
    try other.send("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")
    #expect(try other.readResponse().status == 505)
    let silent = try gateway.connect()
    try silent.send(HTTP2Frames.preface)
    #expect(HTTP2Frame.all(in: try silent.readToEnd()).last?.code == 11)
  }

  @Test("X-Request-Id and an upgrade to h2c over HTTP/1.1")
  func headers() throws {
    let gateway = try RunningGateway()
    let upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    let answer = try gateway.exchange(
      RunningGateway.post(
        RunningGateway.event, headers: "X-Request-Id: r-1\r\nContent-Type: application/json\r\n" + upgrade))
    #expect(answer.status == 202 && answer.version == "HTTP/1.1")
    #expect(answer.headers["x-request-id"] == "r-1")
    #expect(
      try gateway.exchange("GET /x HTTP/1.1\r\nHost: a\r\nX-Request-Id: r\r\n\r\n").headers["x-request-id"] == "r")
    let without = try gateway.exchange("GET /x HTTP/1.1\r\nHost: a\r\nX-Request-Id: a b\r\n\r\n")
    #expect(without.headers["x-request-id"] == nil)
  }

  @Test("bodies and heads beyond the limits are refused on their stream alone")
  func limits() throws {
    let gateway = try RunningGateway {
      $0.http.maxBodyBytes = 1000
      $0.http.maxHeaderBytes = 2000
    }
    let large = String(repeating: " ", count: 600)
    let chunks =
      HTTP2Frames.headers(3, HTTP2Frames.request("POST", "/log", Self.json), ends: false)
      + HTTP2Frames.data(3, large, ends: false) + HTTP2Frames.data(3, large, ends: false) + HTTP2Frames.data(3, large)
    let frames = try frames(
      gateway,
      HTTP2Frames.headers(
        1, HTTP2Frames.request("POST", "/log", [("content-length", "1001")]), ends: false)
        + HTTP2Frames.data(1, String(repeating: " ", count: 1001)) + chunks
        + HTTP2Frames.headers(5, HTTP2Frames.request("GET", "/health", [("x", String(repeating: "y", count: 2000))]))
        + post(7))
    for (stream, status) in [(1, 413), (3, 413), (5, 431)] as [(UInt32, Int)] {
      #expect(body(frames, stream)?["status"]?.int == status)
    }
    #expect(body(frames, 7)?["status"]?.string == "accepted")
  }

  @Test("a token is looked at before the body comes, and decides for its stream alone")
  func tokens() throws {
    let gateway = try RunningGateway { settings in
      settings.auth.allowAnonymous = false
      settings.auth.tokens = [Settings.Token(name: "one")]
      settings.auth.tokens[0].token = Secret("bgt_one")
    }
    // The bodies of 1 and 3 are never sent: their answers do not wait for them.
    let open = { (stream: UInt32, more: [(String, String)]) in
      HTTP2Frames.headers(
        stream, HTTP2Frames.request("POST", "/log", Self.json + [("content-length", "9")] + more), ends: false)
    }
    let frames = try frames(
      gateway,
      open(1, []) + open(3, [("authorization", "Bearer bgt_two")])
        + post(5, RunningGateway.event, Self.json + [("authorization", "Bearer bgt_one")]))
    #expect(body(frames, 1)?["status"]?.int == 401)
    #expect(body(frames, 3)?["status"]?.int == 401)
    #expect(body(frames, 5)?["status"]?.string == "accepted")
    #expect(Set(frames.filter { $0.kind == .reset && $0.code == 0 }.map(\.stream)) == [1, 3])
  }

  @Test("bytes that wait in memory are limited, and given back with their streams")
  func memory() throws {
    let gateway = try RunningGateway { $0.http.maxBufferedBytes = 20_000 }
    let half = String(repeating: " ", count: 12_000)
    let open = HTTP2Frames.headers(1, HTTP2Frames.request("POST", "/log", Self.json), ends: false)
    let frames = try frames(
      gateway,
      open + HTTP2Frames.data(1, half, ends: false)
        + HTTP2Frames.headers(3, HTTP2Frames.request("POST", "/log", Self.json), ends: false)
        + HTTP2Frames.data(3, half, ends: false) + HTTP2Frames.data(3, "") + HTTP2Frames.reset(1))
    #expect(body(frames, 3)?["status"]?.int == 503)
    #expect(try gateway.exchange(RunningGateway.post(RunningGateway.event)).status == 202)
  }

  @Test("a body that does not come is 408 on its stream, a section that does not end closes the connection")
  func deadlines() throws {
    let gateway = try RunningGateway {
      $0.http.headerTimeout = .milliseconds(300)
      $0.http.bodyTimeout = .milliseconds(300)
      $0.http.idleTimeout = .seconds(1)
    }
    let slow = try gateway.connect()
    try slow.send(
      HTTP2Frames.opening
        + HTTP2Frames.headers(1, HTTP2Frames.request("POST", "/log", Self.json), ends: false))
    let frames = HTTP2Frame.all(in: try slow.readToEnd())
    #expect(body(frames, 1)?["status"]?.int == 408)
    // The rest of the request is not wanted any more; then the connection idles.
    #expect(frames.contains { $0.kind == .reset && $0.stream == 1 && $0.code == 0 })
    #expect(frames.last?.kind == .goAway && frames.last?.code == 0)

    let endless = try gateway.connect()
    try endless.send(
      HTTP2Frames.opening
        + HTTP2Frames.headers(1, HTTP2Frames.request("GET", "/health"), isComplete: false))
    #expect(HTTP2Frame.all(in: try endless.readToEnd()).last?.code == 11)

    let stalled = try gateway.connect()
    try stalled.send(
      HTTP2Frames.preface + HTTP2Frames.settings([(4, 0)])
        + HTTP2Frames.headers(1, HTTP2Frames.request("GET", "/health")))
    #expect(HTTP2Frame.all(in: try stalled.readToEnd()).last?.code == 11)
  }

  @Test("a client that half-closes still gets its answers")
  func halfClose() throws {
    let gateway = try RunningGateway()
    let connection = try gateway.connect()
    try connection.send(HTTP2Frames.opening + post(1) + post(3))
    connection.closeWrite()
    let frames = HTTP2Frame.all(in: try connection.readToEnd())
    #expect(frames.filter { $0.kind == .data && $0.endsStream }.map(\.stream) == [1, 3])
  }

  @Test("a flood ends its connection and no other, and the process goes on")
  func floods() throws {
    let gateway = try RunningGateway()
    let bystander = try gateway.connect()
    try bystander.send(HTTP2Frames.opening + post(1))
    let rounds: [(UInt32) -> [UInt8]] = [
      { _ in HTTP2Frames.ping() }, { _ in HTTP2Frames.settings() },
      { post($0) + HTTP2Frames.reset($0) },
      { HTTP2Frames.headers($0, HTTP2Frames.request("GET", "/health", [("te", "x")])) },
    ]
    for round in rounds {
      let connection = try gateway.connect()
      let flood = (0..<2000).flatMap { round(2 * UInt32($0) + 1) }
      // The gateway may close before it has read everything.
      try? connection.send(HTTP2Frames.opening + flood)
      let bytes = try? connection.readToEnd()
      if let bytes { #expect(HTTP2Frame.all(in: bytes).last?.code == 11) }
    }
    try bystander.send(post(3) + HTTP2Frames.goAway())
    let frames = HTTP2Frame.all(in: try bystander.readToEnd())
    #expect(frames.filter { $0.kind == .data && $0.endsStream }.map(\.stream) == [1, 3])
    #expect(try gateway.exchange(RunningGateway.post(RunningGateway.event)).status == 202)
  }

  @Test("when the process ends, streams are answered and the end is announced before")
  func ending() throws {
    let gateway = try RunningGateway()
    let connection = try gateway.connect()
    try connection.send(HTTP2Frames.opening + post(1))
    // Answered, so it has been read.
    #expect(try gateway.exchange(RunningGateway.post(RunningGateway.event)).status == 202)
    gateway.beginStop()
    let frames = HTTP2Frame.all(in: try connection.readToEnd())
    #expect(body(frames, 1)?["status"]?.string == "accepted")
    #expect(frames.filter { $0.kind == .goAway }.last?.number == 1)
    #expect(frames.filter { $0.kind == .goAway }.allSatisfy { $0.code == 0 })
  }
}
