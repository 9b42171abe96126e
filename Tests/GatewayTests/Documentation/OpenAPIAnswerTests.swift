import Core
import Fakes
import Testing

@testable import Gateway

/// What a running gateway answers is what `openapi.yaml` says of it.
@Suite(.serialized) struct OpenAPIAnswerTests {
  private let document: Specification

  init() throws { document = try Specification(Specification.openAPI) }

  /// What breaks the document in an answer to `method` on `path`: its status, type, headers and body.
  private func problems(
    _ response: RawHTTPConnection.Response, _ method: String = "post", _ path: String = "/log"
  ) throws -> [String] {
    let place = "paths/\(path.replacing("~", with: "~0").replacing("/", with: "~1"))/\(method)/responses"
    let responses = try document[place]
    guard let listed = responses["\(response.status)"] ?? responses["default"] else {
      return ["\(response.status) is not listed"]
    }
    let answer = try document.resolved(listed)
    var found: [String] = []
    for (name, header) in answer["headers"]?.object ?? [:] {
      let header = try document.resolved(header)
      guard let value = response.headers[name.lowercased()] else {
        if header["required"] == true { found.append("\(name) is missing") }
        continue
      }
      let read = Int(value).map { JSONValue.int($0) } ?? .string(value)
      found += try SchemaCheck(specification: document).problems(read, header["schema"] ?? .null, at: name)
    }
    guard let content = answer["content"] else { return found + (response.body.isEmpty ? [] : ["it has a body"]) }
    guard let schema = content[response.headers["content-type"] ?? ""]?["schema"] else {
      return found + ["\(response.headers["content-type"] ?? "no type") is not listed"]
    }
    let body = response.json ?? .string(response.text)
    return found + (try SchemaCheck(specification: document).problems(body, schema))
  }

  @Test("every example of a request is taken, and answered as listed")
  func requests() throws {
    let gateway = try RunningGateway()
    for (type, content) in try document["paths/~1log/post/requestBody/content"].object ?? [:] {
      let examples = document.examples(in: content)
      #expect(!examples.isEmpty)
      for (name, example) in examples {
        let body = example.string ?? String(decoding: example.bytes, as: UTF8.self)
        for path in ["/log", "/log/"] {
          let request = RunningGateway.post(body, headers: "Content-Type: \(type)\r\n")
          let response = try gateway.exchange(request.replacing("POST /log ", with: "POST \(path) "))
          #expect(response.status == 202, "\(name)")
          #expect(try problems(response, "post", path) == [], "\(name)")
          #expect(response.json?["rejected"].flatMap(\.int) ?? 0 == 0, "\(name)")
          #expect(response.json?["ignored"] ?? [] == [], "\(name)")
        }
      }
    }
  }

  @Test("refusals of requests for /log are listed with their status, headers and body", arguments: IntakeTests.refusals)
  func refusals(_ request: String, _ status: Int) throws {
    guard request.hasPrefix("POST /log ") else { return }
    let response = try RunningGateway().exchange(request)
    #expect(response.status == status)
    #expect(try problems(response) == [])
  }

  @Test("an event of which everything can be said is answered as listed")
  func richAnswer() throws {
    let gateway = try RunningGateway { $0.limits.message = 1 }
    let members = (0..<40).map { #""\#($0)\#(String(repeating: "x", count: 80))":1"# }.joined(separator: ",")
    let event = #"{"level":91,"def_name":"f","message":"mm","extra_info":"\#(String(repeating: "x", count: 4000))","#
    let response = try gateway.exchange(RunningGateway.post("\(event)\(members)}"))
    #expect(response.status == 202)
    #expect(response.json?["truncated"] == ["message", "extra_info"])
    #expect(response.json?["ignored"]?.array?.count == EventRules.maxIgnoredNames)
    #expect(try problems(response) == [])
  }

  @Test(
    "batches with bad items are answered as listed",
    arguments: [
      (#"[{"level":1,"def_name":"f","message":"m"},{"level":5},7]"#, "application/json", 202),
      ("{\"level\":1,\"def_name\":\"f\",\"message\":\"m\"}\nnot json\n\n[]\n", "application/x-ndjson", 202),
      ("[{},null]", "application/json", 422), ("[]", "application/json", 422), ("\n\n", "application/x-ndjson", 400),
      ("nothing\n", "application/x-ndjson", 422),
    ])
  func batches(_ body: String, _ type: String, _ status: Int) throws {
    let response = try RunningGateway().exchange(RunningGateway.post(body, headers: "Content-Type: \(type)\r\n"))
    #expect(response.status == status)
    #expect(try problems(response) == [])
  }

  @Test("duplicates and conflicts are answered as listed")
  func duplicates() throws {
    let gateway = try RunningGateway()
    let event = #"{"level":1,"def_name":"f","message":"m","id":"a"}"#
    for (body, status) in [
      (event, 202), (event, 202), ("[\(event)]", 202), ("\(event) ", 409), ("[\(event) ,{}]", 202),
      (#"[{"level":1,"def_name":"f","message":"other","id":"a"}]"#, 422),
    ] {
      let response = try gateway.exchange(RunningGateway.post(body))
      #expect(response.status == status)
      #expect(try problems(response) == [])
    }
  }

  @Test("what is refused for want of a token, a domain or a rate is as listed")
  func access() throws {
    let gateway = try RunningGateway {
      $0.domains.append(Settings.Domain(name: "b"))
      $0.auth.allowAnonymous = false
      var token = Settings.Token(name: "t", domains: ["b"])
      token.token = Secret("t0ken")
      token.rate = 0.001
      token.burst = 2
      $0.auth.tokens = [token]
    }
    let known = "Content-Type: application/json\r\nAuthorization: Bearer t0ken\r\n"
    let unknown = "Content-Type: application/json\r\nAuthorization: Bearer t\r\n"
    for (body, headers, status) in [
      (RunningGateway.event, "", 401), (RunningGateway.event, unknown, 401), (RunningGateway.event, known, 403),
      ("[\(RunningGateway.event)]", known, 422), (RunningGateway.event, known, 429),
    ] {
      let response = try gateway.exchange(RunningGateway.post(body, headers: headers))
      #expect(response.status == status)
      #expect(try problems(response) == [])
    }
  }

  @Test("too little room for request bytes is 503 as listed")
  func unavailable() throws {
    let crowded = try RunningGateway { $0.http.maxBufferedBytes = 50_000 }
    let connection = try crowded.connect()
    try connection.send(
      "POST /log HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n" + String(repeating: "x", count: 100_000))
    #expect(try problems(try connection.readResponse()) == [])
  }

  @Test("a head that stops is 408 as listed")
  func timeout() throws {
    let gateway = try RunningGateway { $0.http.headerTimeout = .milliseconds(100) }
    let connection = try gateway.connect()
    try connection.send("POST /log HTTP/1.1\r\n")
    let response = try connection.readResponse()
    #expect(response.status == 408)
    #expect(try problems(response) == [])
  }

  @Test(
    "the pages of both listeners are as listed",
    arguments: ["/health", "/health/ready", "/health/live", "/metrics", "/api/status", "/openapi.yaml"],
    [false, true])
  func pages(_ path: String, onAdmin: Bool) throws {
    let gateway = try RunningGateway { $0.workers = [.logbeacon, .telegram] }
    for method in ["GET", "HEAD", "OPTIONS"] {
      let response = try gateway.exchange("\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n", onAdmin: onAdmin)
      guard path.hasPrefix("/health") || onAdmin else {
        #expect(response.status == 404)
        continue
      }
      #expect(response.status == (method == "OPTIONS" ? 204 : 200))
      #expect(try problems(response, method.lowercased(), path) == [])
    }
  }

  @Test("the document itself is served as it stands")
  func served() throws {
    let gateway = try RunningGateway()
    let response = try gateway.exchange("GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\n\r\n", onAdmin: true)
    #expect(response.headers["content-type"] == "application/yaml")
    #expect(try response.text == Specification.text(Specification.openAPI))
  }

  @Test("what the admin listener refuses is as listed")
  func admin() throws {
    let gateway = try RunningGateway { $0.admin.token = Secret("s3cret") }
    for (host, status) in [("localhost", 401), ("evil.example", 421)] {
      let response = try gateway.exchange("GET /metrics HTTP/1.1\r\nHost: \(host)\r\n\r\n", onAdmin: true)
      #expect(response.status == status)
      #expect(try problems(response, "get", "/metrics") == [])
    }
  }

  @Test("what is answered about dead letters is as listed")
  func dead() throws {
    let gateway = try RunningGateway()
    let json = "Host: localhost\r\nContent-Type: application/json\r\n"
    for (method, path, head, body, status) in [
      ("GET", "/api/dead", "Host: localhost\r\n", "", 200),
      ("GET", "/api/dead?limit=0", "Host: localhost\r\n", "", 400),
      ("HEAD", "/api/dead", "Host: localhost\r\n", "", 200), ("OPTIONS", "/api/dead", "Host: localhost\r\n", "", 204),
      ("GET", "/api/dead/1", "Host: localhost\r\n", "", 404),
      ("OPTIONS", "/api/dead/1", "Host: localhost\r\n", "", 204),
      ("GET", "/api/dead", "Host: evil.example\r\n", "", 421), ("POST", "/api/dead/replay", json, "{}", 200),
      ("POST", "/api/dead/replay", "Host: localhost\r\n", "{}", 403), ("POST", "/api/dead/replay", json, "[]", 400),
      ("OPTIONS", "/api/dead/replay", json, "", 204), ("DELETE", "/api/dead", json, #"{"confirm":true}"#, 200),
      ("DELETE", "/api/dead", json, "{}", 400),
    ] {
      let response = try gateway.exchange(
        "\(method) \(path) HTTP/1.1\r\n\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)", onAdmin: true)
      #expect(response.status == status, "\(method) \(path)")
      let listed = path == "/api/dead/1" ? "/api/dead/{key}" : String(path.prefix { $0 != "?" })
      #expect(try problems(response, method.lowercased(), listed) == [], "\(method) \(path)")
    }
  }

  @Test("a health document with every check and figure is as listed", arguments: Settings.Role.allCases)
  func health(_ role: Settings.Role) throws {
    let figures = HealthReading.Figures(queued: 1, events: 2, bytes: 3, limitBytes: 4)
    for phase in HealthReading.Phase.allCases {
      let reading = HealthReading(
        role: role, phase: phase,
        broker: HealthReading.Check(.blocked, since: 0, figures: figures, note: "alarm"),
        spool: HealthReading.Check(.writable, since: 0, figures: figures),
        logbeacon: HealthReading.Check(.failing, since: 0, figures: figures), telegram: HealthReading.Check(.console),
        uptimeSeconds: 5)
      let page = HealthDocument(reading, for: .operators)
      let name = page.httpStatus == .ok ? "Healthy" : "Unhealthy"
      let schema = try document["components/responses/\(name)/content"]["application/health+json"]?["schema"]
      let body = try #require(JSONValue(parsing: page.body))
      #expect(try SchemaCheck(specification: document).problems(body, schema ?? .null) == [])
    }
  }

  @Test("the examples of answers keep their schemas")
  func answers() throws {
    var count = 0
    for (name, response) in try document["components/responses"].object ?? [:] {
      for content in response["content"]?.object?.values.map(\.self) ?? [] {
        for (example, value) in document.examples(in: content) {
          let problems = try SchemaCheck(specification: document).problems(value, content["schema"] ?? .null)
          #expect(problems == [], "\(name), \(example)")
          count += 1
        }
      }
    }
    #expect(count > 15)
  }
}
