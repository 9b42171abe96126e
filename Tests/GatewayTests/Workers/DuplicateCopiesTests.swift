import Core
import Fakes
import Foundation
import Gateway
import Testing

@Suite("Copies that come twice to a worker")
struct DuplicateCopiesTests {
  private let bench: WorkerBench
  private let beacon: FakeLogBeacon
  private let digests: [ContentDigest]

  init() throws {
    bench = try WorkerBench(.logbeacon)
    beacon = try FakeLogBeacon()
    digests = try (1...2).map { try #require(ContentDigest(hex: String(repeating: "0\($0)", count: 32))) }
  }

  private func start() throws {
    try bench.start(bench.settings { $0.logbeacon.url = .set(beacon.url) })
  }

  @Test("a copy whose id and digest were delivered is settled without a call, and counted")
  func dropped() throws {
    try start()
    bench.publish("a", digest: digests[0])
    #expect(bench.queue.wait { $0.delivered == ["a"] })
    bench.publish("a", digest: digests[0])
    #expect(bench.queue.wait { $0.duplicates == ["a"] })
    #expect(waitUntil { bench.status?.counts.duplicate == 1 })
    #expect(bench.status?.counts.delivered == 1 && beacon.calls.count == 1)
    let counts = bench.worker?.snapshot().deliveries.filter { $0.outcome == .duplicate && $0.domain == "shop.example" }
    #expect(counts?.map(\.count) == [1])
  }

  @Test("another digest, no digest, another queue and a replay are delivered")
  func passed() throws {
    try start()
    bench.publish("a", digest: digests[0])
    #expect(bench.queue.wait { $0.delivered.count == 1 })
    bench.publish("a", digest: digests[1])
    bench.publish("a")
    bench.publish("a")
    bench.publish("a", domain: "other.example", digest: digests[0])
    bench.publish("a", digest: digests[0], isReplayed: true)
    #expect(bench.queue.wait { $0.delivered.count == 6 })
    #expect(bench.queue.state.value.duplicates.isEmpty)
  }

  @Test("a copy whose like is under way waits, and is dropped once that was delivered")
  func twin() throws {
    beacon.fail { _ in FakeLogBeacon.Failure(FakeResponse(status: 503)) }
    try start()
    bench.publish("a", digest: digests[0])
    #expect(bench.queue.wait { !$0.parked.isEmpty })
    bench.publish("a", digest: digests[0])
    #expect(bench.queue.wait { $0.parked.count > 2 })
    beacon.fail(nil)
    #expect(bench.queue.wait { $0.delivered == ["a"] && $0.duplicates == ["a"] })
    #expect(beacon.accepted.count == 1)
  }

  @Test("a copy that was refused for good is not remembered: what died may come again")
  func died() throws {
    beacon.fail { _ in FakeLogBeacon.Failure(FakeResponse(status: 400)) }
    try start()
    bench.publish("a", digest: digests[0])
    #expect(bench.queue.wait { $0.dead["a"] != nil })
    beacon.fail(nil)
    bench.publish("a", digest: digests[0])
    #expect(bench.queue.wait { $0.delivered == ["a"] })
  }
}
