import Core
import Fakes
import Foundation
import Gateway
import Testing

@Suite struct IntakeTests {
  private static let longTarget = "GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: a\r\n\r\n"
  private static let longHeader = "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 20000))\r\n\r\n"
  private static let json = "Content-Type: application/json\r\n"

  private static func post(_ body: String, headers: String = json) -> String {
    RunningGateway.post(body, headers: headers)
  }

  static let refusals: [(request: String, status: Int)] = [
    ("GET /nope HTTP/1.1\r\nHost: a\r\n\r\n", 404), ("GET /log HTTP/1.1\r\nHost: a\r\n\r\n", 405),
    ("DELETE /health HTTP/1.1\r\nHost: a\r\n\r\n", 405), ("BREW /log HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    ("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    ("POST /log HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\r\n", 411),
    (post("not json"), 400), (post(""), 400), (post("{}"), 422),
    (post("12"), 422), (post("[1,2"), 400),
    (post(#"{"level":1,"level":1,"def_name":"f","message":"m"}"#), 400),
    (post(#"{"level":1,"def_name":"f","message":"\ud800"}"#), 400),
    (post("a=b", headers: ""), 415), (post("{}", headers: "Content-Type: text/plain\r\n"), 415),
    (post("{}", headers: "Origin: http://evil.example\r\n"), 415),
    (post("{}", headers: json + "Content-Encoding: br\r\n"), 415),
    (post("{}", headers: json + "Content-Encoding: gzip\r\n"), 400),
    (post("{}", headers: json + "Idempotency-Key: a b\r\n"), 400),
    (post(#"{"level":1,"def_name":"f","message":"m","domain":"other"}"#), 422),
    ("GARBAGE\r\n\r\n", 400), ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
    (longTarget, 414),
    (longHeader, 431),
  ]

  @Test("an event is answered 202 with its id, where it is stored and its routes")
  func accepted() throws {
    let gateway = try RunningGateway()
    let response = try gateway.exchange(RunningGateway.post(RunningGateway.event))
    #expect(response.status == 202)
    #expect(response.headers["content-type"] == "application/json")
    #expect(response.json?["status"] == "accepted")
    #expect(response.json?["stored"] == "spool")
    #expect(response.json?["routes"] == ["logbeacon"])
    #expect(response.json?["id"]?.string?.count == 36)
  }

  @Test("requests that are sent at once are answered in their order, slow ones before quick ones")
  func pipelining() throws {
    let gateway = try RunningGateway()
    let connection = try gateway.connect()
    var text = ""
    for number in 0..<200 {
      text += RunningGateway.post(#"{"id":"n\#(number)","level":\#(number % 2),"def_name":"f","message":"m"}"#)
      if number % 3 == 0 { text += "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" }
    }
    try connection.send(text)
    for number in 0..<200 {
      let response = try connection.readResponse()
      #expect(response.status == 202)
      #expect(response.json?["id"] == .string("n\(number)"))
      if number % 3 == 0 { #expect(try connection.readResponse().json?["checks"] != nil) }
    }
  }

  @Test("a client that half-closes after its requests still gets every answer, then the close")
  func halfClose() throws {
    let gateway = try RunningGateway()
    let connection = try gateway.connect()
    try connection.send(String(repeating: RunningGateway.post(RunningGateway.event), count: 150))
    connection.closeWrite()
    for _ in 0..<150 { #expect(try connection.readResponse().status == 202) }
    #expect(connection.isClosedByPeer())
  }

  @Test("one byte a packet is as good as all at once")
  func trickle() throws {
    let gateway = try RunningGateway()
    let connection = try gateway.connect()
    for byte in RunningGateway.post(RunningGateway.event).utf8 { try connection.send([byte]) }
    #expect(try connection.readResponse().status == 202)
  }

  @Test("a chunked body is taken, larger than one read too")
  func chunked() throws {
    let gateway = try RunningGateway()
    let connection = try gateway.connect()
    let body =
      #"{"level":1,"def_name":"f","message":"m","extra_info":""# + String(repeating: "x", count: 300_000) + "\"}"
    try connection.send(
      "POST /log HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    var rest = Substring(body)
    while !rest.isEmpty {
      let piece = rest.prefix(7001)
      rest = rest.dropFirst(7001)
      try connection.send("\(String(piece.utf8.count, radix: 16))\r\n\(piece)\r\n")
    }
    try connection.send("0\r\n\r\n" + RunningGateway.post(RunningGateway.event))
    let response = try connection.readResponse()
    #expect(response.status == 202)
    #expect(response.json?["truncated"] == ["extra_info"])
    #expect(try connection.readResponse().status == 202)
  }

  @Test("Expect: 100-continue is answered before the body is sent, and 413 instead where it is too large")
  func expectation() throws {
    let gateway = try RunningGateway { $0.http.maxBodyBytes = 1000 }
    let connection = try gateway.connect()
    let body = RunningGateway.event
    let head = "POST /log HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
    try connection.send(head + "Content-Length: \(body.utf8.count)\r\n\r\n")
    #expect(try connection.readResponse().status == 100)
    try connection.send(body)
    #expect(try connection.readResponse().status == 202)
    try connection.send(head + "Content-Length: 1001\r\n\r\n")
    #expect(try connection.readResponse().status == 413)
    #expect(connection.isClosedByPeer())
  }

  @Test("what is refused is refused with its status", arguments: refusals)
  func refused(_ request: String, _ status: Int) throws {
    let gateway = try RunningGateway()
    let response = try gateway.exchange(request)
    #expect(response.status == status)
    #expect(response.headers["content-type"] == "application/problem+json")
    #expect(response.json?["status"] == .int(status))
    #expect(response.json?["type"]?.string?.hasPrefix("urn:beacongate:problem:") == true)
    if status == 405 { #expect(response.headers["allow"] != nil) }
  }

  @Test("bytes behind a refused request are never answered")
  func refusedIsLast() throws {
    let gateway = try RunningGateway()
    let connection = try gateway.connect()
    try connection.send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + RunningGateway.post(RunningGateway.event))
    #expect(try connection.readResponse().status == 400)
    #expect(connection.isClosedByPeer())
  }

  @Test("an unfinished head or body is answered 408 and closed, an idle connection is closed")
  func deadlines() throws {
    let gateway = try RunningGateway {
      $0.http.headerTimeout = .milliseconds(150)
      $0.http.bodyTimeout = .milliseconds(150)
      $0.http.idleTimeout = .milliseconds(400)
    }
    let head = try gateway.connect()
    try head.send("POST /log HTTP/1.1\r\nHo")
    #expect(try head.readResponse().status == 408)
    #expect(head.isClosedByPeer())
    let body = try gateway.connect()
    try body.send("POST /log HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{")
    #expect(try body.readResponse().status == 408)
    #expect(body.isClosedByPeer())
    let idle = try gateway.connect()
    try idle.send(RunningGateway.post(RunningGateway.event))
    #expect(try idle.readResponse().status == 202)
    #expect(idle.isClosedByPeer())
  }

  @Test("more connections than http.max_connections wait until there is room")
  func connectionLimit() throws {
    let gateway = try RunningGateway { $0.http.maxConnections = 2 }
    let first = try gateway.connect()
    try first.send(RunningGateway.post(RunningGateway.event))
    #expect(try first.readResponse().status == 202)
    let second = try gateway.connect()
    try second.send(RunningGateway.post(RunningGateway.event))
    #expect(try second.readResponse().status == 202)
    let third = try gateway.connect()
    try third.send(RunningGateway.post(RunningGateway.event))
    first.close()
    #expect(try third.readResponse().status == 202)
  }

  @Test("HTTP/1.0 is served, and closed unless it asks to stay")
  func oldVersion() throws {
    let gateway = try RunningGateway()
    let connection = try gateway.connect()
    try connection.send("GET /health HTTP/1.0\r\n\r\n")
    #expect(try connection.readResponse().status == 200)
    #expect(connection.isClosedByPeer())
  }

  @Test("HEAD answers like GET, without the body")
  func headMethod() throws {
    let gateway = try RunningGateway()
    let response = try gateway.exchange("HEAD /health HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(response.status == 200)
    #expect(response.headers["content-type"] == "application/health+json")
    #expect(Int(response.headers["content-length"] ?? "") ?? 0 > 0)
  }

  @Test("a sink declared unwanted gets no copy and is no route")
  func unwanted() throws {
    let gateway = try RunningGateway { settings in
      settings.domains[0].logbeacon.url = .unwanted
      settings.domains[0].telegram.customer.id = .unwanted
    }
    let event = #"{"level":91,"def_name":"f","message":"m"}"#
    #expect(try gateway.exchange(RunningGateway.post(event)).json?["routes"] == ["telegram.developer"])
    let info = try gateway.exchange(RunningGateway.post(RunningGateway.event))
    #expect(info.json?["routes"] == [])
    #expect(info.json?["stored"] == "none")
  }

  @Test("Idempotency-Key becomes the id of a single event, and K:n that of a batch's items without one")
  func idempotencyKey() throws {
    let gateway = try RunningGateway()
    let headers = "Content-Type: application/json\r\nIdempotency-Key: K\r\n"
    let single = try gateway.exchange(RunningGateway.post(RunningGateway.event, headers: headers))
    #expect(single.json?["id"] == "K")
    let batch = try gateway.exchange(RunningGateway.post("[\(RunningGateway.event)]", headers: headers))
    #expect(batch.json?["accepted"] == 1)
  }

  @Test("the admin listener answers to loopback names only, and serves metrics")
  func admin() throws {
    let gateway = try RunningGateway { $0.admin.hosts = ["ops.example"] }
    let get = { (host: String) in
      try gateway.exchange("GET /metrics HTTP/1.1\r\nHost: \(host)\r\n\r\n", onAdmin: true).status
    }
    for host in ["localhost", "localhost:8081", "127.0.0.1:1", "[::1]:8081", "ops.example"] {
      #expect(try get(host) == 200)
    }
    for host in ["evil.example", "127.0.0.1.evil.example", "192.0.2.1"] { #expect(try get(host) == 421) }
  }

  @Test("with an admin token the listener asks for it")
  func adminToken() throws {
    let gateway = try RunningGateway { $0.admin.token = Secret("s3cret") }
    let get = { (header: String) in
      try gateway.exchange("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\(header)\r\n", onAdmin: true)
    }
    let refused = try get("")
    #expect(refused.status == 401)
    #expect(refused.headers["www-authenticate"] == #"Bearer realm="beacongate""#)
    for header in ["Bearer wrong", "Bearer s3cre", "Bearer s3crets3cret", "Basic s3cret", "s3cret", "Bearer"] {
      let response = try get("Authorization: \(header)\r\n")
      #expect(response.status == 401)
      #expect(response.headers["www-authenticate"] == #"Bearer realm="beacongate", error="invalid_token""#)
    }
    #expect(try get("Authorization: bearer s3cret\r\n").status == 200)
    #expect(try get("Authorization: Bearer s3cret\r\n").status == 200)
  }

  @Test("request bytes beyond http.max_buffered_bytes are refused with 503 and Retry-After")
  func bufferLimit() throws {
    let gateway = try RunningGateway { $0.http.maxBufferedBytes = 50_000 }
    let connection = try gateway.connect()
    try connection.send(
      "POST /log HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n" + String(repeating: "x", count: 100_000))
    let response = try connection.readResponse()
    #expect(response.status == 503)
    #expect(response.headers["retry-after"] != nil)
    #expect(try gateway.exchange(RunningGateway.post(RunningGateway.event)).status == 202)
  }
}
