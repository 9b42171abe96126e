extension TelegramText {
  /// One of the notifications that go in one message.
  package struct Piece: Sendable, Equatable {
    package let id: String
    /// What it would be on its own.
    package let text: String
    /// It is older than `telegram.max_age`: counted, not shown.
    package let isTooOld: Bool

    package init(id: String, text: String, isTooOld: Bool = false) {
      self.id = id
      self.text = text
      self.isTooOld = isTooOld
    }
  }

  /// UTF-16 units of one piece, so that a long one does not crowd out the others.
  private static let maxPieceUnits = 700
  /// Between two pieces.
  private static let separator = "\n\n"

  /// One message for all of `pieces`: their count, as many of them as there is room for, and the ids of the rest.
  package func packed(_ pieces: [Piece]) -> String {
    let old = pieces.filter(\.isTooOld)
    var text = heading(pieces.count)
    let ending = old.isEmpty ? "" : Self.separator + tooOld(old)
    var shown = pieces.filter { !$0.isTooOld }[...]
    var rest: [Piece] = []
    while let piece = shown.popFirst() {
      let next = Self.separator + shortened(piece)
      let left = rest + shown
      let units = text.utf16.count + next.utf16.count + ending.utf16.count + remainder(left).utf16.count
      if units <= Self.maxUnits { text += next } else { rest.append(piece) }
    }
    // Many long ids may be more than a message: then they are cut like any text.
    return fit(text + remainder(rest) + ending, id: pieces.first?.id ?? "")
  }

  private func heading(_ count: Int) -> String {
    switch locale {
    case .traditionalChinese: "共 \(count) 則訊息"
    case .english: count == 1 ? "1 message" : "\(count) messages"
    }
  }

  private func remainder(_ pieces: [Piece]) -> String {
    guard !pieces.isEmpty else { return "" }
    let ids = pieces.map(\.id).joined(separator: ", ")
    return Self.separator
      + (locale == .traditionalChinese ? "其餘 \(pieces.count) 則:\(ids)" : "\(pieces.count) more: \(ids)")
  }

  private func tooOld(_ pieces: [Piece]) -> String {
    let ids = pieces.map(\.id).joined(separator: ", ")
    return locale == .traditionalChinese ? "過舊 \(pieces.count) 則:\(ids)" : "\(pieces.count) too old: \(ids)"
  }

  private func shortened(_ piece: Piece) -> String {
    let text = piece.text.withoutControls
    guard text.utf16.count > Self.maxPieceUnits else { return text }
    let note = locale == .traditionalChinese ? "...(已截斷,事件 \(piece.id))" : "... (cut, event \(piece.id))"
    return text.prefix(units: Self.maxPieceUnits - note.utf16.count) + note
  }
}
