import Testing

@testable import Core

@Suite("Time zones")
struct ZoneTests {
  @Test(
    "a POSIX rule gives the offset at any time",
    arguments: [
      ("CST-8", Int64(1_736_908_200), 28800),
      ("<+0330>-3:30", 0, 12600),
      ("UTC0", .max >> 24, 0),
      // New York: summer time begins at 07:00 UTC on 2025-03-09 and ends at 06:00 UTC on 2025-11-02.
      ("EST5EDT,M3.2.0,M11.1.0", 1_741_503_599, -18000),
      ("EST5EDT,M3.2.0,M11.1.0", 1_741_503_600, -14400),
      ("EST5EDT,M3.2.0,M11.1.0", 1_762_063_199, -14400),
      ("EST5EDT,M3.2.0,M11.1.0", 1_762_063_200, -18000),
      // Sydney: summer time spans the new year; ends at 16:00 UTC on 2025-04-05, begins at 16:00 UTC on 2025-10-04.
      ("AEST-10AEDT,M10.1.0,M4.1.0/3", 1_735_689_600, 39600),
      ("AEST-10AEDT,M10.1.0,M4.1.0/3", 1_743_868_799, 39600),
      ("AEST-10AEDT,M10.1.0,M4.1.0/3", 1_743_868_800, 36000),
      ("AEST-10AEDT,M10.1.0,M4.1.0/3", 1_759_593_600, 39600),
      // Central Europe by day numbers: J88 is 29 March, n 87 is 29 March of a common year.
      ("CET-1CEST,J88/2,J298/3", 1_743_210_000, 7200),
      ("CET-1CEST,87/2,297/3", 1_743_209_999, 3600),
      // Lord Howe: half an hour of summer time.
      ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 1_735_689_600, 39600),
    ])
  func rules(text: String, time: Int64, offset: Int) throws {
    #expect(try #require(ZoneRule(text)).offset(at: time) == offset)
  }

  @Test(
    "what is no rule is refused",
    arguments: [
      "", "CST", "8", "C-8", "CST-25", "CST-8:60", "CST-8,", "EST5EDT", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0",
      "EST5EDT,M3.2.0,M11.1.0,", "<+03-3", "CST-999999999999999999999", "EST5EDT,M3.6.0,M11.1.0", "CST-8 ",
    ])
  func refusedRules(text: String) {
    #expect(ZoneRule(text) == nil)
  }

  @Test("a zone file's transitions hold until the next one, then its rule does")
  func table() throws {
    let table = try #require(ZoneTable(Self.file(transitions: [(100, 1), (200, 0)], footer: "CST-8")))
    #expect(table.offset(at: .min) == 3600)
    #expect(table.offset(at: 99) == 3600)
    #expect(table.offset(at: 100) == 7200)
    #expect(table.offset(at: 199) == 7200)
    #expect(table.offset(at: 200) == 28800)
  }

  @Test("without a rule the last offset holds on")
  func noRule() throws {
    let table = try #require(ZoneTable(Self.file(transitions: [(100, 1)], footer: "")))
    #expect(table.offset(at: 1 << 40) == 7200)
  }

  @Test("a torn or senseless zone file is refused at every length, and never trapped on")
  func torn() {
    let file = Self.file(transitions: [(100, 1), (200, 0)], footer: "CST-8")
    for length in 0..<(file.count - "\nCST-8\n".utf8.count) { #expect(ZoneTable(Array(file.prefix(length))) == nil) }
    for index in file.indices {
      var changed = file
      changed[index] ^= 0xFF
      _ = ZoneTable(changed)?.offset(at: 150)
    }
    #expect(ZoneTable(Self.file(transitions: [(200, 1), (100, 0)], footer: "")) == nil)
    #expect(ZoneTable(Self.file(transitions: [(100, 2)], footer: "")) == nil)
  }

  /// A version 2 file with the types +1 h and +2 h.
  private static func file(transitions: [(Int64, UInt8)], footer: String) -> [UInt8] {
    func big(_ value: Int64, _ size: Int) -> [UInt8] {
      (0..<size).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * Int64($0))) }
    }
    func header(_ transitions: Int, _ types: Int, _ letters: Int) -> [UInt8] {
      Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
        + [0, 0, 0, transitions, types, letters].flatMap { big(Int64($0), 4) }
    }
    let types = big(3600, 4) + [0, 0] + big(7200, 4) + [1, 0]
    return header(0, 1, 1) + big(0, 4) + [0, 0] + [0] + header(transitions.count, 2, 1)
      + transitions.flatMap { big($0.0, 8) } + transitions.map(\.1) + types + [0] + Array("\n\(footer)\n".utf8)
  }
}
