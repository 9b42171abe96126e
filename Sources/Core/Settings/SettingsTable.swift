/// Every configuration key of Beacongate: the one source of parsing, `beacongate check`, variables and documentation.
package enum SettingsTable {
  /// In the order of the documentation; the keys of one block stand together.
  package static let rows: [SettingsKey<Settings>] =
    general + http + admin + events + broker + storage
    + logbeacon.map { $0.lifted(to: "logbeacon", \.logbeacon) }
    + telegram.map { $0.lifted(to: "telegram", \.telegram) }
    + webhook.map { $0.lifted(to: "webhook", \.webhook) }
    + delivery + process

  /// The row of a dotted key.
  package static func row(_ path: String) -> SettingsKey<Settings>? { byPath[path] }

  private static let byPath = Dictionary(uniqueKeysWithValues: rows.map { ($0.path, $0) })

  /// The table of the README: one line per key, in Markdown, with a line feed at the end.
  package static var markdown: String {
    let header = "| key | type | default | changes on SIGHUP | meaning |\n|---|---|---|---|---|\n"
    return header
      + rows.map { row in
        let standard =
          switch row.standard {
          case .literal(let text): "`\(text)`"
          case .words(let text): text
          }
        let change = row.change == .live ? "yes" : "restart"
        return "| `\(row.path)` | \(row.typeName) | \(standard) | \(change) | \(row.meaning) |\n"
      }.joined()
  }
}
