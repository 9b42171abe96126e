import Fakes
import Foundation
import Testing

/// `GET /api/tail` of the real program, read by curl.
@Suite(.serialized) struct TailTests {
  private func read(_ gateway: GatewayProcess, _ query: String, to folder: TemporaryDirectory, _ more: [String] = [])
    throws -> ChildProcess
  {
    try ChildProcess(
      "/usr/bin/curl",
      arguments: ["--silent", "--show-error", "--no-buffer", "--max-time", "30"] + more
        + ["http://127.0.0.1:\(gateway.adminPort)/api/tail\(query)"],
      environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path], output: folder.file("out"),
      errors: folder.file("err"))
  }

  @Test(
    "curl sees what is accepted and is told the end, which it does not hold up",
    arguments: [[], ["--http2-prior-knowledge"]])
  func story(_ protocolFlags: [String]) throws {
    let gateway = try GatewayProcess()
    try #require(gateway.waitUntilHealthy())
    let (all, some) = (try TemporaryDirectory(), try TemporaryDirectory())
    let readers = [
      try read(gateway, "", to: all, protocolFlags), try read(gateway, "?level=9", to: some, protocolFlags),
    ]
    #expect(waitUntil { [all, some].allSatisfy { $0.read("out").contains("follow") } })
    for (id, level) in [("e-1", 1), ("e-2", 9)] {
      let event: JSONValue = ["level": .int(level), "def_name": "f", "message": "m", "id": .string(id)]
      #expect(try gateway.post(event).status == 202)
    }
    #expect(waitUntil { all.read("out").contains("id: e-2\n") && some.read("out").contains("id: e-2\n") })
    #expect(all.read("out").contains("id: e-1\n") && !some.read("out").contains("id: e-1\n"))
    gateway.kill(SIGTERM)
    #expect(gateway.wait() == .code(0))
    for (reader, folder) in zip(readers, [all, some]) {
      #expect(reader.wait() == .code(0), "\(folder.read("err"))")
      #expect(folder.read("out").hasSuffix("\n\nevent: end\ndata: {}\n\n"))
    }
  }
}
