import Fakes
import LogSys

/// The gateway's `POST /log`, as far as a client sees it: each id is taken once, repeats are duplicates or conflicts.
final class FakeGateway: Sendable {
  let server: FakeHTTPServer
  private let events = Monitor([String: JSONValue]())
  private let script = Monitor([FakeResponse]())
  private let takesBeforeFailing = Monitor(false)

  init() throws {
    server = try FakeHTTPServer()
    let (events, script, takes) = (events, script, takesBeforeFailing)
    server.respond { request in
      let failure = script.change { $0.isEmpty ? nil : $0.removeFirst() }
      if let failure, !takes.value { return failure }
      let answer = events.change { Self.take(request, &$0) }
      return failure ?? answer
    }
  }

  /// The next attempts fail so, in order; `takesEvent`: after the event was taken all the same.
  func failNext(_ responses: [FakeResponse], takesEvent: Bool = false) {
    takesBeforeFailing.change { $0 = takesEvent }
    script.change { $0 = responses }
  }

  /// By id.
  var taken: [String: JSONValue] { events.value }

  func client(_ limits: LogSystem.Limits = .init(), token: String? = nil) throws -> LogSystem {
    try LogSystem(url: server.url, programName: "tests", domain: "a.example", token: token, limits: limits)
  }

  private static func take(_ request: RecordedRequest, _ events: inout [String: JSONValue]) -> FakeResponse {
    guard let event = request.json, let id = event["id"]?.string else {
      return FakeResponse(status: 400, json: ["title": "Bad Request", "detail": "not JSON"])
    }
    if event["def_name"] == "" {
      return FakeResponse(
        status: 422,
        json: [
          "title": "Unprocessable", "detail": "the event is not valid",
          "errors": [["field": "def_name", "code": "empty", "detail": "must not be empty"]],
        ])
    }
    if let known = events[id], known != event { return FakeResponse(status: 409, json: ["detail": "other content"]) }
    var answer: JSONValue = [
      "id": .string(id), "status": "accepted", "stored": "spool", "routes": ["logbeacon"], "truncated": [],
      "ignored": [],
    ]
    if events.updateValue(event, forKey: id) != nil {
      answer = .object(answer.object!.merging(["duplicate": true]) { $1 })
    }
    return FakeResponse(status: 202, json: answer)
  }
}
