import Fakes
import Foundation
import Testing

/// The clients that the documents show do what the documents say of them.
@Suite(.serialized) struct ExampleTests {
  private static let examples = "docs/examples.md"
  private static let migrating = "docs/migrating.md"

  @Test("the first event of the README is accepted", arguments: ["README.md", "README.zh-Hant.md"])
  func firstEvent(_ document: String) throws {
    let gateway = try GatewayProcess()
    #expect(gateway.waitUntilHealthy())
    let outcome = try Example.firstEvent(in: document).run(in: try TemporaryDirectory(), url: gateway.url)
    #expect(outcome.exit == .code(0), "\(outcome.errors)")
    #expect(
      outcome.output.contains(#""status":"accepted","stored":"spool","routes":["logbeacon","telegram.developer"]"#))
  }

  @Test("every example in shell and Python gets its events to LogBeacon", arguments: try Example.runnable(in: examples))
  func delivers(_ example: Example) throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let gateway = try deployment.start()
    let folder = try TemporaryDirectory()
    let outcome = try example.run(in: folder, url: gateway.url)
    #expect(outcome.exit == .code(0), "\(outcome.errors)")
    let count = example.name == "batch.sh" ? 3 : 1
    #expect(deployment.logbeacon.waitForAccepted(count))
    #expect(deployment.logbeacon.accepted.count == count)
    #expect(deployment.logbeacon.acceptedIDs.count == count)
    #expect(outcome.output.isEmpty == false)
    #expect(example.name != "batch.py" || outcome.output.contains("'level': 5"), "it tells what must be mended")
  }

  @Test(
    "an event without an answer, or answered 503, is sent again under the same id",
    arguments: try Example.runnable(in: examples))
  func resends(_ example: Example) throws {
    let attempts = Monitor(0)
    let accepted: JSONValue = ["id": "x", "status": "accepted", "errors": []]
    let server = try FakeHTTPServer { _ in
      let attempt = attempts.change { attempts -> Int in
        attempts += 1
        return attempts
      }
      switch attempt {
      case 1: return .closeWithoutAnswer
      case 2: return FakeResponse(status: 503, headers: [("Retry-After", "1")], text: "{}")
      default: return FakeResponse(status: 202, json: accepted)
      }
    }
    defer { server.stop() }
    let outcome = try example.run(in: try TemporaryDirectory(), url: server.url)
    #expect(outcome.exit == .code(0), "\(outcome.errors)")
    #expect(server.requestCount == 3)
    let requests = server.requests
    #expect(Set(requests.map(\.body)).count == 1)
    let body = requests.first.map { String(decoding: $0.body, as: UTF8.self) } ?? ""
    #expect(body.contains(/"id": ?"/) || requests.first?.headers["idempotency-key"] != nil)
    #expect(Set(requests.map { $0.headers["idempotency-key"] }).count == 1)
    let wait = requests.count == 3 ? requests[2].arrival - requests[1].arrival : 0
    #expect(wait >= 1_000_000_000, "Retry-After is waited for")
  }

  @Test("a refused event is not sent again, and the program fails", arguments: ["event.sh", "event.py", "batch.sh"])
  func mends(_ name: String) throws {
    let server = try FakeHTTPServer { _ in FakeResponse(status: 422, text: #"{"title":"Invalid event"}"#) }
    defer { server.stop() }
    let outcome = try Example.named(name, in: Self.examples).run(in: try TemporaryDirectory(), url: server.url)
    #expect(outcome.exit != .code(0))
    #expect((outcome.output + outcome.errors).contains("Invalid event"))
    #expect(server.requestCount == 1)
  }

  @Test("only the items of a batch that could not be stored are sent again")
  func batchItems() throws {
    let server = try FakeHTTPServer { request in
      let lines = request.body.split(separator: UInt8(ascii: "\n")).count
      let errors: JSONValue =
        lines == 3 ? [["index": 0, "status": 422], ["index": 2, "code": "unavailable", "status": 503]] : []
      return FakeResponse(status: 202, json: ["status": "partial", "errors": errors])
    }
    defer { server.stop() }
    let outcome = try Example.named("batch.py", in: Self.examples).run(in: try TemporaryDirectory(), url: server.url)
    #expect(outcome.exit == .code(0), "\(outcome.errors)")
    let lines = server.requests.map { $0.body.split(separator: UInt8(ascii: "\n")) }
    #expect(lines.map(\.count) == [3, 1])
    #expect(lines.first?.last == lines.last?.first)
  }

  @Test("calls of the former system go on working with the module that the migration page shows")
  func formerCalls() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let gateway = try deployment.start()
    let folder = try TemporaryDirectory()
    let client = try Example.named("event.py", in: Self.examples).text.split(
      separator: "\n", omittingEmptySubsequences: false)
    let lines = client.filter { !$0.hasPrefix("print(") }.joined(separator: "\n")
    try Example(name: "beacongate_client.py", text: lines).write(to: folder, url: gateway.url)
    try Example.named("logsys_mq.py", in: Self.migrating).write(to: folder, url: gateway.url)
    let program = """
      import asyncio
      from logsys_mq import init_logsys, logsys

      async def main():
          await init_logsys(program_name="test_program")
          safe = [await logsys(level, "test", "測試", {"n": level}, hash_value="h") for level in (0, 1, 9, 11, 91, 99)]
          print(safe, await logsys(5, "test", "no such level"), await logsys(1, "test", 7))

      asyncio.run(main())
      """
    let outcome = try Example(name: "program.py", text: program).run(in: folder, url: gateway.url)
    #expect(outcome.exit == .code(0), "\(outcome.errors)")
    #expect(outcome.output == "[True, True, True, True, True, True] False True\n")
    #expect(outcome.errors.contains("level must be"))
    #expect(deployment.logbeacon.waitForAccepted(5))
    let events = deployment.logbeacon.accepted.map(\.event)
    #expect(Set(events.map { $0["program_name"] }) == ["test_program"])
    #expect(Set(events.map { $0["level"] }) == [1, 9, 11, 91])
    #expect(events.contains { $0["extra_info"] == #"{"n":91}"# && $0["hash_value"] == "h" })
    #expect(deployment.telegram.waitForSent(4))
  }
}
