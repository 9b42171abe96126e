import Core
import Fakes
import Foundation
import Gateway
import Integrity
import Testing

@Suite("The webhook worker")
struct WebhookWorkerTests {
  private static let key = Array("0123456789abcdef0123456789abcdef".utf8)
  private static let secret = "whsec_" + Base64.encode(key)

  private let bench: WorkerBench
  private let server: FakeHTTPServer

  init() throws {
    bench = try WorkerBench(.webhook)
    server = try FakeHTTPServer()
  }

  private func settings(_ change: (inout Settings) -> Void = { _ in }) -> Settings {
    bench.settings { settings in
      settings.webhook.url = .set("\(server.url)/hook?team=7")
      settings.webhook.secret = Secret(Self.secret)
      change(&settings)
    }
  }

  @Test("an event is posted as it is stored, signed over id, time and body; the worker's line says so")
  func signed() throws {
    try bench.start(settings())
    bench.publish("e1", level: 9)
    #expect(bench.queue.wait { $0.delivered == ["e1"] })
    let request = try #require(server.requests.first)
    #expect(request.method == "POST" && request.path == "/hook?team=7")
    #expect(request.headers["content-type"] == "application/json")
    #expect(request.headers["user-agent"] == "beacongate/\(Version.current)")
    #expect(request.headers["webhook-id"] == "e1")
    #expect(request.json?["v"] == 1 && request.json?["id"] == "e1" && request.json?["message"] == "支付 e1")
    let time = try #require(request.headers["webhook-timestamp"].flatMap { Int64($0) })
    #expect(abs(time - Int64(Date().timeIntervalSince1970)) < 60)
    let text = Array("e1.\(time).".utf8) + request.body
    let expected = Digester().authentication(of: text.span, key: Self.key)
    #expect(request.headers["webhook-signature"] == "v1,\(Base64.encode(expected.bytes))")
    #expect(bench.says("✅ 發送成功 [Webhook-Error] pay - 支付 e1 - 附加信息: 訂單"))
  }

  @Test("during the Retry-After of a 429 it is not called again, and a 429 is no attempt")
  func limited() throws {
    let responses = Monitor([FakeResponse(status: 429, headers: [("Retry-After", "1")])])
    server.respond { _ in responses.change { $0.isEmpty ? FakeResponse() : $0.removeFirst() } }
    try bench.start(settings { $0.retry.maxAttempts = 1 })
    bench.publish("e1")
    #expect(waitUntil { server.requestCount == 1 })
    bench.publish("e2")
    bench.publish("other", domain: "other.example")
    #expect(bench.queue.wait { Set($0.delivered) == ["e1", "e2", "other"] })
    let first = try #require(server.requests.first).arrival
    for request in server.requests.dropFirst() where request.headers["webhook-id"] != "other" {
      #expect(request.arrival - first > 950_000_000)
    }
  }

  @Test("5xx, lost answers and redirects are tried again with the same id; what it will never take is buried")
  func retries() throws {
    let responses = Monitor([
      FakeResponse(status: 503), .closeWithoutAnswer, .redirect(to: "http://127.0.0.1:1/"), FakeResponse(status: 204),
    ])
    server.respond { request in
      request.headers["webhook-id"] == "bad"
        ? FakeResponse(status: 422, text: "no such field") : responses.change { $0.removeFirst() }
    }
    try bench.start(settings())
    bench.publish("e1")
    #expect(bench.queue.wait { $0.delivered == ["e1"] })
    #expect(server.requests.map { $0.headers["webhook-id"] } == ["e1", "e1", "e1", "e1"])
    bench.publish("bad")
    #expect(bench.queue.wait { $0.dead["bad"] != nil })
    let note = try #require(bench.queue.state.value.dead["bad"])
    #expect(note.reason == .rejected && note.lastStatus == 422 && note.lastError.contains("no such field"))
  }

  @Test("a secret that is refused buries nothing; the right one, read anew, sends it all", arguments: [401, 403, 410])
  func refused(status: Int) throws {
    let own = Self.secret
    server.respond { _ in FakeResponse(status: status, text: "bad signature \(own)") }
    try bench.start(
      settings { settings in
        settings.retry.maxAttempts = 1
        settings.retry.maxDelay = .seconds(600)
      })
    bench.publish("e1")
    #expect(waitUntil { bench.status?.condition == .breakerOpen })
    #expect(bench.queue.state.value.dead.isEmpty)
    let before = server.requests.first?.headers["webhook-signature"]
    server.respond { _ in FakeResponse() }
    bench.worker?.update(settings { $0.webhook.secret = Secret("another secret of 24 letters and more") })
    #expect(bench.queue.wait { $0.delivered == ["e1"] })
    #expect(server.requests.last?.headers["webhook-signature"] != before)
    #expect(bench.says("[暫停] shop.example_webhook"))
    #expect(!bench.consoleText.contains(own))
  }

  @Test("none declares it unwanted, for one domain too")
  func unwanted() throws {
    let url = server.url
    try bench.start(
      bench.settings { _ in
      } domain: { domain in
        domain.webhook.secret = Secret(Self.secret)
        domain.webhook.url = domain.name == "shop.example" ? .unwanted : .set(url)
      })
    bench.publish("e1")
    bench.publish("e2", domain: "other.example")
    #expect(bench.queue.wait { $0.delivered == ["e2"] && $0.disabled == ["e1"] })
  }

  @Test("many calls are in flight at once, at most webhook.concurrency")
  func concurrency() throws {
    let load = Monitor((now: 0, most: 0))
    server.respond { _ in
      load.change {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      _ = load.wait(timeout: .milliseconds(300)) { $0.most > 3 }
      load.change { $0.now -= 1 }
      return FakeResponse()
    }
    try bench.start(settings { $0.webhook.concurrency = 3 })
    for number in 0..<12 { bench.publish("e\(number)") }
    #expect(bench.queue.wait { $0.delivered.count == 12 })
    #expect(load.value.most == 3)
  }
}
