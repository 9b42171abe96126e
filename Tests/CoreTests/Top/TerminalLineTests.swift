import Core
import Testing

@Suite("A line of a terminal")
struct TerminalLineTests {
  @Test("styles become colours only where they are wanted, and an end is put to each")
  func colors() {
    var line = TerminalLine("a ")
    line.add("warn", .warning)
    #expect(line.text(width: 80, isColored: false) == "a warn")
    #expect(line.text(width: 80, isColored: true) == "a \u{1B}[33mwarn\u{1B}[0m")
    #expect(line.text(width: 4, isColored: true) == "a \u{1B}[33mw\u{1B}[0m…")
  }

  @Test(
    "a line is cut to cells, of which a wide character takes two",
    arguments: [
      ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("結帳失敗", 8, "結帳失敗"), ("結帳失敗", 6, "結帳…"), ("結帳", 0, ""),
    ])
  func cut(_ text: String, _ width: Int, _ shown: String) {
    #expect(TerminalLine(text).text(width: width, isColored: false) == shown)
  }

  @Test("columns begin where they are asked to, behind a blank at least")
  func columns() {
    var line = TerminalLine("ab")
    line.tab(to: 4)
    line.add("cd")
    line.tab(to: 3)
    line.add("ef")
    #expect(line.text(width: 80, isColored: false) == "ab  cd ef")
    #expect(line.width == 9)
  }
}
