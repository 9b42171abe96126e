import Platform
import Synchronization

/// Many runs on several threads, and what came of them together.
package struct Campaign: Sendable {
  /// A seed that broke a promise; the same seed replays it.
  package struct Failure: Sendable {
    package let seed: UInt64
    package let problems: [String]
  }

  package private(set) var runs = 0
  package private(set) var copies = 0
  package private(set) var duplicates = 0
  package private(set) var lives = 0
  package private(set) var sightings = Sightings()
  /// In order of their seeds.
  package private(set) var failures: [Failure] = []

  /// Runs `seeds`. With a `bug` it stops soon after the first failure.
  package static func run(seeds: Range<UInt64>, bug: PlantedBug? = nil, threads: Int = 1) -> Campaign {
    let progress = Progress(next: seeds.lowerBound)
    let workers = (0..<max(1, threads)).map { number in
      NamedThread("simulate-\(number)") {
        while let seed = progress.take(below: seeds.upperBound) {
          var world = World(seed: seed, bug: bug)
          progress.add(world.run(), seed: seed, isEnough: bug != nil)
        }
      }
    }
    for worker in workers { worker.join() }
    return progress.result
  }

  fileprivate mutating func add(_ outcome: World.Outcome, seed: UInt64) {
    runs += 1
    copies += outcome.copies
    duplicates += outcome.duplicates
    lives += outcome.lives
    sightings += outcome.sightings
    if !outcome.problems.isEmpty {
      failures.append(Failure(seed: seed, problems: outcome.problems))
      failures.sort { $0.seed < $1.seed }
    }
  }

  private final class Progress: Sendable {
    private let state: Mutex<(next: UInt64, isEnough: Bool, campaign: Campaign)>

    init(next: UInt64) {
      state = Mutex((next, false, Campaign()))
    }

    var result: Campaign { state.withLock { $0.campaign } }

    func take(below end: UInt64) -> UInt64? {
      state.withLock { state in
        guard !state.isEnough, state.next < end else { return nil }
        defer { state.next += 1 }
        return state.next
      }
    }

    func add(_ outcome: World.Outcome, seed: UInt64, isEnough: Bool) {
      state.withLock { state in
        state.campaign.add(outcome, seed: seed)
        if isEnough, !outcome.problems.isEmpty { state.isEnough = true }
      }
    }
  }
}
