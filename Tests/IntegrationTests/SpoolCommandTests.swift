import Fakes
import Foundation
import Testing

/// `beacongate spool` as a shell sees it, on the folder of a gateway that runs, is stopped, or was copied.
@Suite(.serialized) struct SpoolCommandTests {
  private func spool(_ arguments: [String], _ folder: String?) throws -> (
    exit: ChildProcess.Exit?, output: String, errors: String
  ) {
    let own = try TemporaryDirectory()
    let named = folder.map { ["--data-dir", $0] } ?? []
    let run = try GatewayProcess(["spool"] + arguments + named, folder: own)
    return (run.wait(), run.standardOutput, run.standardError)
  }

  @Test(
    "what LogBeacon did not take is listed, verified and exported while the gateway runs and after its disk was copied")
  func everywhere() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    deployment.logbeacon.fail { _ in FakeLogBeacon.Failure(FakeResponse(status: 503)) }
    let gateway = try deployment.start(["BEACONGATE_RETRY_DELAY": "10m"])
    for number in 0..<3 { _ = try gateway.post(["level": 1, "def_name": "f", "message": .string("m\(number)")]) }
    #expect(deployment.logbeacon.waitForCalls(1))
    let copied = try TemporaryDirectory()
    for isRunning in [true, false] {
      if !isRunning {
        gateway.kill(SIGKILL)
        _ = gateway.wait()
        for name in ["queue.db", "queue.db-wal"] {
          try FileManager.default.copyItem(
            atPath: deployment.folder.file("data/\(name)"), toPath: copied.file(name))
        }
      }
      let folder = isRunning ? deployment.folder.file("data") : copied.path
      let list = try spool(["ls"], folder)
      #expect(list.exit == .code(0), "\(list.errors)")
      #expect(list.output.hasPrefix("QUEUE"))
      #expect(list.output.contains("shop.example_logbeacon"))
      let verified = try spool(["verify"], folder)
      #expect(verified.exit == .code(0), "\(verified.output)")
      #expect(verified.output.contains("every checksum is right, the ledger adds up\n"))
      let exported = try spool(["export", "--domain", "shop.example"], folder)
      #expect(exported.exit == .code(0))
      #expect(exported.errors == "beacongate spool export: 3 copies written\n")
      let lines = exported.output.split(separator: "\n").compactMap { JSONValue(parsing: Array($0.utf8)) }
      #expect(Set(lines.compactMap { $0["body"]?["message"]?.string }) == ["m0", "m1", "m2"])
    }
  }

  @Test("an export to a file is private and never replaces one")
  func output() throws {
    let folder = try TemporaryDirectory()
    let gateway = try GatewayProcess(["serve"], environment: ["BEACONGATE_WORKERS": "none"], folder: folder)
    #expect(gateway.waitUntilHealthy())
    _ = try gateway.post(["level": 1, "def_name": "f", "message": "m"])
    let file = folder.file("export.ndjson")
    #expect(try spool(["export", "--output", file, "--state", "waiting"], folder.file("data")).exit == .code(0))
    #expect(folder.read("export.ndjson").contains(#""state":"waiting""#))
    let attributes = try FileManager.default.attributesOfItem(atPath: file)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    let again = try spool(["export", "--output", file], folder.file("data"))
    #expect(again.exit == .code(69))
    #expect(again.errors.contains("File exists"))
  }

  @Test("a damaged copy is exit 65 and named; what is no data folder is 69, a wrong command line 64")
  func failures() throws {
    let folder = try TemporaryDirectory()
    let gateway = try GatewayProcess(["serve"], environment: ["BEACONGATE_WORKERS": "none"], folder: folder)
    #expect(gateway.waitUntilHealthy())
    _ = try gateway.post(["level": 1, "def_name": "f", "message": "to be damaged"])
    gateway.kill(SIGTERM)
    #expect(gateway.wait() == .code(0))
    let url = URL(fileURLWithPath: folder.file("data/queue.db"))
    var data = try Data(contentsOf: url)
    data[try #require(data.range(of: Data("to be damaged".utf8))).lowerBound] ^= 1
    try data.write(to: url)
    let verified = try spool(["verify"], folder.file("data"))
    #expect(verified.exit == .code(65))
    #expect(verified.output.contains(/fail localhost_logbeacon: copy [0-9]+ \(waiting\): its bytes are not those/))
    let json = JSONValue(parsing: Array(try spool(["verify", "--json"], folder.file("data")).output.utf8))
    #expect(json?["sound"] == false)
    let exported = try spool(["export"], folder.file("data"))
    #expect(exported.exit == .code(65))
    #expect(exported.errors.hasPrefix("beacongate spool export: 1 copies written, 1 of them damaged\n"))

    #expect(try spool(["ls"], folder.file("none")).exit == .code(69))
    for arguments in [[], ["lst"], ["ls", "--queue", "x"], ["export", "--state", "lost"]] {
      #expect(try spool(arguments, arguments.isEmpty ? nil : folder.path).exit == .code(64))
    }
  }
}
