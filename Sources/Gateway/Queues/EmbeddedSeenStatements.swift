import Core
import Database

/// The prepared statements of one embedded queue file for what intake remembers.
final class EmbeddedSeenStatements {
  private let insertRow: Statement
  private let selectAll: Statement
  private let selectOldest: Statement
  private let removeRows: Statement
  private let count: Statement

  init(_ database: Database) throws(DatabaseError) {
    insertRow = try database.prepare("INSERT INTO seen(at, content) VALUES(?1, ?2)")
    selectAll = try database.prepare("SELECT at, content FROM seen ORDER BY number")
    selectOldest = try database.prepare("SELECT number, length(content) FROM seen ORDER BY number LIMIT ?1")
    removeRows = try database.prepare("DELETE FROM seen WHERE number<=?1")
    count = try database.prepare("SELECT count(*), coalesce(sum((length(content)-8)/?1), 0) FROM seen")
  }

  func insert(_ content: [UInt8], at now: Int64) throws(DatabaseError) {
    insertRow.bind(1, now)
    try insertRow.run(blob: content.span, at: 2)
  }

  func all() throws(DatabaseError) -> [(at: Int64, content: [UInt8])] {
    defer { selectAll.reset() }
    var rows: [(at: Int64, content: [UInt8])] = []
    while try selectAll.step() { rows.append((selectAll.int(0), selectAll.bytes(1))) }
    return rows
  }

  func oldest(_ limit: Int) throws(DatabaseError) -> [(number: Int64, events: Int)] {
    selectOldest.bind(1, Int64(limit))
    defer { selectOldest.reset() }
    var rows: [(number: Int64, events: Int)] = []
    while try selectOldest.step() {
      rows.append((selectOldest.int(0), EmbeddedSeen.count(bytes: Int(selectOldest.int(1)))))
    }
    return rows
  }

  func remove(upTo number: Int64) throws(DatabaseError) {
    removeRows.bind(1, number)
    try removeRows.run()
  }

  func counted() throws(DatabaseError) -> SeenCount {
    count.bind(1, Int64(EmbeddedSeen.eventBytes))
    defer { count.reset() }
    guard try count.step() else { return SeenCount(events: 0, rows: 0) }
    return SeenCount(events: Int(count.int(1)), rows: Int(count.int(0)))
  }
}
