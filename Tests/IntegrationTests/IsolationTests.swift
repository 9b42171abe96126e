import Fakes
import Foundation
import Platform
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

  /// How long a call hangs, in seconds.
  private static let timeout = 120.0

  private static let environment = [
    "BEACONGATE_DOMAINS": "[\(domains)]", "BEACONGATE_LOGBEACON_TIMEOUT": "\(Int(timeout))s",
    "BEACONGATE_RETRY_DELAY": "1s",
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

  /// Seconds from before their acceptance to their receipt, of ten events for each of `domains`; nobody
  /// else's are accepted meanwhile.
  private static func latencies(
    _ gateway: GatewayProcess, _ beacon: FakeLogBeacon, _ domains: Range<Int>
  ) throws -> (median: Double, worst: Double) {
    let before = beacon.accepted.count
    let begin = Clock.monotonicNanoseconds()
    try post(gateway, domains, level: 1, times: 10)
    #expect(beacon.waitForAccepted(before + domains.count * 10, timeout: .seconds(timeout / 4)))
    let latencies = beacon.accepted.dropFirst(before).map { Double($0.request.arrival - begin) / 1e9 }.sorted()
    return (try #require(latencies.dropFirst(latencies.count / 2).first), try #require(latencies.last))
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
    let others = 5..<Self.count
    let alone = try Self.latencies(gateway, beacon, others)
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
    let beside = try Self.latencies(gateway, beacon, others)
    // Who waits for a hanging call waits for its whole time; a busy machine makes both runs slower, by less than that.
    #expect(beside.worst < Self.timeout / 4)
    #expect(beside.median < max(alone.median * 20, Self.timeout / 20))
    // Each hanging service has its sixteen calls and the one before; the refused key was tried once.
    for number in 0..<2 { #expect(beacon.calls.count { $0.pair.domain == Self.domain(number) } == 17) }
    #expect(beacon.calls.count { $0.status == 401 } <= 16)
    #expect(try gateway.request("GET", "/health").json?["checks"]?["logbeacon"]?["status"] == "warn")
    #expect(beacon.duplicateIDs.isEmpty)
  }

  /// The service counts every limit strictly: 96 messages of one bot are more than it takes in three seconds.
  @Test("a chat limited for ever and one that refuses us slow no other, are not called in between; no limit is broken")
  func chats() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let telegram = deployment.telegram
    telegram.fail(chat: "1000", with: .tooManyRequests(retryAfter: 600))
    telegram.fail(chat: "1001", with: .blocked)
    telegram.keep()
    let gateway = try deployment.start(Self.environment.merging(["BEACONGATE_LOGBEACON_URL": "none"]) { $1 })
    try Self.post(gateway, 0..<2, level: 11, times: 20)
    #expect(telegram.waitForCalls(2))
    try Self.post(gateway, 2..<Self.count, level: 11, times: 2)
    #expect(telegram.waitForSent(48 * 2, timeout: .seconds(30)))
    #expect(telegram.calls.count { !$0.isSent } == 2)
    #expect(telegram.violations == 0)
  }
}
