import Core
import Testing

@Suite("The router")
struct RouterTests {
  private func route(_ request: String) -> Router.Outcome? {
    let bytes = Array("\(request) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    var machine = RequestMachine(limits: HTTPLimits())
    guard case .request = machine.advance(bytes.span) else { return nil }
    return Router.intake.route(machine.head, in: bytes.span)
  }

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
      ("OPTIONS /nothing", .notFound),
    ] as [(String, Router.Outcome)])
  func routes(request: String, outcome: Router.Outcome) {
    #expect(route(request) == outcome)
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
