import Core
import Fakes
import Foundation
import Testing

@Suite(.serialized) struct FirstLightTests {
  @Test("a level 91 event reaches LogBeacon and both chats, its long extra_info cut")
  func everywhere() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let gateway = try deployment.start()
    let long = String(repeating: "資", count: 5000)
    let response = try gateway.post([
      "level": 91, "def_name": "service_error", "message": "服務暫時無法使用", "extra_info": .string(long),
      "hash_value": "h1", "timestamp": "2025-01-15T10:30:00Z", "typo": 1,
    ])
    #expect(response.status == 202)
    #expect(response.json?["stored"] == "spool")
    #expect(response.json?["routes"] == ["logbeacon", "telegram.developer", "telegram.customer"])
    #expect(response.json?["truncated"] == ["extra_info"])
    #expect(response.json?["ignored"] == ["typo"])
    let id = try #require(response.json?["id"]?.string)

    #expect(deployment.logbeacon.waitForAccepted(1))
    let call = try #require(deployment.logbeacon.accepted.first)
    #expect(call.id == id)
    #expect(call.event["extra_info"] == .string(String(repeating: "資", count: 3000) + "...(已截斷)"))
    #expect(call.event["level"] == 91)
    #expect(call.event["level_name"] == "Error_CTG")
    #expect(call.event["domain"] == "shop.example")
    #expect(call.event["program_name"] == "default")
    #expect(call.event["hash_value"] == "h1")
    #expect(call.event["v"] == nil)
    #expect(call.request.headers["idempotency-key"] == id)

    #expect(deployment.telegram.waitForSent(2))
    let developer = try #require(deployment.telegram.sent(to: "101").first)
    #expect(developer.text.hasPrefix("錯誤時間:2025-01-15 10:30:00 商城名稱:shop.example"))
    #expect(developer.text.utf16.count <= 4096)
    let customer = try #require(deployment.telegram.sent(to: "202").first)
    #expect(customer.text == "系統通知 - shop.example: 服務暫時無法使用")
    #expect(customer.parameters["parse_mode"] == nil)

    gateway.kill(SIGTERM)
    #expect(gateway.wait() == .code(0))
    #expect(gateway.standardOutput.contains("✅ 發送成功 [LogBeacon-Error_CTG] service_error - 服務暫時無法使用"))
    #expect(gateway.standardOutput.contains("✅ 發送成功 [TG-customer] 系統通知 - shop.example: 服務暫時無法使用"))
  }

  @Test("each level goes where the guide's table says", arguments: Level.allCases)
  func routing(_ level: Level) throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let gateway = try deployment.start()
    let response = try gateway.post(["level": .int(Int(level.rawValue)), "def_name": "f", "message": "m"])
    let routes = Routes.all.filter(level.routes.contains)
    #expect(response.json?["routes"]?.array?.count == routes.count)
    #expect(response.json?["stored"] == (routes.isEmpty ? "none" : "spool"))
    // A second event that goes everywhere is behind the first: when it has come, nothing more of the first will.
    _ = try gateway.post(["level": 91, "def_name": "g", "message": "end"])
    let inLogBeacon = level.routes.contains(.logbeacon)
    let inChats = routes.count - (inLogBeacon ? 1 : 0)
    #expect(deployment.logbeacon.waitForAccepted(inLogBeacon ? 2 : 1))
    #expect(deployment.telegram.waitForSent(2 + inChats))
    #expect(deployment.logbeacon.accepted.count == (inLogBeacon ? 2 : 1))
    #expect(deployment.telegram.sent(to: "101").count == (level.routes.contains(.telegramDeveloper) ? 2 : 1))
    #expect(deployment.telegram.sent(to: "202").count == (level.routes.contains(.telegramCustomer) ? 2 : 1))
  }

  @Test("a batch answers item by item and delivers what is valid")
  func batch() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let gateway = try deployment.start()
    let response = try gateway.post([
      ["level": 1, "def_name": "a", "message": "1"], ["level": 5], ["level": "info", "def_name": "b", "message": ""],
    ])
    #expect(response.status == 202)
    #expect(response.json?["status"] == "partial")
    #expect(response.json?["accepted"] == 2)
    #expect(response.json?["rejected"] == 1)
    #expect(response.json?["errors"]?[0]?["index"] == 1)
    #expect(deployment.logbeacon.waitForAccepted(2))
  }

  @Test("a key that LogBeacon hands out is used from the next call on and lies in its file")
  func keyRenewal() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let pair = FakeLogBeacon.Pair(domain: "shop.example", program: "default")
    deployment.logbeacon.renewKey("new-key-1", of: pair)
    let gateway = try deployment.start()
    _ = try gateway.post(["level": 1, "def_name": "f", "message": "1"])
    #expect(deployment.logbeacon.waitForAccepted(1))
    _ = try gateway.post(["level": 1, "def_name": "f", "message": "2"])
    #expect(deployment.logbeacon.waitForAccepted(2))
    #expect(deployment.logbeacon.accepted.map(\.key) == [nil, "new-key-1"])
    #expect(deployment.folder.read("data/keys/api_key-shop.example-default-logbeacon.txt") == "new-key-1")
  }

  @Test("a failing LogBeacon is tried again, a refused event becomes a dead letter, and the others pass it")
  func retry() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    deployment.logbeacon.fail { call in
      call.event["message"] == "bad" ? FakeLogBeacon.Failure(FakeResponse(status: 400)) : nil
    }
    deployment.logbeacon.failNext(2, with: FakeLogBeacon.Failure(FakeResponse(status: 503)))
    let gateway = try deployment.start()
    _ = try gateway.post(["level": 1, "def_name": "f", "message": "good"])
    _ = try gateway.post(["level": 1, "def_name": "f", "message": "bad"])
    _ = try gateway.post(["level": 1, "def_name": "f", "message": "also good"])
    #expect(deployment.logbeacon.waitForAccepted(2))
    #expect(
      waitUntil {
        let metrics = try? gateway.request("GET", "/metrics", onAdmin: true).text
        return metrics?.contains(#"beacongate_dead_letters{sink="logbeacon",domain="shop.example"} 1"#) == true
      })
    #expect(gateway.standardOutput.contains("❌ 發送失敗 [LogBeacon-Info] f - "))
  }

  @Test("the console stands in for services that are not configured")
  func console() throws {
    let gateway = try GatewayProcess()
    #expect(gateway.waitUntilHealthy())
    _ = try gateway.post(["level": 11, "def_name": "order_status", "message": "訂單已出貨"])
    #expect(waitUntil { gateway.standardOutput.contains("[TG-customer] 系統通知 - localhost: 訂單已出貨") })
    #expect(waitUntil { gateway.standardOutput.contains("[LogBeacon-Info_CTG] order_status - 訂單已出貨") })
    let metrics = try gateway.request("GET", "/metrics", onAdmin: true)
    #expect(
      metrics.text.contains(#"beacongate_deliveries_total{sink="console",domain="localhost",outcome="delivered"}"#))
  }
}
