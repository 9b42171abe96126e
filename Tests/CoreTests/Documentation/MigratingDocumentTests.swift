import Core
import Foundation
import Testing

/// What `docs/migrating.md` promises to operators who come from the Python system is there.
@Suite struct MigratingDocumentTests {
  static let documents = ["docs/migrating.md", "docs/migrating.zh-Hant.md"]

  /// What the guide's `config_api.py` holds, families by their beginning.
  private static let formerSettings = [
    "USE_NEW_LOGSYS", "LOG_MQ_CONFIG", "LOGBEACON_URL", "MONITOR_API_TIME", "MONITOR_API_TIME_THRESHOLD", "RETRY_DELAY",
    "MALLMQ…", "APIMQ…", "REPORT_PATH", "MYSQL_…", "REDIS_…",
  ]

  @Test("every former setting has its line", arguments: documents)
  func formerSettings(_ name: String) throws {
    let first = try Documents.rows(name).compactMap(\.first).joined()
    for setting in Self.formerSettings { #expect(first.contains("`\(setting)") == true, "\(setting)") }
  }

  @Test("the keys that it names are keys, the same in both languages, and their values can be read")
  func keys() throws {
    let named = try Self.documents.map { name in
      Set(try Documents.text(name).matches(of: /`([a-z_]+(?:\.[a-z_]+)*)(?:: [^`]+)?`/).map { String($0.1) })
    }
    #expect(named[0] == named[1])
    // Files and Python's own names are dotted too.
    let keys = named[0].filter { $0.contains(/^[a-z_]+\./) && !$0.contains(/\.(py|md|yaml)$|^asyncio\./) }
    #expect(keys.count > 15)
    for key in keys { #expect(SettingsTable.row(key) != nil, "\(key) is no key") }
    for key in ["role", "workers", "queue", "domains", "data_dir", "default_program", "fallback", "fallback_after"] {
      #expect(named[0].contains(key), "\(key) is not named")
      #expect(SettingsTable.row(key) != nil, "\(key) is no key")
    }
  }

  @Test(
    "numbers of the former system stand beside keys with these defaults",
    arguments: [
      ("worker.health_interval", "60s"), ("worker.max_failures", "5"), ("broker.reconnect.attempts", "3"),
      ("broker.reconnect.interval", "10s"), ("broker.reconnect.pause", "30s"), ("shutdown.grace", "5s"),
      ("limits.extra_info", "3000"), ("limits.response", "500"), ("limits.message", "10000"), ("fallback_after", "10s"),
      ("monitor.threshold", "2s"),
    ])
  func numbers(_ key: String, _ value: String) throws {
    let row = try #require(SettingsTable.row(key))
    guard case .literal(let standard) = row.standard else { throw NoLiteral(key: key) }
    #expect("\(standard)" == value)
    let digits = value.filter(\.isNumber)
    for name in Self.documents { #expect(try Documents.text(name).contains(digits), "\(name): \(key)") }
  }

  @Test("both languages show the same module")
  func module() throws {
    let modules = try Self.documents.map { try Documents.text($0).firstMatch(of: /```python\n[\s\S]*?```/)?.output }
    #expect(modules[0] != nil)
    #expect(modules[0] == modules[1])
  }

  private struct NoLiteral: Error {
    let key: String
  }
}
