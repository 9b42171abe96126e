import Core
import Database
import Platform

/// A queue file to look into, whoever wrote it and whatever has become of it: a copy is opened, the original stays as it is.
///
/// Confined to the thread that opens it.
package final class SpoolFile {
  /// The newest layout that is known; a newer one is read as far as it is the same.
  package static var knownVersion: Int64 { EmbeddedSchema.version }

  /// The original.
  package let path: String
  package let version: Int64
  /// In the order of their numbers.
  package let queues: [SpoolQueue]
  /// Bytes that the disk did not give back.
  package let lostBytes: Int
  /// Tables that cannot be read at all, and why.
  package private(set) var problems: [String] = []
  private let database: Database
  private let names: [Int64: SpoolQueue]

  /// `source` is a data folder, a copy of one, or the file itself.
  ///
  /// A log with damage in it is read beyond that. With `mendsLastCommit` this goes for its last commit too, which may never
  /// have ended: only copies are then to be believed that are whole.
  package init(_ source: String, scratch: String, mendsLastCommit: Bool = false) throws(SpoolError) {
    path = source.hasSuffix(".db") ? source : "\(source)/queue.db"
    let opened = try Self.open(path, scratch, mendsLastCommit)
    (database, version, lostBytes) = (opened.database, opened.version, opened.lostBytes)
    guard version > 0 else { throw SpoolError(.unreadable, "\(path) holds no queues: it is empty or not a gateway's") }
    do throws(DatabaseError) {
      queues = try Self.queues(database, version)
    } catch {
      queues = []
      problems.append("the table queues cannot be read: \(error); queues are named by their numbers")
    }
    names = Dictionary(queues.map { ($0.number, $0) }) { first, _ in first }
  }

  private typealias Opened = (database: Database, version: Int64, lostBytes: Int)

  /// What is damaged may be the page that everything hangs on: then the one without the mended log, or a new one in its place.
  private static func open(
    _ path: String, _ scratch: String, _ mendsLastCommit: Bool
  ) throws(SpoolError) -> Opened {
    do {
      return try open(path, scratch) { (snapshot) throws(SpoolError) in
        try snapshot.mendLog(withLastCommit: mendsLastCommit)
      }
    } catch {
      guard error.code == .unreadable else { throw error }
      if let opened = try? open(path, scratch, { (_) throws(SpoolError) in }) { return opened }
      if let opened = try? open(path, scratch, { (snapshot) throws(SpoolError) in try snapshot.mendFirstPage() }) {
        return opened
      }
      throw error
    }
  }

  private static func open(
    _ path: String, _ scratch: String, _ prepare: (SpoolSnapshot) throws(SpoolError) -> Void
  ) throws(SpoolError) -> Opened {
    let snapshot = try SpoolSnapshot(of: path, scratch: scratch)
    try prepare(snapshot)
    defer { snapshot.hide() }
    do throws(DatabaseError) {
      let database = try Database(path: snapshot.path)
      return (database, try number("PRAGMA user_version", database), snapshot.lostBytes)
    } catch {
      throw SpoolError(unreadable: path, error)
    }
  }

  /// How a copy's queue is called; by its number where the file does not say.
  package func queue(of copy: SpoolCopy) -> SpoolQueue { queue(copy.queue) }

  package func queue(_ number: Int64) -> SpoolQueue {
    names[number] ?? SpoolQueue(number: number, name: "queue \(number)", domain: "", counters: nil)
  }

  /// Every copy that can be read, by state and number; returns what cannot be read.
  package func forEachCopy<Failure>(
    _ states: Set<SpoolCopy.State>, _ use: (SpoolCopy) throws(Failure) -> Void
  ) throws(Failure) -> [SpoolGap] {
    var gaps: [SpoolGap] = []
    for state in SpoolCopy.State.allCases where states.contains(state) {
      let table: SpoolTable
      do throws(DatabaseError) {
        table = try SpoolTable(state, version, database)
      } catch {
        problems.append("the table of \(state.rawValue) copies cannot be read: \(error)")
        continue
      }
      var scan = SalvageScan { (key: Int64) throws(DatabaseError) in try table.next(from: key) }
      try scan.run { (copies: [SpoolCopy]) throws(Failure) in
        for copy in copies { try use(copy) }
      }
      gaps += scan.gaps.map { SpoolGap(table: table.name, sequences: $0) }
      problems += table.problems
    }
    return gaps
  }

  /// What SQLite finds wrong with the pages and indices; empty if nothing.
  package func faults(limit: Int) -> [String] {
    do throws(DatabaseError) {
      let check = try database.prepare("PRAGMA integrity_check(\(limit))")
      var found: [String] = []
      while try check.step() { found += check.text(0).split(separator: "\n").map(String.init) }
      return found == ["ok"] ? [] : found
    } catch {
      return ["\(error)"]
    }
  }

  private static func number(_ sql: String, _ database: Database) throws(DatabaseError) -> Int64 {
    let statement = try database.prepare(sql)
    defer { statement.reset() }
    return try statement.step() ? statement.int(0) : 0
  }

  /// Version 1 knew no broker.
  private static func queues(_ database: Database, _ version: Int64) throws(DatabaseError) -> [SpoolQueue] {
    let select = try database.prepare(
      """
      SELECT queue, domain, sink, stored, delivered, disabled, buried, quarantined, \(version < 2 ? "0" : "republished"),
        queued, parked, bytes, dead, dead_bytes
      FROM queues ORDER BY queue
      """)
    var queues: [SpoolQueue] = []
    while try select.step() {
      let domain = select.text(1)
      let name = Sink(rawValue: select.text(2)).map { QueueName(domain: domain, sink: $0).description }
      queues.append(
        SpoolQueue(
          number: select.int(0), name: name ?? "\(domain)_\(select.text(2))", domain: domain,
          counters: EmbeddedStatements.counters(select)))
    }
    return queues
  }
}
