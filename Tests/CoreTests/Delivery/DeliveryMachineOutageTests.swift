import Core
import Testing

/// A queue, a service and hours of virtual time, with the default retry settings unless said otherwise.
@Suite("DeliveryMachine: outages and poison")
struct DeliveryMachineOutageTests {
  @Test(
    "an hour of 503 for everything, or of silence, buries nothing; then all is delivered, in order but for the trial",
    arguments: [1, 2, 4, 5, 6, 12, 40, 150], [SendOutcome.Fault.message, .silence, .sink])
  func hour(copies: Int, fault: SendOutcome.Fault) {
    for seed in UInt64(0)..<2 {
      var run = OutageRun(seed: seed)
      run.downUntil = 3_600_000
      run.fault = fault
      for number in 0..<copies { run.add("e\(number)", at: Int64(number)) }
      run.play(until: 3_600_000)
      #expect(run.delivered.isEmpty && run.dead.isEmpty)
      run.play(until: 3_600_000 + 660_000)
      #expect(run.dead.isEmpty)
      #expect(run.delivered.count == copies)
      let untouched = run.delivered.dropFirst().filter { run.calls[$0] == 1 }
      #expect(untouched == untouched.sorted { Int($0.dropFirst()) ?? 0 < Int($1.dropFirst()) ?? 0 })
    }
  }

  @Test("with copies enough to try, a service that is back is noticed within half a minute")
  func recovery() {
    var run = OutageRun(seed: 1)
    run.downUntil = 1_800_000
    for number in 0..<200 { run.add("e\(number)", at: 0) }
    run.play(until: 1_800_000 + 31_000)
    #expect(run.delivered.count == 200)
  }

  @Test("few copies that always fail never stop good ones", arguments: [1, 3, 4])
  func few(poison: Int) {
    var run = OutageRun(seed: 7)
    for number in 0..<poison { run.add("bad\(number)", at: 0) }
    for number in 0..<10 { run.add("e\(number)", at: 75_000) }
    run.play(until: 75_100)
    #expect(run.delivered.count == 10)
    run.play(until: 2 * 3_600_000)
    #expect(run.dead.count == poison)
    #expect((0..<poison).allSatisfy { run.calls["bad\($0)"] == 12 })
  }

  @Test("many copies that always fail open the breaker, and good ones behind them close it within two trials")
  func many() {
    for seed in UInt64(0)..<5 {
      var run = OutageRun(seed: seed)
      for number in 0..<30 { run.add("bad\(number)", at: 0) }
      for number in 0..<10 { run.add("e\(number)", at: 75_000) }
      run.play(until: 75_000 + 61_000)
      #expect(run.delivered.count == 10)
      for hour in 0..<8 { run.add("late\(hour)", at: 80_000 + Int64(hour) * 3_600_000) }
      run.play(until: 9 * 3_600_000)
      #expect(run.delivered.count == 18)
      #expect(run.dead.count == 30 && run.dead.values.allSatisfy { $0.attempt == 12 })
      #expect((0..<30).allSatisfy { run.calls["bad\($0)"] == 12 })
    }
  }

  @Test("hundreds of poison copies do not keep good ones from being tried")
  func flood() {
    var run = OutageRun(seed: 3)
    for number in 0..<200 { run.add("bad\(number)", at: 0, attempt: 1) }
    for number in 0..<10 { run.add("e\(number)", at: 1) }
    run.play(until: 600_000)
    #expect(run.delivered.count == 10)
  }

  @Test("with quick settings copies that always fail are buried soon, alone as well", arguments: [1, 3, 8])
  func quick(poison: Int) {
    var run = OutageRun(seed: 5, retry: RetryPolicy(maxAttempts: 4, backoff: Backoff(delay: 100, maxDelay: 500)))
    for number in 0..<poison { run.add("bad\(number)", at: 0) }
    run.play(until: 20_000)
    #expect(run.dead.count == poison)
    #expect((0..<poison).allSatisfy { run.calls["bad\($0)"] == 4 })
  }
}
