/// A line of a terminal: pieces of harmless text, each in one style.
package struct TerminalLine: Sendable, Equatable {
  package enum Style: Sendable, Equatable {
    case plain, strong, faint, good, warning, bad
  }

  private var pieces: [(text: String, style: Style)] = []
  /// In cells.
  package private(set) var width = 0

  package init() {}

  package init(_ text: String, _ style: Style = .plain) { add(text, style) }

  package static func == (a: Self, b: Self) -> Bool { a.pieces.elementsEqual(b.pieces) { $0 == $1 } }

  /// Appends `text`, in which nothing acts on a terminal any more.
  package mutating func add(_ text: String, _ style: Style = .plain) {
    var bytes: [UInt8] = []
    bytes.append(printable: Array(text.utf8).span)
    let harmless = String(decoding: bytes, as: UTF8.self)
    guard !harmless.isEmpty else { return }
    pieces.append((harmless, style))
    width += Self.cells(harmless)
  }

  /// Appends blanks up to `column`; at least one where something stands there already.
  package mutating func tab(to column: Int) {
    guard width > 0 || column > 0 else { return }
    add(String(repeating: " ", count: max(1, column - width)))
  }

  /// At most `width` cells, cut with an ellipsis, coloured if that is wanted.
  package func text(width limit: Int, isColored: Bool) -> String {
    var left = width > limit ? max(0, limit - 1) : limit
    var text = ""
    for piece in pieces {
      let kept = Self.prefix(piece.text, cells: left)
      left -= Self.cells(kept)
      text += isColored ? piece.style.colored(kept) : kept
      if kept.utf8.count < piece.text.utf8.count { break }
    }
    return width > limit && limit > 0 ? text + "…" : text
  }

  private static func prefix(_ text: String, cells limit: Int) -> String {
    var (kept, used) = ("", 0)
    for scalar in text.unicodeScalars {
      used += cells(scalar)
      guard used <= limit else { break }
      kept.unicodeScalars.append(scalar)
    }
    return kept
  }

  private static func cells(_ text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + cells($1) } }

  /// East Asian wide and full-width characters and pictographs take two cells (Unicode Annex 11), marks none; roughly so, which
  /// is what a column needs.
  private static func cells(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      2
    case 0x0300...0x036F, 0x200B...0x200D, 0xFE00...0xFE0F: 0
    default: 1
    }
  }
}

extension TerminalLine.Style {
  /// By ECMA-48 SGR: colours of the terminal's own palette.
  fileprivate func colored(_ text: String) -> String {
    guard !text.isEmpty, let code else { return text }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }

  private var code: String? {
    switch self {
    case .plain: nil
    case .strong: "1"
    case .faint: "2"
    case .good: "32"
    case .warning: "33"
    case .bad: "31"
    }
  }
}
