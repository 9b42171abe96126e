import Core
import Testing

@Suite("PrefetchGauge") struct PrefetchGaugeTests {
  /// A worker that wants 200 copies, 32 while it is slow, always has as many as it may have, and settles `perSecond`; told is what
  /// it is given in turn.
  private func run(
    _ gauge: inout PrefetchGauge, perSecond: Int, seconds: Int64, from start: Int64 = 0, most: Int = 200
  ) -> [Int] {
    var given: [Int] = []
    var settled = 0
    for now in stride(from: start, to: start + seconds * 1000, by: 10) {
      let done = Int(now - start + 10) * perSecond / 1000
      let copies = gauge.copies(most: most, least: 32)
      if gauge.counted(held: copies, done: done - settled, most: most, least: 32, now: now) {
        given.append(gauge.copies(most: most, least: 32))
      }
      settled = done
    }
    return given
  }

  @Test("a worker has all that it wants until it is known to be slow or quick")
  func first() {
    let gauge = PrefetchGauge()
    #expect(gauge.copies(most: 200, least: 32) == 200)
    #expect(gauge.copies(most: 10, least: 32) == 10)
    #expect(gauge.nextDeadline == nil)
  }

  @Test(
    "what a slow worker is given lasts four seconds at most, or keeps its calls going; what a quick one is given, a tenth at least",
    arguments: [
      (0, [100, 50, 32]), (2, [100, 50, 32]), (10, [100, 50, 32]), (20, [100, 50]), (40, [100]), (60, []), (500, []),
      (1900, []), (2500, [400]), (4500, [400, 800]), (9000, [400, 800, 1600]), (200_000, [400, 800, 1600]),
    ])
  func speeds(_ perSecond: Int, _ given: [Int]) {
    var gauge = PrefetchGauge()
    #expect(run(&gauge, perSecond: perSecond, seconds: 60) == given)
  }

  @Test("where few are wanted, nobody is given more", arguments: [1, 10, 99])
  func few(_ most: Int) {
    var gauge = PrefetchGauge()
    #expect(run(&gauge, perSecond: 20_000, seconds: 10, most: most) == [])
    #expect(gauge.copies(most: most, least: 32) == most)
  }

  @Test("no more is asked of a broker than its protocol can say")
  func protocolLimit() {
    var gauge = PrefetchGauge()
    #expect(run(&gauge, perSecond: 10_000_000, seconds: 1, most: 50_000) == [65535])
  }

  @Test(
    "a worker that has become quick has all again before a second is over; one that has become slow loses it")
  func changes() {
    var gauge = PrefetchGauge()
    #expect(run(&gauge, perSecond: 1, seconds: 10) == [100, 50, 32])
    #expect(run(&gauge, perSecond: 1500, seconds: 1, from: 10_000) == [50, 100, 200])
    #expect(run(&gauge, perSecond: 7000, seconds: 1, from: 11_000) == [400, 800])
    #expect(run(&gauge, perSecond: 900, seconds: 8, from: 12_000) == [400, 200])
    #expect(run(&gauge, perSecond: 5, seconds: 20, from: 20_000) == [100, 50, 32])
  }

  @Test("a steady rate leads to one figure and stays there")
  func steady() {
    for perSecond in [
      1, 8, 15, 16, 17, 25, 26, 31, 32, 33, 49, 50, 51, 99, 101, 999, 1001, 1999, 2001, 3999, 4001, 7999, 8001,
    ] {
      var gauge = PrefetchGauge()
      _ = run(&gauge, perSecond: perSecond, seconds: 20)
      let later = run(&gauge, perSecond: perSecond, seconds: 100, from: 20_000)
      #expect(later == [], "\(perSecond) a second")
    }
  }

  @Test("a worker without enough copies is not slow, and once idle it is not watched")
  func empty() {
    var gauge = PrefetchGauge()
    for now in stride(from: 0 as Int64, to: 20_000, by: 100) {
      #expect(gauge.counted(held: 199, done: 0, most: 200, least: 32, now: now) == false)
      #expect(gauge.nextDeadline == nil)
    }
    // It ran out of them while it was watched.
    #expect(gauge.counted(held: 200, done: 0, most: 200, least: 32, now: 20_000) == false)
    #expect(gauge.nextDeadline == 22_000)
    #expect(gauge.counted(held: 150, done: 50, most: 200, least: 32, now: 22_000) == false)
    #expect(gauge.nextDeadline == nil)
    // All of them came late.
    #expect(gauge.counted(held: 0, done: 1, most: 200, least: 32, now: 30_000) == false)
    #expect(gauge.counted(held: 200, done: 0, most: 200, least: 32, now: 31_900) == false)
    #expect(gauge.nextDeadline == 33_900)
  }

  @Test("a worker that was given nothing for a while is watched anew")
  func paused() {
    var gauge = PrefetchGauge()
    _ = gauge.counted(held: 200, done: 0, most: 200, least: 32, now: 0)
    gauge.paused()
    #expect(gauge.counted(held: 200, done: 0, most: 200, least: 32, now: 5000) == false)
    #expect(gauge.nextDeadline == 7000)
  }
}
