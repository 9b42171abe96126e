import Fakes
import Foundation
import Testing

/// Fifty domains in one process, some of whose services are in every kind of trouble.
///
/// What is in trouble stays so for longer than the tests wait: who had to wait for it would be too late.
@Suite(.serialized) struct IsolationTests {
  private static let count = 50

  private static func domain(_ number: Int) -> String { "d\(number).example" }

  /// Every domain has a customer chat of its own.
  private static let domains = (0..<count).map {
    #"{"name":"\#(domain($0))","telegram":{"customer":{"chat_id":\#(1000 + $0)}}}"#
  }.joined(separator: ",")

  private static let environment = [
    "BEACONGATE_DOMAINS": "[\(domains)]", "BEACONGATE_LOGBEACON_TIMEOUT": "120s", "BEACONGATE_RETRY_DELAY": "1s",
    "BEACONGATE_TELEGRAM_DEVELOPER_CHAT_ID": "none",
  ]

  private static func post(_ gateway: GatewayProcess, _ range: Range<Int>, level: Int, times: Int) throws {
    let events = (0..<times).flatMap { time in
      range.map { number in
        #"{"level":\#(level),"domain":"\#(domain(number))","program_name":"api","def_name":"f","message":"\#(time)"}"#
      }
    }
    let body = "[\(events.joined(separator: ","))]"
    let answer = try gateway.request("POST", "/log", headers: ["Content-Type": "application/json"], body: body)
    #expect(answer.status == 202 && answer.json?["accepted"] == .int(events.count))
  }

  @Test("services that hang, limit, fail and refuse a key slow none of the other domains, and lose nothing")
  func services() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let beacon = deployment.logbeacon
    let gateway = try deployment.start(Self.environment)
    // Every pair has a proven key, so that it may have as many calls as its domain.
    try Self.post(gateway, 0..<Self.count, level: 1, times: 1)
    #expect(beacon.waitForAccepted(Self.count, timeout: .seconds(20)))
    beacon.fail { call in
      switch call.pair.domain {
      case Self.domain(0), Self.domain(1): .init(.hang)
      case Self.domain(2): .init(FakeResponse(status: 429, headers: [("Retry-After", "600")]))
      case Self.domain(3): .init(FakeResponse(status: 500))
      case Self.domain(4): .init(FakeResponse(status: 401))
      default: nil
      }
    }
    try Self.post(gateway, 0..<5, level: 1, times: 60)
    let isHeld = waitUntil {
      (0..<2).allSatisfy { number in beacon.calls.count { $0.pair.domain == Self.domain(number) } >= 17 }
    }
    #expect(isHeld)
    try Self.post(gateway, 5..<Self.count, level: 1, times: 10)
    #expect(beacon.waitForAccepted(Self.count + 45 * 10, timeout: .seconds(30)))
    // Each hanging service has its sixteen calls and the one before; the refused key was tried once.
    for number in 0..<2 { #expect(beacon.calls.count { $0.pair.domain == Self.domain(number) } == 17) }
    #expect(beacon.calls.count { $0.status == 401 } <= 16)
    #expect(try gateway.request("GET", "/health").json?["checks"]?["logbeacon"]?["status"] == "warn")
    #expect(beacon.duplicateIDs.isEmpty)
  }

  @Test("a chat that is limited for ever and one that refuses us slow no other chat, and are not called in between")
  func chats() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let telegram = deployment.telegram
    telegram.fail(chat: "1000", with: .tooManyRequests(retryAfter: 600))
    telegram.fail(chat: "1001", with: .blocked)
    let gateway = try deployment.start(Self.environment.merging(["BEACONGATE_LOGBEACON_URL": "none"]) { $1 })
    try Self.post(gateway, 0..<2, level: 11, times: 20)
    #expect(telegram.waitForCalls(2))
    try Self.post(gateway, 2..<Self.count, level: 11, times: 2)
    #expect(telegram.waitForSent(48 * 2, timeout: .seconds(30)))
    #expect(telegram.calls.count { !$0.isSent } == 2)
    #expect(telegram.violations == 0)
  }
}
