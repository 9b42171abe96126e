import Core
import Fakes
import Integrity
import Testing

@testable import Gateway

/// `GET /` of the admin listener.
@Suite("The dashboard", .serialized)
struct DashboardTests {
  private func get(_ gateway: RunningGateway, _ target: String = "/", _ headers: String = "") throws
    -> RawHTTPConnection.Response
  {
    try gateway.exchange("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n", onAdmin: true)
  }

  private func part(_ name: String, of html: String) -> String? {
    let parts = html.split(separator: "<\(name)>", maxSplits: 1)
    return parts.last?.split(separator: "</\(name)>", maxSplits: 1).first.map(String.init)
  }

  @Test("it is a page that may run and load nothing but what it brings along, and ask nobody but its listener")
  func policy() throws {
    let gateway = try RunningGateway()
    let answer = try get(gateway)
    #expect(answer.status == 200)
    #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
    #expect(answer.headers["x-content-type-options"] == "nosniff")
    #expect(answer.headers["referrer-policy"] == "no-referrer")
    let policy = try #require(answer.headers["content-security-policy"])
    for rule in ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
      #expect(policy.contains(rule))
    }
    #expect(!policy.contains("unsafe"))
    for name in ["script", "style"] {
      let text = try #require(part(name, of: answer.text))
      let digest = Base64.encode(Digester().digest(Array(text.utf8).span).bytes)
      #expect(policy.contains("\(name)-src 'sha256-\(digest)'"))
    }
    let head = try gateway.exchange("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n", onAdmin: true)
    #expect(head.status == 200 && head.headers["content-security-policy"] == policy)
  }

  @Test("it names no address but its own listener's, and makes markup of nothing")
  func contained() {
    let html = String(decoding: Dashboard.page(.english).body, as: UTF8.self)
    for foreign in [
      "http:", "https:", "//cdn", "src=", "@import", "url(", "innerHTML", "outerHTML", "insertAdjacentHTML",
      "document.write", "eval(",
    ] {
      #expect(!html.contains(foreign), "\(foreign)")
    }
    #expect(html.firstMatch(of: /\son[a-z]+="/) == nil, "no inline handlers")
  }

  @Test("it has a Chinese sentence for whatever a check may say")
  func sentences() {
    let html = String(decoding: Dashboard.page(.traditionalChinese).body, as: UTF8.self)
    let said =
      BrokerCondition.allCases.map(\.sentence) + SpoolCondition.allCases.map(\.sentence)
      + SinkCondition.allCases.map(\.sentence)
    for sentence in said { #expect(html.contains("\"\(sentence.description.dropLast())\": \""), "\(sentence)") }
  }

  @Test("its language is the gateway's, with the same words in both", arguments: Settings.Locale.allCases)
  func language(_ locale: Settings.Locale) {
    let html = String(decoding: Dashboard.page(locale).body, as: UTF8.self)
    #expect(html.contains("<html lang=\"\(locale.rawValue)\">"))
    let blocks = html.matches(of: /"(en|zh-Hant)": \{([\s\S]*?)\n  \},/).map { match in
      match.2.matches(of: /(\w+): "/).map { String($0.1) }
    }
    #expect(blocks.count == 2 && blocks.first == blocks.last && (blocks.first?.count ?? 0) > 40)
  }

  @Test("a browser may send the token as a password, and is asked for it on the page alone")
  func token() throws {
    let gateway = try RunningGateway { $0.admin.token = Secret("s3cret") }
    let basic = { (pair: String) in "Authorization: Basic \(Base64.encode(Array(pair.utf8)))\r\n" }
    let asked = try get(gateway)
    #expect(asked.status == 401)
    #expect(
      asked.headers["www-authenticate"]
        == #"Bearer realm="beacongate", Basic realm="beacongate", charset="UTF-8""#)
    #expect(try get(gateway, "/api/status").headers["www-authenticate"] == #"Bearer realm="beacongate""#)
    for target in ["/", "/api/status", "/metrics"] {
      #expect(try get(gateway, target, basic("anyone:s3cret")).status == 200)
      #expect(try get(gateway, target, "Authorization: Bearer s3cret\r\n").status == 200)
      for wrong in ["s3cret:", "s3cret:x", ":s3cre", ":s3crett"] {
        #expect(try get(gateway, target, basic(wrong)).status == 401)
      }
    }
  }

  @Test("it is the admin listener's alone, by its rules")
  func refusals() throws {
    let gateway = try RunningGateway()
    #expect(try gateway.exchange("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 404)
    #expect(try gateway.exchange("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", onAdmin: true).status == 421)
    #expect(try gateway.exchange("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", onAdmin: true).status == 405)
  }

  @Test("the status that it reads has what was taken, and how many are connected")
  func figures() throws {
    let gateway = try RunningGateway()
    let event = #"{"level":1,"def_name":"f","message":"m","id":"a"}"#
    for (body, status) in [(event, 202), (event, 202), ("{}", 422)] {
      #expect(try gateway.exchange(RunningGateway.post(body)).status == status)
    }
    let answer = try get(gateway, "/api/status")
    #expect(answer.json?["events"] == ["accepted": 1, "duplicate": 1, "rejected": 1])
    #expect(answer.json?["connections"]?.int ?? 0 >= 1)
    #expect(answer.json?["queues"]?[0]?["paused"] == 0)
  }
}
