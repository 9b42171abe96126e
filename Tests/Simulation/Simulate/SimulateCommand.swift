import Platform
import Simulator

/// `make simulate`: many seeds, or one seed with everything that happens in it. The seeds come from the environment.
struct SimulateCommand {
  static let maxSeeds: UInt64 = 10_000_000
  static let shownFailures = 5

  let environment = ProcessEnvironment.variables

  /// The exit code: 0, 1 for a broken promise or a bug that went unnoticed, 64 for a variable that is no number.
  func run() -> Int32 {
    if let text = environment["SEED"] {
      guard let seed = UInt64(text) else { return usage("SEED", text) }
      return replay(seed)
    }
    let text = environment["SEEDS"] ?? "10000"
    guard let seeds = UInt64(text), (1...Self.maxSeeds).contains(seeds) else { return usage("SEEDS", text) }
    return campaign(seeds)
  }

  private func usage(_ name: String, _ text: String) -> Int32 {
    print("simulate: \(name)=\(text) is no number of seeds")
    return 64
  }

  private func replay(_ seed: UInt64) -> Int32 {
    var world = World(seed: seed, isRecording: true)
    let outcome = world.run()
    for line in outcome.lines { print(line) }
    for problem in outcome.problems { print("BROKEN: \(problem)") }
    print(
      "seed \(seed): \(outcome.copies) copies, \(outcome.lives) lives, \(outcome.duplicates) duplicates, "
        + "fingerprint \(String(outcome.fingerprint, radix: 16))")
    return outcome.problems.isEmpty ? 0 : 1
  }

  private func campaign(_ seeds: UInt64) -> Int32 {
    let threads = Machine.cores
    let campaign = Campaign.run(seeds: 0..<seeds, threads: threads)
    print(
      "\(campaign.runs) seeds: \(campaign.copies) copies, \(campaign.lives) lives of the process, "
        + "\(campaign.duplicates) excused duplicates, \(campaign.failures.count) seeds with a broken promise")
    for sighting in Sighting.allCases {
      print("  sometimes \(sighting.rawValue): \(campaign.sightings[sighting])")
    }
    for failure in campaign.failures.prefix(Self.shownFailures) {
      print("SEED=\(failure.seed): \(failure.problems.joined(separator: "; "))")
    }
    let missing = campaign.sightings.missing
    if !missing.isEmpty { print("never seen: \(missing.map(\.rawValue).joined(separator: ", "))") }
    var unnoticed: [PlantedBug] = []
    for bug in PlantedBug.allCases {
      let hunt = Campaign.run(seeds: 0..<max(200, seeds / 10), bug: bug, threads: threads)
      let words = hunt.failures.first.map { "caught by seed \($0.seed): \($0.problems[0])" } ?? "NOT CAUGHT"
      print("  planted \(bug.rawValue): \(words)")
      if hunt.failures.isEmpty { unnoticed.append(bug) }
    }
    return campaign.failures.isEmpty && missing.isEmpty && unnoticed.isEmpty ? 0 : 1
  }
}
