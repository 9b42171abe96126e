import Core
import Fakes
import Foundation
import Gateway
import Testing

/// Who may send events, to which domains and how many.
@Suite(.serialized) struct ClientAccessTests {
  private static let json = "Content-Type: application/json\r\n"
  private static let challenge = #"Bearer realm="beacongate""#
  /// Of `bgt_two`.
  private static let digest = "e1f3e182477205bcf0c48e154d54cc54e36f752aa3d69f6c54f1c03c5cb132b7"

  private static func token(_ name: String, _ change: (inout Settings.Token) -> Void = { _ in }) -> Settings.Token {
    var token = Settings.Token(name: name)
    token.token = Secret("bgt_\(name)")
    change(&token)
    return token
  }

  /// Two domains, two tokens: `one` may write everywhere, `two` to `b` alone and is known by its digest.
  private static func settings(_ settings: inout Settings) {
    settings.domains = [Settings.Domain(name: "a"), Settings.Domain(name: "b")]
    settings.defaultDomain = 0
    settings.auth.allowAnonymous = false
    settings.auth.tokens = [
      token("one"),
      token("two") {
        $0.token = nil
        $0.sha256 = digest
        $0.domains = ["b"]
      },
    ]
  }

  private static func event(_ domain: String) -> String {
    #"{"level":1,"def_name":"f","message":"m","domain":"\#(domain)"}"#
  }

  private static func post(_ body: String, _ authorization: String?, type: String = "application/json") -> String {
    let field = authorization.map { "Authorization: \($0)\r\n" } ?? ""
    return RunningGateway.post(body, headers: "Content-Type: \(type)\r\n\(field)")
  }

  @Test("a known token is let in, whatever the case of the scheme")
  func known() throws {
    let gateway = try RunningGateway(Self.settings)
    for field in ["Bearer bgt_one", "bearer bgt_one", "BEARER  bgt_one", "Bearer bgt_two"] {
      #expect(try gateway.exchange(Self.post(Self.event("b"), field)).status == 202)
    }
  }

  @Test("without a token, and with one that is wrong in whatever way, it is 401, and the connection stays")
  func unknown() throws {
    let gateway = try RunningGateway(Self.settings)
    let connection = try gateway.connect()
    try connection.send(Self.post(Self.event("a"), nil))
    let missing = try connection.readResponse()
    #expect(missing.status == 401)
    #expect(missing.headers["www-authenticate"] == Self.challenge)
    var texts: Set<String> = []
    for field in ["Bearer bgt_oned", "Bearer bgt_on", "Bearer", "Bearer a b", "Basic bgt_one", "bgt_one", "Bearer é"] {
      try connection.send(Self.post(Self.event("a"), field))
      let response = try connection.readResponse()
      #expect(response.status == 401, "\(field)")
      #expect(response.headers["www-authenticate"] == Self.challenge + #", error="invalid_token""#)
      texts.insert(response.text)
    }
    #expect(texts.count == 1)
    try connection.send(Self.post(Self.event("a"), "Bearer bgt_one"))
    #expect(try connection.readResponse().status == 202)
    let metrics = try gateway.exchange("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", onAdmin: true).text
    #expect(metrics.contains(#"beacongate_events_rejected_total{reason="unauthorized"} 8"#))
  }

  @Test("anonymous events are taken where they are allowed, but no unknown token is")
  func anonymous() throws {
    let gateway = try RunningGateway {
      Self.settings(&$0)
      $0.auth.allowAnonymous = true
    }
    #expect(try gateway.exchange(Self.post(Self.event("a"), nil)).status == 202)
    #expect(try gateway.exchange(Self.post(Self.event("a"), "Bearer bgt_three")).status == 401)
    let open = try RunningGateway()
    #expect(try open.exchange(Self.post(RunningGateway.event, "Basic eA==")).status == 202)
  }

  @Test("health is asked without a token")
  func health() throws {
    let gateway = try RunningGateway(Self.settings)
    #expect(try gateway.exchange("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200)
    #expect(try gateway.exchange("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", onAdmin: true).status == 200)
  }

  @Test("who is not let in is told before the body, and no 100 is sent", arguments: ["Expect: 100-continue\r\n", ""])
  func early(_ expectation: String) throws {
    let gateway = try RunningGateway(Self.settings)
    for length in ["Content-Length: 900000\r\n", "Transfer-Encoding: chunked\r\n"] {
      let connection = try gateway.connect()
      try connection.send("POST /log HTTP/1.1\r\nHost: a\r\n\(Self.json)\(expectation)\(length)\r\n")
      let response = try connection.readResponse()
      #expect(response.status == 401)
      #expect(response.headers["connection"] == "close")
    }
  }

  @Test("a body that comes in pieces is read for a known token")
  func pieces() throws {
    let gateway = try RunningGateway(Self.settings)
    let connection = try gateway.connect()
    for byte in Self.post(Self.event("a"), "Bearer bgt_one").utf8 { try connection.send([byte]) }
    #expect(try connection.readResponse().status == 202)
    for byte in Self.post(Self.event("a"), "Bearer bgt_none").utf8.dropLast(10) { try connection.send([byte]) }
    #expect(try connection.readResponse().status == 401)
  }

  @Test("another domain than the token's is 403, in a batch an item's error")
  func domains() throws {
    let gateway = try RunningGateway(Self.settings)
    #expect(try gateway.exchange(Self.post(Self.event("a"), "Bearer bgt_two")).status == 403)
    #expect(try gateway.exchange(Self.post(RunningGateway.event, "Bearer bgt_two")).status == 403)
    let items = [Self.event("b"), Self.event("a"), Self.event("b")]
    for (body, type) in [
      ("[\(items.joined(separator: ","))]", "application/json"),
      (items.joined(separator: "\n"), "application/x-ndjson"),
    ] {
      let response = try gateway.exchange(Self.post(body, "Bearer bgt_two", type: type))
      #expect(response.status == 202)
      #expect(response.json?["accepted"] == 2)
      let error = try #require(response.json?["errors"]?.array?.first)
      #expect(error["index"] == 1 && error["code"] == "forbidden" && error["status"] == 403)
    }
    let none = try gateway.exchange(Self.post("[\(Self.event("a"))]", "Bearer bgt_two"))
    #expect(none.status == 422)
  }

  @Test("beyond a token's rate it is 429 with Retry-After, nothing is stored, and others go on")
  func rate() throws {
    let gateway = try RunningGateway {
      Self.settings(&$0)
      $0.auth.tokens[0].rate = 0.001
      $0.auth.tokens[0].burst = 3
    }
    let batch = "[\(Self.event("a")),\(Self.event("a"))]"
    #expect(try gateway.exchange(Self.post(batch, "Bearer bgt_one")).status == 202)
    let refused = try gateway.exchange(Self.post(batch, "Bearer bgt_one"))
    #expect(refused.status == 429)
    #expect(refused.headers["retry-after"].flatMap { Int($0) } == 1000)
    #expect(try gateway.exchange(Self.post(Self.event("a"), "Bearer bgt_one")).status == 202)
    #expect(try gateway.exchange(Self.post(Self.event("a"), "Bearer bgt_one")).status == 429)
    #expect(try gateway.exchange(Self.post(Self.event("b"), "Bearer bgt_two")).status == 202)
    let metrics = try gateway.exchange("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", onAdmin: true).text
    #expect(metrics.contains(#"beacongate_events_rejected_total{reason="rate_limited"} 3"#))
    #expect(metrics.contains(#"state="stored"} 4"#))
  }

  @Test("a reload brings new tokens and drops old ones; a rate that did not change stays used up")
  func reload() throws {
    var settings = Settings()
    let gateway = try RunningGateway {
      Self.settings(&$0)
      $0.auth.tokens[0].rate = 0.001
      settings = $0
    }
    #expect(try gateway.exchange(Self.post(Self.event("a"), "Bearer bgt_one")).status == 202)
    settings.auth.tokens[1] = Self.token("three")
    gateway.application.reload(settings)
    let connection = try gateway.connect()
    let deadline = ContinuousClock.now + .seconds(10)
    var status = 401
    while status != 202, ContinuousClock.now < deadline {
      try connection.send(Self.post(Self.event("a"), "Bearer bgt_three"))
      status = try connection.readResponse().status
    }
    #expect(status == 202)
    try connection.send(Self.post(Self.event("b"), "Bearer bgt_two"))
    #expect(try connection.readResponse().status == 401)
    try connection.send(Self.post(Self.event("a"), "Bearer bgt_one"))
    #expect(try connection.readResponse().status == 429)
  }
}
