package import Core
import JSON

/// Reads the gateway's answers about dead letters, and shows them to people.
package final class DeadListing {
  /// Scalars of an error that a table shows.
  private static let maxErrorScalars = 60

  /// A letter as it is shown.
  package struct Row: Sendable, Equatable {
    /// By the names of the answer's members.
    package let members: [String: String]

    package subscript(_ name: String) -> String { members[name] ?? "" }
  }

  package struct Page: Sendable {
    package var rows: [Row] = []
    /// The letters as they were sent, one after another.
    package var json: [[UInt8]] = []
    package var cursor: String?
    /// In every place that the filters leave.
    package var total = 0
    package var unseen = 0
  }

  private let answer = AnswerReader()
  private let reader = JSONReader()

  package init() {}

  /// `nil` if it is no list.
  package func page(_ body: [UInt8]) -> Page? {
    guard let letters = answer.value(at: ["letters"], in: body), letters.kind == .array,
      let queues = answer.value(at: ["queues"], in: body), queues.kind == .array
    else { return nil }
    var page = Page()
    page.cursor = answer.string(at: ["cursor"], in: body)
    page.unseen = Int(answer.integer(at: ["unseen"], in: body) ?? 0)
    guard let found = rows(Array(letters.text.utf8)), let counted = rows(Array(queues.text.utf8)) else { return nil }
    page.rows = found.map(\.row)
    page.json = found.map(\.json)
    page.total = counted.reduce(0) { $0 + (Int($1.row["dead"]) ?? 0) }
    return page
  }

  /// One letter; `nil` if it is none.
  package func row(_ body: [UInt8]) -> Row? {
    guard let row = rows(body)?.first?.row, row.members["key"] != nil else { return nil }
    return row
  }

  private func rows(_ text: [UInt8]) -> [(row: Row, json: [UInt8])]? {
    switch reader.read(text.span, as: .value) {
    case .object, .array: break
    case .lines, .refused: return nil
    }
    return reader.items.indices.map { index in
      (Row(members: reader.texts(ofItem: index)), Array(text[reader.items[index].source]))
    }
  }

  // MARK: For people

  /// A line a letter below a head; `offset` tells seconds east of UTC at a Unix time in seconds.
  package static func table(_ rows: [Row], _ time: LocalTime) -> String {
    var cells = [["KEY", "QUEUE", "WHERE", "DIED", "REASON", "TRIES", "STATUS", "ID", "ERROR"]]
    for row in rows {
      let error = row["last_error"].unicodeScalars
      let cut = error.count > maxErrorScalars ? String(error.prefix(maxErrorScalars)) + "…" : row["last_error"]
      cells.append(
        [
          row["key"], row["queue"], row["where"], self.time(row, time), row["reason"], row["attempts"],
          row["last_status"], id(row), cut,
        ].map(printable))
    }
    let widths = cells[0].indices.map { column in cells.map { $0[column].unicodeScalars.count }.max() ?? 0 }
    return cells.map { row in
      let padded = row.enumerated().map { column, cell in
        column == row.count - 1
          ? cell : cell + String(repeating: " ", count: widths[column] - cell.unicodeScalars.count)
      }
      return padded.joined(separator: "  ") + "\n"
    }.joined()
  }

  /// A line for everything that is known of a letter.
  package static func details(_ row: Row, _ time: LocalTime) -> String {
    let lines = [
      ("key", row["key"]), ("queue", row["queue"]), ("where", row["where"]), ("id", id(row)),
      ("died", self.time(row, time)), ("reason", row["reason"]), ("attempts", row["attempts"]),
      ("last status", row["last_status"]), ("last error", row["last_error"]), ("bytes", row["bytes"]),
      ("body", row["body"].isEmpty ? "(not JSON, in base64) \(row["body_base64"])" : row["body"]),
    ]
    return lines.map { name, value in
      "\(name)\(String(repeating: " ", count: 12 - name.count))\(printable(value))\n"
    }.joined()
  }

  private static func id(_ row: Row) -> String {
    row["audience"].isEmpty ? row["id"] : "\(row["id"]) (\(row["audience"]))"
  }

  private static func time(_ row: Row, _ time: LocalTime) -> String {
    guard case .milliseconds(let died) = Timestamp.parseRFC3339(Array(row["died_at"].utf8).span) else { return "-" }
    return time.text(died)
  }

  /// Ids and errors come from outside: nothing in them may act on a terminal.
  private static func printable(_ text: String) -> String {
    var bytes: [UInt8] = []
    bytes.append(printable: Array(text.utf8).span)
    return String(decoding: bytes, as: UTF8.self)
  }
}
