import Fakes
import Foundation
import Glibc
import Testing

/// Where exactly the process dies: at each write and each sync of a few requests in turn, by strace.
@Suite(.serialized, .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace")))
struct TortureCrashPointTests {
  static let calls = "pwrite64,fdatasync,fsync,ftruncate"
  static let requests = 20
  /// More than the requests can cause; the run ends at the first point that is never reached.
  static let maxPoints = 400
  /// Points that are left out between two in a short run.
  static let shortStride = 9

  @Test("a SIGKILL at any write or sync loses nothing that was answered 202")
  func everyPoint() throws {
    let isLong = ProcessInfo.processInfo.environment["TORTURE_MINUTES"] != nil
    var (points, accepted) = (0, 0)
    for point in stride(from: 1, through: Self.maxPoints, by: isLong ? 1 : Self.shortStride) {
      guard let count = try die(at: point) else { break }
      points += 1
      accepted += count
    }
    print("crash points: \(points), with \(accepted) events accepted before them")
    #expect(points > 1 && points < Self.maxPoints)
    #expect(accepted > 0)
  }

  /// How many events were accepted before the process died at its `point`th storage call; `nil` if there is no such.
  private func die(at point: Int) throws -> Int? {
    let deployment = try Deployment()
    defer { deployment.stop() }
    deployment.logbeacon.fail { _ in FakeLogBeacon.Failure(FakeResponse(status: 503)) }
    let gateway = try deployment.start()
    let tracer = try ChildProcess(
      "/usr/bin/strace",
      arguments: [
        "-f", "-p", "\(gateway.child.pid)", "-e", "trace=\(Self.calls)", "-e",
        "inject=\(Self.calls):signal=KILL:when=\(point)",
      ], environment: ["PATH": "/usr/bin:/bin"], output: deployment.folder.file("strace.out"),
      errors: deployment.folder.file("strace.err"))
    guard waitUntil({ deployment.folder.read("strace.err").contains("attached") || !tracer.isRunning }),
      tracer.isRunning
    else { throw NotTraced(errors: deployment.folder.read("strace.err")) }
    var accepted: Set<String> = []
    for number in 0..<Self.requests where gateway.child.isRunning {
      let answer = try? gateway.post(["id": .string("p\(number)"), "level": 1, "def_name": "f", "message": "m"])
      if answer?.status == 202 { accepted.insert("p\(number)") }
    }
    let died = !gateway.child.isRunning || accepted.count < Self.requests
    gateway.kill(SIGKILL)
    _ = gateway.wait()
    _ = tracer.wait()
    deployment.logbeacon.fail(nil)
    let second = try deployment.start()
    #expect(
      waitUntil(timeout: .seconds(30)) { deployment.logbeacon.acceptedIDs.isSuperset(of: accepted) },
      "point \(point): missing \(accepted.subtracting(deployment.logbeacon.acceptedIDs).sorted())")
    second.kill(SIGTERM)
    #expect(second.wait() == .code(0))
    return died ? accepted.count : nil
  }

  private struct NotTraced: Error {
    let errors: String
  }
}
