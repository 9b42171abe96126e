import Core
import Testing

@Suite("The router")
struct RouterTests {
  private func route(_ request: String, _ router: Router = .intake) -> Router.Outcome? {
    let bytes = Array("\(request) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    var machine = RequestMachine(limits: HTTPLimits())
    guard case .request = machine.advance(bytes.span) else { return nil }
    return router.route(machine.head, in: bytes.span)
  }

  private typealias Route = Router.Route
  private static let log: MethodSet = [.post, .options]
  private static let read: MethodSet = [.get, .head, .options]

  @Test(
    "finds the endpoint, or says what is wrong",
    arguments: [
      ("POST /log", .endpoint(.log)),
      ("POST /log/", .endpoint(.log)),
      ("POST /log?x=y", .endpoint(.log)),
      ("POST http://a/log", .endpoint(.log)),
      ("GET /health", .endpoint(.health)),
      ("HEAD /health", .endpoint(.health)),
      ("GET /health/live", .endpoint(.live)),
      ("HEAD /health/ready", .endpoint(.ready)),
      ("OPTIONS /log", .options(log)),
      ("OPTIONS /health", .options(read)),
      ("OPTIONS *", .options([.get, .head, .post, .options])),
      ("GET /log", .methodNotAllowed(log)),
      ("PUT /log/", .methodNotAllowed(log)),
      ("POST /health", .methodNotAllowed(read)),
      ("DELETE /health/live", .methodNotAllowed(read)),
      ("PATCH /health/ready", .methodNotAllowed(read)),
      ("FOO /log", .notImplemented),
      ("TRACE /nothing", .notImplemented),
      ("GET /", .notFound),
      ("POST /logs", .notFound),
      ("POST /Log", .notFound),
      ("POST /log//", .notFound),
      ("POST /l%6fg", .notFound),
      ("GET /health/", .notFound),
      ("GET /metrics", .notFound),
      ("GET /api/dead", .notFound),
      ("GET /api/tail", .notFound),
      ("GET /openapi.yaml", .notFound),
      ("OPTIONS /nothing", .notFound),
    ] as [(String, Router.Outcome)])
  func routes(request: String, outcome: Router.Outcome) {
    #expect(route(request) == outcome)
  }

  @Test(
    "a part in braces stands for one segment",
    arguments: [
      ("GET /things/1", .endpoint(.deadLetter)), ("GET /things/a.b-c?x=y", .endpoint(.deadLetter)),
      ("GET /things/fixed", .endpoint(.dead)), ("POST /things/1", .methodNotAllowed([.get, .options])),
      ("GET /things/", .notFound), ("GET /things", .notFound), ("GET /things/1/2", .notFound),
      ("GET /thing/1", .notFound), ("GET /things/1/", .notFound),
    ] as [(String, Router.Outcome)])
  func variables(request: String, outcome: Router.Outcome) {
    let router = Router([Route("/things/fixed", .dead, .get), Route("/things/{key}", .deadLetter, .get)])
    #expect(route(request, router) == outcome)
  }

  @Test("Allow lists methods in one order")
  func allow() {
    var bytes: [UInt8] = []
    let all: MethodSet = [.patch, .options, .delete, .put, .post, .head, .get]
    all.append(to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH")
    #expect(MethodSet(.other).isEmpty)
  }
}
