import Testing

@testable import Core

@Suite("What top shows")
struct TopScreenTests {
  private var reading: TopReading {
    var reading = TopReading()
    reading.status = "warn"
    reading.version = "1.2.3"
    reading.role = "all"
    reading.uptimeSeconds = 93_784
    reading.checks = [
      TopReading.Check(name: "spool", status: "pass", detail: "The store on disk takes events."),
      TopReading.Check(name: "telegram", status: "warn", detail: "It fails."),
    ]
    reading.accepted = 1_234_567
    reading.connections = 8
    reading.spoolEvents = 12
    reading.spoolBytes = 1_572_864
    reading.spoolLimitBytes = 1 << 30
    reading.oldestSeconds = 61
    reading.queues = [
      TopReading.Queue(name: "a.example_logbeacon", domain: "a.example", sink: "logbeacon", messages: 5),
      TopReading.Queue(
        name: "a.example_tg", domain: "a.example", sink: "telegram", messages: 7, dead: 2, isBreakerOpen: true,
        paused: 1),
    ]
    reading.deliveries = [
      TopReading.Delivery(sink: "logbeacon", domain: "a.example", outcome: "delivered", count: 100),
      TopReading.Delivery(sink: "telegram", domain: "a.example", outcome: "failed", count: 3),
      TopReading.Delivery(sink: "console", domain: "a.example", outcome: "delivered", count: 4),
    ]
    return reading
  }

  private func text(_ screen: TopScreen) -> [String] {
    screen.lines.map { $0.text(width: .max, isColored: false) }
  }

  @Test("one reading is shown whole, without rates")
  func once() {
    #expect(
      text(TopScreen(reading, address: "http://127.0.0.1:8081")) == [
        "beacongate 1.2.3  role all  up 1d 2h  health warn  http://127.0.0.1:8081",
        "accepted 1,234,567 -/s   rejected 0 -/s   delivered 104 -/s   failed 3 -/s   connections 8",
        "store 12 copies, 1.5 MiB of 1.0 GiB, the oldest 1m 1s",
        "",
        "CHECK     STATUS  DETAIL",
        "spool     pass    The store on disk takes events.",
        "telegram  warn    It fails.",
        "",
        "QUEUE                  WAITING       DEAD  DELIVERED      PER S     FAILED",
        "a.example_logbeacon          5          0        100          -          0",
        "a.example_tg                 7          2          0          -          3  breaker open  1 paused  dead letters",
        "a.example console            -          -          4          -          -",
      ])
  }

  @Test("rates are the growth since the reading before; a process that is another one has none yet")
  func rates() {
    var later = reading
    later.accepted += 2000
    later.uptimeSeconds += 2
    later.deliveries[0].count += 3
    let lines = text(TopScreen(later, rates: TopRates(since: reading, seconds: 2), address: ""))
    #expect(lines[1].hasPrefix("accepted 1,236,567 1,000/s   rejected 0 0.0/s   delivered 107 1.5/s"))
    #expect(lines[9].contains("       103        1.5          0"))
    var restarted = TopReading()
    restarted.uptimeSeconds = 1
    #expect(text(TopScreen(restarted, rates: TopRates(since: reading, seconds: 1), address: ""))[1].contains(" 0 -/s"))
    #expect(TopRates(since: reading, seconds: 0).perSecond(later, \.accepted) == nil)
  }

  @Test("a screen has as many lines as the terminal, the last one of them for keys")
  func height() {
    let screen = TopScreen(reading, address: "", trouble: "no answer; trying again")
    let high = screen.lines(height: 20, keys: "q quits")
    #expect(high.count == 20)
    #expect(high[1].text(width: 80, isColored: false) == "no answer; trying again")
    #expect(high[19].text(width: 80, isColored: false) == "q quits")
    let low = screen.lines(height: 6, keys: "q quits")
    #expect(low.count == 6)
    #expect(low[5].text(width: 80, isColored: false) == "q quits   8 more lines: make the window larger")
    #expect(screen.lines(height: 1, keys: "q").count == 1)
    #expect(screen.lines(height: 0, keys: "q").isEmpty)
  }

  @Test("nothing that a gateway says acts on the terminal, and no line is wider than it")
  func harmless() {
    var reading = reading
    reading.checks[0].detail = "\u{1B}[2J\n結帳失敗" + String(repeating: "x", count: 200)
    reading.version = "\u{202E}\u{7}"
    let lines = TopScreen(reading, address: "").lines.map { $0.text(width: 40, isColored: false) }
    for line in lines {
      #expect(line.unicodeScalars.count <= 40)
      #expect(!line.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
    }
    #expect(lines[5].contains(#"\x1b[2J\n結帳"#))
  }

  @Test(
    "numbers are written for people",
    arguments: [
      (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"), (.max, "9,223,372,036,854,775,807"),
    ])
  func numbers(_ number: Int, _ text: String) {
    #expect(TopScreen.grouped(number) == text)
  }

  @Test("so are rates, times and sizes")
  func words() {
    #expect([0, 0.04, 9.94, 9.95, 1234.5].map(TopScreen.decimal) == ["0.0", "0.0", "9.9", "10", "1,235"])
    #expect(
      [0, 59, 60, 3599, 86_400, 90_061].map(TopScreen.time) == ["0s", "59s", "1m", "59m 59s", "1d", "1d 1h"])
    #expect([0, 1023, 1024, 20 << 30].map(TopScreen.size) == ["0 B", "1023 B", "1.0 KiB", "20 GiB"])
  }
}
