import Fakes
import Foundation
import Testing

/// `beacongate dead` as a shell sees it, with the embedded queue and with RabbitMQ.
@Suite(.serialized) struct DeadCommandTests {
  private func dead(
    _ gateway: GatewayProcess, _ arguments: String..., url: Bool = true
  ) throws -> (exit: ChildProcess.Exit?, output: String, errors: String) {
    let folder = try TemporaryDirectory()
    let address = url && !arguments.isEmpty ? ["--url", "http://127.0.0.1:\(gateway.adminPort)"] : []
    let run = try GatewayProcess(
      ["dead"] + arguments + address,
      environment: ["TZ": "Asia/Taipei", "BEACONGATE_ADMIN_TOKEN": "s3cret"], folder: folder)
    return (run.wait(), run.standardOutput, run.standardError)
  }

  private func metric(_ gateway: GatewayProcess, _ name: String) throws -> Int? {
    let answer = try gateway.request(
      "GET", "/metrics", headers: ["Authorization": "Bearer s3cret"], onAdmin: true)
    let line = answer.text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
    return line?.split(separator: " ").last.flatMap { Int($0) }
  }

  private func ledger(_ gateway: GatewayProcess, _ state: String) throws -> Int? {
    try metric(gateway, #"beacongate_ledger_copies{store="spool",state="\#(state)"}"#)
  }

  @Test("poison becomes dead letters that are listed, shown, replayed and purged", arguments: [false, true])
  func story(withBroker: Bool) throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let domain = "d\(UInt32.random(in: 0 ... .max)).example"
    var changes = [
      "BEACONGATE_DOMAINS": domain, "BEACONGATE_ADMIN_TOKEN": "s3cret", "BEACONGATE_TELEGRAM_BOT_TOKEN": "none",
    ]
    if withBroker { changes["BEACONGATE_BROKER_URLS"] = try RabbitNode.shared.url }
    deployment.logbeacon.fail { call in
      call.event["message"]?.string?.hasPrefix("poison") == true
        ? FakeLogBeacon.Failure(FakeResponse(status: 400, json: ["error": "no"])) : nil
    }
    let gateway = try deployment.start(changes)
    for (id, message) in [("p1", "poison 1"), ("p2", "poison 2"), ("ok", "fine")] {
      _ = try gateway.post(["level": 1, "def_name": "f", "message": .string(message), "id": .string(id)])
    }
    #expect(
      waitUntil(timeout: .seconds(30)) {
        (try? dead(gateway, "list", "--json").output.split(separator: "\n").count) == 2
      })
    let list = try dead(gateway, "list", "--domain", domain, "--reason", "rejected")
    #expect(list.exit == .code(0), "\(list.errors)")
    #expect(list.output.hasPrefix("KEY "))
    #expect(list.errors == "beacongate dead: 2 shown; 2 dead letters in these queues\n")
    #expect(try dead(gateway, "list", "--older-than", "1h", "--json").output.isEmpty)
    let lines = try dead(gateway, "list", "--json").output.split(separator: "\n")
    let letters = lines.compactMap { JSONValue(parsing: Array($0.utf8)) }
    let place = withBroker ? "broker" : "spool"
    #expect(letters.map { $0["where"]?.string } == [place, place])
    let first = try #require(letters.first { $0["id"] == "p1" }?["key"]?.string)
    let second = try #require(letters.first { $0["id"] == "p2" }?["key"]?.string)
    let shown = try dead(gateway, "show", first)
    #expect(shown.output.contains("reason      rejected\n"))
    #expect(shown.output.contains(#""message":"poison 1""#))

    deployment.logbeacon.fail(nil)
    #expect(try dead(gateway, "replay", first).output == "1 dead letter replayed\n")
    #expect(waitUntil(timeout: .seconds(30)) { deployment.logbeacon.acceptedIDs == ["ok", "p1"] })
    let refused = try dead(gateway, "purge")
    #expect(refused.exit == .code(65))
    #expect(refused.errors.contains("--yes"))
    #expect(try dead(gateway, "purge", "--yes", "--domain", domain, "--json").output == "{\"purged\":1,\"unseen\":0}\n")
    #expect(try dead(gateway, "show", second).exit == .code(65))
    #expect(try dead(gateway, "list").errors == "beacongate dead: 0 shown; 0 dead letters in these queues\n")
    #expect(deployment.logbeacon.accepted.count == 2)
    if !withBroker {
      #expect(
        waitUntil {
          (try? ledger(gateway, "delivered") == 2 && ledger(gateway, "purged") == 1 && ledger(gateway, "dead") == 0
            && ledger(gateway, "stored") == 3) == true
        })
    }
  }

  @Test("a replay without keys takes every letter, in as many requests as it needs")
  func everything() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    deployment.logbeacon.fail { _ in FakeLogBeacon.Failure(FakeResponse(status: 400)) }
    let gateway = try deployment.start(["BEACONGATE_ADMIN_TOKEN": "s3cret"])
    let events = (0..<40).map { #"{"level":1,"def_name":"f","message":"m","id":"e\#($0)"}"# }.joined(separator: ",")
    _ = try gateway.request("POST", "/log", headers: ["Content-Type": "application/json"], body: "[\(events)]")
    #expect(waitUntil { (try? ledger(gateway, "dead")) == 40 })
    // They die again at once: each is replayed a single time all the same.
    #expect(try dead(gateway, "replay", "--limit", "25", "--json").output == "{\"replayed\":25,\"unseen\":0}\n")
    #expect(waitUntil { (try? ledger(gateway, "dead")) == 40 })
    #expect(try dead(gateway, "replay").output == "40 dead letters replayed\n")
    #expect(waitUntil { (try? ledger(gateway, "dead")) == 40 })
    deployment.logbeacon.fail(nil)
    #expect(try dead(gateway, "replay", "--sink", "logbeacon").output == "40 dead letters replayed\n")
    #expect(deployment.logbeacon.waitForAccepted(40))
    #expect(deployment.logbeacon.acceptedIDs == Set((0..<40).map { "e\($0)" }))
  }

  @Test("without a gateway it is 69 and says what reads a stopped one; a wrong command line is 64")
  func failures() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let gateway = try deployment.start(["BEACONGATE_ADMIN_TOKEN": "other"])
    #expect(try dead(gateway, "list").exit == .code(69))
    gateway.kill(SIGTERM)
    _ = gateway.wait()
    let gone = try dead(gateway, "list")
    #expect(gone.exit == .code(69))
    #expect(gone.errors.contains("beacongate spool ls"))
    for arguments in [
      ["x"], ["show"], ["show", "x"], ["list", "1"], ["replay", "--reason", "x"], ["purge", "--limit", "0"],
    ] {
      let folder = try TemporaryDirectory()
      #expect(try GatewayProcess(["dead"] + arguments, folder: folder).wait() == .code(64), "\(arguments)")
    }
    #expect(try dead(gateway, "show", "--help").exit == .code(0))
  }
}
