import Core
import Testing

@Suite("PackGauge") struct PackGaugeTests {
  private func changes(_ gauge: inout PackGauge, _ copies: Int, times: Int) -> Int {
    (0..<times).count { _ in gauge.received(copies: copies) }
  }

  @Test("while messages have one copy a prefetch is what it says")
  func single() {
    var gauge = PackGauge()
    #expect(changes(&gauge, 1, times: 1000) == 0)
    #expect(gauge.messages(for: 200) == 200 && gauge.messages(for: 1) == 1)
  }

  @Test(
    "larger messages are asked for in smaller numbers, but never so few that one waits for the next",
    arguments: [(2, 100), (3, 50), (16, 12), (20, 8), (256, 8)])
  func packs(_ copies: Int, _ messages: Int) {
    var gauge = PackGauge()
    let first = gauge.received(copies: copies)
    #expect(first)
    #expect(gauge.messages(for: 200) == messages)
    #expect(gauge.messages(for: 3) == 3)
    #expect(changes(&gauge, copies, times: 1000) == 0)
  }

  @Test("the estimate falls by half after 64 smaller messages in a row, and not before")
  func falls() {
    var gauge = PackGauge()
    _ = gauge.received(copies: 4)
    #expect(changes(&gauge, 1, times: PackGauge.patience - 1) == 0)
    #expect(changes(&gauge, 3, times: 1) == 0)
    #expect(changes(&gauge, 1, times: PackGauge.patience) == 1)
    #expect(gauge.messages(for: 200) == 100)
    #expect(changes(&gauge, 1, times: PackGauge.patience) == 1)
    #expect(gauge.messages(for: 200) == 200)
  }
}
