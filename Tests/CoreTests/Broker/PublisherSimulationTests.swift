import Core
import Testing

@Suite("PublisherMachine: random runs")
struct PublisherSimulationTests {
  /// A run with faults, then without, until nothing waits any more. Every second one packs.
  private func run(_ seed: UInt64, _ mistake: PublisherRun.Mistake? = nil) -> PublisherRun {
    var run = PublisherRun(seed: seed, mistake: mistake, packCopies: seed % 2 == 0 ? 1 : 5)
    for _ in 0..<200 where run.problems.isEmpty { run.step(isFaulty: true) }
    for _ in 0..<4000 where !run.isDone && run.problems.isEmpty { run.step(isFaulty: false) }
    run.checkNothingLost()
    return run
  }

  @Test(
    "every copy ends once, none counts as confirmed that the broker lacks, none is lost; once faults stop all is drained",
    arguments: 0..<20)
  func random(block: Int) {
    for seed in block * 10..<block * 10 + 10 {
      let run = run(UInt64(seed))
      #expect(run.problems == [], "seed \(seed)")
      #expect(run.isDone, "seed \(seed)")
    }
  }

  @Test("the runs meet everything that can happen")
  func sights() {
    var seen: Set<PublisherRun.Sight> = []
    for seed in UInt64(10)..<90 where seen.count < PublisherRun.Sight.allCases.count {
      seen.formUnion(run(seed).seen)
    }
    #expect(PublisherRun.Sight.allCases.filter { !seen.contains($0) } == [])
  }

  @Test("a mistake in the shell is found", arguments: PublisherRun.Mistake.allCases)
  func mistakes(mistake: PublisherRun.Mistake) {
    let found = (UInt64(0)..<30).contains { seed in
      let run = run(seed, mistake)
      return !run.problems.isEmpty || !run.isDone
    }
    #expect(found)
  }
}
