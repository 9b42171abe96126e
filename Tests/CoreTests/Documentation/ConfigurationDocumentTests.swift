import Core
import Foundation
import Testing

/// The documentation's configuration tables say what the program reads.
///
/// `UPDATE_DOCS=1 swift test --filter ConfigurationDocumentTests` (or `make docs`) writes the generated table anew.
@Suite struct ConfigurationDocumentTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  private static let begin = "<!-- settings: generated -->\n"
  private static let end = "<!-- settings: end -->\n"

  /// Keys that are read, but whose part comes with a later version.
  private static let later = [
    "broker.", "fallback", "http.tls.", "auth.tokens", "intake.dedup_window", "worker.parked_max",
  ]
  private static let digests = ["telegram.group_window", "telegram.repeat_interval", "telegram.max_age"]

  private static func text(_ name: String) throws -> String {
    try String(contentsOf: root.appending(path: name), encoding: .utf8)
  }

  private static func isServed(_ key: String) -> Bool {
    !later.contains { key.hasPrefix($0) } && !digests.contains(key)
  }

  @Test("docs/configuration.md holds the table that the program is built from")
  func generated() throws {
    let name = "docs/configuration.md"
    var text = try Self.text(name)
    let start = try #require(text.range(of: Self.begin)).upperBound
    let end = try #require(text.range(of: Self.end)).lowerBound
    if ProcessInfo.processInfo.environment["UPDATE_DOCS"] == "1" {
      text.replaceSubrange(start..<end, with: SettingsTable.markdown)
      try text.write(to: Self.root.appending(path: name), atomically: true, encoding: .utf8)
    } else {
      let isSame = text[start..<end] == SettingsTable.markdown
      #expect(isSame, "call make docs")
    }
  }

  @Test("the README lists every key that is served, with its default", arguments: ["README.md", "README.zh-Hant.md"])
  func readme(_ name: String) throws {
    var seen: Set<String> = []
    for line in try Self.text(name).split(separator: "\n") where line.hasPrefix("| `") {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      let key = cells[0].replacing("`", with: "")
      guard let row = SettingsTable.row(key) else {
        // Other tables may begin a row with code, but nothing that looks like a key.
        #expect(key.wholeMatch(of: /[a-z_]+(\.[a-z_]+)+/) == nil, "\(name) lists \(key), which is no key")
        continue
      }
      #expect(Self.isServed(key), "\(name) lists \(key), which is not served yet")
      #expect(cells.count == 3, "\(key) has a default and a meaning")
      if case .literal(let standard) = row.standard { #expect(cells[1] == "`\(standard)`", "default of \(key)") }
      #expect(seen.insert(key).inserted, "\(name) lists \(key) twice")
    }
    let missing = SettingsTable.rows.map(\.path).filter { Self.isServed($0) && !seen.contains($0) }
    #expect(missing.isEmpty, "\(name) lacks \(missing)")
  }

  @Test("docs/metrics.md names every metric with its type and labels")
  func metrics() throws {
    let lines = Set(try Self.text("docs/metrics.md").split(separator: "\n").map(String.init))
    for family in MetricFamily.all {
      let labels = family.labels.isEmpty ? "" : family.labels.map { "`\($0)`" }.joined(separator: ", ")
      #expect(lines.contains("| `\(family.name)` | \(family.kind.rawValue) | \(labels) | \(family.help) |"))
    }
  }
}
