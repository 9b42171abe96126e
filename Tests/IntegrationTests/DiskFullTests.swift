import Core
import Fakes
import Foundation
import Glibc
import Testing

/// Needs the right to mount; elsewhere it is skipped.
@Suite(.serialized, .enabled(if: geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/mount")))
struct DiskFullTests {
  @Test("a full disk is never a false 202, deliveries still free it, and it heals by itself")
  func heals() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let small = deployment.folder.file("small")
    try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: true)
    guard try run("/usr/bin/mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small, in: deployment.folder) else {
      return
    }
    defer { _ = try? run("/usr/bin/umount", "-l", small, in: deployment.folder) }
    deployment.logbeacon.fail { _ in FakeLogBeacon.Failure(FakeResponse(status: 503)) }
    let gateway = try deployment.start([
      "BEACONGATE_DATA_DIR": "\(small)/data", "BEACONGATE_RETRY_MAX_DELAY": "500ms",
      "BEACONGATE_RETRY_MAX_ATTEMPTS": "100000",
    ])
    let extra = String(repeating: "x", count: 2900)
    var accepted: Set<String> = []
    var refusal: RawHTTPConnection.Response?
    for number in 0..<2000 where refusal == nil {
      let id = "d\(number)"
      let response = try gateway.post([
        "id": .string(id), "level": 1, "def_name": "f", "message": "m", "extra_info": .string(extra),
      ])
      if response.status == 202 { accepted.insert(id) } else { refusal = response }
    }
    #expect(refusal?.status == 503)
    #expect(refusal?.headers["retry-after"] != nil)
    #expect(gateway.health() == 503)
    deployment.logbeacon.fail(nil)
    #expect(waitUntil(timeout: .seconds(60)) { deployment.logbeacon.acceptedIDs.isSuperset(of: accepted) })
    #expect(waitUntil(timeout: .seconds(20)) { gateway.health() == 200 })
    #expect(try gateway.post(["level": 1, "def_name": "f", "message": "m"]).status == 202)
    gateway.kill(SIGTERM)
    #expect(gateway.wait() == .code(0))
  }

  private func run(_ program: String, _ arguments: String..., in folder: TemporaryDirectory) throws -> Bool {
    let child = try ChildProcess(
      program, arguments: arguments, environment: [:], output: folder.file("tool.out"), errors: folder.file("tool.err"))
    return child.wait() == .code(0)
  }
}
