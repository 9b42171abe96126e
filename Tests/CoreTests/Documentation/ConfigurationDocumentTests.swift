import Core
import Foundation
import Testing

/// The documentation's configuration tables say what the program reads.
///
/// `UPDATE_DOCS=1 swift test --filter ConfigurationDocumentTests` (or `make docs`) writes the generated table anew.
@Suite struct ConfigurationDocumentTests {
  private static let begin = "<!-- settings: generated -->\n"
  private static let end = "<!-- settings: end -->\n"

  @Test("docs/configuration.md holds the table that the program is built from")
  func generated() throws {
    let name = "docs/configuration.md"
    var text = try Documents.text(name)
    let start = try #require(text.range(of: Self.begin)).upperBound
    let end = try #require(text.range(of: Self.end)).lowerBound
    if ProcessInfo.processInfo.environment["UPDATE_DOCS"] == "1" {
      text.replaceSubrange(start..<end, with: SettingsTable.markdown)
      try text.write(to: Documents.root.appending(path: name), atomically: true, encoding: .utf8)
    } else {
      let isSame = text[start..<end] == SettingsTable.markdown
      #expect(isSame, "call make docs")
    }
  }

  @Test("the README lists every key that is served, with its default", arguments: Documents.readmes)
  func readme(_ name: String) throws {
    var seen: Set<String> = []
    for cells in try Documents.rows(name) {
      guard let first = cells.first, first.hasPrefix("`") else { continue }
      let key = first.replacing("`", with: "")
      guard let row = SettingsTable.row(key) else {
        // Other tables may begin a row with code, but nothing that looks like a key.
        #expect(key.wholeMatch(of: /[a-z_]+(\.[a-z_]+)+/) == nil, "\(name) lists \(key), which is no key")
        continue
      }
      #expect(cells.count == 3, "\(key) has a default and a meaning")
      if case .literal(let standard) = row.standard { #expect(cells[1] == "`\(standard)`", "default of \(key)") }
      #expect(seen.insert(key).inserted, "\(name) lists \(key) twice")
    }
    let missing = SettingsTable.rows.map(\.path).filter { !seen.contains($0) }
    #expect(missing.isEmpty, "\(name) lacks \(missing)")
  }

  @Test("docs/metrics.md names every metric with its type and labels, and every reason for a refusal")
  func metrics() throws {
    let text = try Documents.text("docs/metrics.md")
    let lines = Set(text.split(separator: "\n").map(String.init))
    for family in MetricFamily.all {
      let labels = family.labels.isEmpty ? "" : family.labels.map { "`\($0)`" }.joined(separator: ", ")
      #expect(lines.contains("| `\(family.name)` | \(family.kind.rawValue) | \(labels) | \(family.help) |"))
    }
    for reason in RejectionReason.allCases { #expect(text.contains("`\(reason.rawValue)`")) }
  }
}
