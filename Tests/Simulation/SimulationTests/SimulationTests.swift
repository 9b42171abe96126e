import Simulator
import Testing

/// A gateway, its disk and its services under random faults; `make simulate` runs thousands of seeds of the same.
@Suite struct SimulationTests {
  static let seeds: UInt64 = 200

  @Test("no seed breaks a promise, and together they have seen every fault")
  func seeds() {
    let campaign = Campaign.run(seeds: 0..<Self.seeds, threads: 2)
    let failures = campaign.failures.map { "SEED=\($0.seed): \($0.problems)" }
    #expect(failures == [])
    #expect(campaign.sightings.missing == [])
    #expect(campaign.runs == Int(Self.seeds))
  }

  @Test("a planted bug is noticed", arguments: PlantedBug.allCases)
  func planted(_ bug: PlantedBug) {
    let campaign = Campaign.run(seeds: 0..<Self.seeds, bug: bug, threads: 2)
    #expect(!campaign.failures.isEmpty)
  }

  @Test("a seed replays identically, recorded or not", arguments: [UInt64(0), 1, 17, 123_456_789])
  func replay(_ seed: UInt64) {
    var worlds = [World(seed: seed), World(seed: seed), World(seed: seed, isRecording: true)]
    let outcomes = worlds.indices.map { worlds[$0].run() }
    #expect(outcomes[0] == outcomes[1])
    #expect(outcomes[0].fingerprint == outcomes[2].fingerprint)
    #expect(!outcomes[2].lines.isEmpty)
  }

  @Test("different seeds are different runs")
  func difference() {
    let fingerprints = (UInt64(0)..<12).map { seed in
      var world = World(seed: seed)
      return world.run().fingerprint
    }
    #expect(Set(fingerprints).count == 12)
  }
}
