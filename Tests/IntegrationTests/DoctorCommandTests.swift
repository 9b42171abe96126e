import Fakes
import Foundation
import Testing

/// `beacongate doctor` as a shell sees it.
@Suite(.serialized) struct DoctorCommandTests {
  private func doctor(
    _ deployment: Deployment, _ arguments: [String], _ changes: [String: String] = [:], gateway: GatewayProcess? = nil
  ) throws -> (exit: ChildProcess.Exit?, lines: [String], output: String) {
    var environment = deployment.environment.merging(changes) { $1 }
    if let gateway {
      environment["BEACONGATE_HTTP_LISTEN"] = "127.0.0.1:\(gateway.port)"
      environment["BEACONGATE_ADMIN_LISTEN"] = "127.0.0.1:\(gateway.adminPort)"
    }
    let folder = try TemporaryDirectory()
    environment["BEACONGATE_DATA_DIR"] = changes["BEACONGATE_DATA_DIR"] ?? deployment.folder.file("data")
    let run = try GatewayProcess(["doctor"] + arguments, environment: environment, folder: folder)
    let exit = run.wait()
    return (exit, run.standardOutput.split(separator: "\n").map(String.init), run.standardOutput)
  }

  /// LogBeacon as it is, and a Bot API that knows the bot and the chat 101.
  private func telegram(_ token: String) throws -> FakeHTTPServer {
    try FakeHTTPServer { request in
      if request.path == "/bot\(token)/getMe" {
        return FakeResponse(json: ["ok": true, "result": ["username": "shop_bot"]])
      }
      if request.path == "/bot\(token)/getChat", request.json?["chat_id"] == "101" {
        return FakeResponse(json: ["ok": true, "result": ["title": "Developers"]])
      }
      return FakeResponse(status: 400, json: ["ok": false, "description": "Bad Request: chat not found"])
    }
  }

  @Test("without a gateway: sinks are asked, a missing chat is 78, nothing is sent, no secret shows")
  func stopped() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let api = try telegram(deployment.telegram.token)
    defer { api.stop() }
    let run = try doctor(deployment, [], ["BEACONGATE_TELEGRAM_API_BASE": api.url])
    #expect(run.exit == .code(78))
    #expect(
      run.lines.contains {
        $0.hasPrefix("ok   http.listen: 127.0.0.1:") && $0.hasSuffix("is free; no gateway runs there")
      })
    #expect(
      run.lines.contains {
        $0.hasPrefix("ok   logbeacon: ") && $0.hasSuffix("no event was sent") || $0.hasPrefix("warn logbeacon: ")
      })
    #expect(run.lines.contains("ok   telegram: shop.example: the token is valid, the bot is @shop_bot"))
    #expect(run.lines.contains("ok   telegram: shop.example: the developer chat 101 is there (Developers)"))
    #expect(run.lines.contains { $0.hasPrefix("fail telegram: shop.example: the customer chat 202: Bad Request") })
    #expect(!run.output.contains(deployment.telegram.token))
    #expect(deployment.logbeacon.accepted.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: deployment.folder.file("data")))
  }

  @Test("a running gateway is found with its ledger, and a canary is followed until it is delivered")
  func canary() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let gateway = try deployment.start()
    _ = try gateway.post(["level": 91, "def_name": "f", "message": "m"])
    #expect(deployment.logbeacon.waitForAccepted(1))
    let none = ["BEACONGATE_TELEGRAM_BOT_TOKEN": "none"]
    let run = try doctor(deployment, ["--canary"], none, gateway: gateway)
    #expect(run.exit == .code(0), "\(run.output)")
    #expect(run.lines.contains("ok   data_dir: a running gateway has the folder (process \(gateway.child.pid))"))
    #expect(run.lines.contains { $0.hasPrefix("ok   http.listen: ") && $0.contains("runs, role all, /health is pass") })
    #expect(run.lines.contains { $0.hasPrefix("ok   ledger: of the spool adds up: 3 stored = ") })
    #expect(
      run.lines.contains { $0.hasPrefix("ok   canary: doctor-") && $0.contains("(stored: spool) and delivered within") }
    )
    #expect(deployment.logbeacon.acceptedIDs.contains { $0.hasPrefix("doctor-") })

    deployment.logbeacon.fail { _ in FakeLogBeacon.Failure(FakeResponse(status: 503)) }
    let failing = try doctor(deployment, ["--canary", "--canary-timeout", "1s"], none, gateway: gateway)
    #expect(failing.exit == .code(69))
    #expect(failing.lines.contains { $0.hasPrefix("fail canary: doctor-") && $0.contains("deliveries fail") })
  }

  @Test(
    "what is not there is 69 and what is wrong is 78; --json is one object that says the same",
    arguments: [
      (["BEACONGATE_LOGBEACON_URL": "http://127.0.0.1:1/log"], 69), (["BEACONGATE_HTTP_LISTEN": "192.0.2.1:80"], 78),
      (["BEACONGATE_RETRY_DELAY": "soon"], 78), (["BEACONGATE_DATA_DIR": "/dev/null/x"], 78), ([:], 0),
    ] as [([String: String], Int32)])
  func exitCodes(_ changes: [String: String], _ code: Int32) throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let base = ["BEACONGATE_TELEGRAM_BOT_TOKEN": "none"]
    let run = try doctor(deployment, ["--json"], base.merging(changes) { $1 })
    #expect(run.exit == .code(code), "\(run.output)")
    let json = try #require(JSONValue(parsing: Array(run.output.utf8)))
    #expect(json["exit_code"] == .int(Int(code)))
    #expect((json["status"] == "fail") == (code != 0))
    #expect(json["findings"]?[0]?["topic"] == "configuration")
  }

  @Test(
    "a wrong command line is 64",
    arguments: [["--timeout", "0s"], ["--timeout", "soon"], ["--canary-level", "5"], ["x"]])
  func usage(_ arguments: [String]) throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    #expect(try doctor(deployment, arguments).exit == .code(64))
  }
}
