import Core
import Fakes
import Testing

@testable import Gateway

/// `/api/dead…` on the listeners of a running gateway.
@Suite(.serialized) struct DeadAdminTests {
  private static let json = "Content-Type: application/json\r\n"

  private func ask(
    _ gateway: RunningGateway, _ method: String, _ path: String, _ fields: String = json, host: String = "localhost",
    body: String = "{}", onAdmin: Bool = true
  ) throws -> RawHTTPConnection.Response {
    try gateway.exchange(
      "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)",
      onAdmin: onAdmin)
  }

  private static let requests = [
    ("GET", "/api/dead"), ("GET", "/api/dead/1"), ("POST", "/api/dead/replay"), ("DELETE", "/api/dead"),
  ]

  @Test("the public listener knows none of it", arguments: requests)
  func publicListener(_ method: String, _ path: String) throws {
    #expect(try ask(RunningGateway(), method, path, onAdmin: false).status == 404)
  }

  @Test("the admin listener wants its name and its token first", arguments: requests)
  func access(_ method: String, _ path: String) throws {
    let gateway = try RunningGateway { $0.admin.token = Secret("s3cret") }
    #expect(try ask(gateway, method, path, host: "evil.example").status == 421)
    #expect(try ask(gateway, method, path).status == 401)
    let answer = try ask(gateway, method, path, Self.json + "Authorization: Bearer s3cret\r\n", body: #"{"limit":1}"#)
    #expect(answer.status == (method == "DELETE" ? 400 : path == "/api/dead/1" ? 404 : 200))
  }

  @Test(
    "a change needs JSON and no other page behind it",
    arguments: [("POST", "/api/dead/replay"), ("DELETE", "/api/dead")])
  func changes(_ method: String, _ path: String) throws {
    let gateway = try RunningGateway()
    let body = method == "DELETE" ? #"{"confirm":true}"# : "{}"
    #expect(try ask(gateway, method, path, "", body: body).status == 403)
    #expect(try ask(gateway, method, path, Self.json + "Origin: http://evil.example\r\n", body: body).status == 403)
    #expect(try ask(gateway, method, path, Self.json + "Origin: http://localhost\r\n", body: body).status == 200)
    #expect(try ask(gateway, method, "\(path)?domain=a", body: body).status == 400)
    for bad in ["", "[]", "nothing", #"{"domian":"a"}"#, #"{"keys":["x"]}"#] {
      #expect(try ask(gateway, method, path, body: bad).status == 400, "\(bad)")
    }
  }

  @Test("answers of one connection keep their order, whoever is ready first")
  func pipelining() throws {
    let gateway = try RunningGateway()
    let connection = try RawHTTPConnection(port: gateway.adminPort)
    let get = { (path: String) in "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n" }
    try connection.send(get("/api/dead") + get("/health/live") + get("/api/dead?limit=0") + get("/api/dead"))
    let types = try (0..<4).map { _ in try connection.readResponse().headers["content-type"] }
    #expect(types == ["application/json", "application/health+json", "application/problem+json", "application/json"])
  }

  @Test("with its broker away the gateway says so, and still shows what lies in its own store")
  func brokerAway() throws {
    let gateway = try RunningGateway {
      $0.queue = .rabbitmq
      $0.broker.urls = [Secret("amqp://guest:guest@127.0.0.1:1")]
    }
    let answer = try ask(gateway, "GET", "/api/dead", "", body: "")
    #expect(answer.status == 503)
    #expect(answer.headers["retry-after"] == "5")
    #expect(answer.json?["detail"]?.string?.hasPrefix("the broker cannot be asked: ") == true)
    #expect(try ask(gateway, "GET", "/api/dead?where=spool", "", body: "").json?["letters"] == [])
  }

  @Test("more orders than may be under way are refused")
  func bound() throws {
    let folder = try TemporaryDirectory()
    let options = EmbeddedQueue.Options(
      folder: folder.path, names: [EmbeddedBench.logbeacon], maxBytes: 1 << 30, deadMaxBytes: 1 << 20)
    let queue = try EmbeddedQueue(options)
    let desk = DeadDesk(names: options.names, store: queue, broker: nil)
    let gate = Monitor(false)
    // The store's thread waits inside its first answer, so that the others are under way.
    queue.carryOut(DeadOrder(.list)) { _ in _ = waitUntil { gate.value } }
    let pages = Monitor([Page]())
    for _ in 0..<(DeadDesk.maxOrders + 1) { desk.page(DeadOrder(.list)) { page in pages.change { $0.append(page) } } }
    #expect(pages.value.map(\.status) == [.serviceUnavailable])
    gate.change { $0 = true }
    #expect(waitUntil { pages.value.count == DeadDesk.maxOrders + 1 })
    #expect(pages.value.filter { $0.status == .ok }.count == DeadDesk.maxOrders)
    queue.stop()
  }
}
