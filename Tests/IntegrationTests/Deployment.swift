import Core
import Fakes
import Foundation

/// A gateway as its user runs it: the real binary between a client and fakes of both services.
struct Deployment {
  let logbeacon: FakeLogBeacon
  let telegram: FakeTelegram
  let folder: TemporaryDirectory

  init() throws {
    logbeacon = try FakeLogBeacon()
    telegram = try FakeTelegram()
    folder = try TemporaryDirectory()
  }

  var environment: [String: String] {
    [
      "BEACONGATE_DOMAINS": "shop.example", "BEACONGATE_LOGBEACON_URL": logbeacon.url,
      "BEACONGATE_TELEGRAM_API_BASE": telegram.url, "BEACONGATE_TELEGRAM_BOT_TOKEN": telegram.token,
      "BEACONGATE_TELEGRAM_DEVELOPER_CHAT_ID": "101", "BEACONGATE_TELEGRAM_CUSTOMER_CHAT_ID": "202",
      "BEACONGATE_RETRY_DELAY": "50ms", "TZ": "UTC",
    ]
  }

  /// Starts the gateway on this deployment's folder and waits for a 200 on `/health`.
  func start(_ changes: [String: String] = [:]) throws -> GatewayProcess {
    let gateway = try GatewayProcess(environment: environment.merging(changes) { $1 }, folder: folder)
    guard gateway.waitUntilHealthy() else { throw NotHealthy(errors: gateway.standardError) }
    return gateway
  }

  func stop() {
    logbeacon.stop()
    telegram.stop()
  }

  struct NotHealthy: Error {
    let errors: String
  }
}
