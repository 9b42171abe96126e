import Core
import Database

/// The table of one state, read row by row from a key on.
final class SpoolTable {
  let name: String
  private(set) var problems: [String] = []
  private let state: SpoolCopy.State
  private let select: Statement
  private let selectGone: Statement?

  /// `version` is the file's schema.
  init(_ state: SpoolCopy.State, _ version: Int64, _ database: Database) throws(DatabaseError) {
    self.state = state
    let row = "seq, id, target, body, checksum, at, attempt, \(version < 2 ? "NULL" : "digest")"
    switch state {
    case .waiting:
      name = "packs"
      select = try database.prepare(
        """
        SELECT first, copies, at, content, \(version < 2 ? "1" : "format") FROM packs WHERE first>=?1
        ORDER BY first LIMIT 1
        """)
      do throws(DatabaseError) {
        selectGone = try database.prepare("SELECT seq FROM gone WHERE seq>=?1 AND seq<?2")
      } catch {
        selectGone = nil
        problems.append(
          "the table gone cannot be read: \(error); copies that were settled may be among those that wait")
      }
    case .parked:
      name = "parked"
      select = try database.prepare("SELECT \(row), due FROM parked WHERE seq>=?1 ORDER BY seq LIMIT 1")
      selectGone = nil
    case .dead:
      name = "dead"
      select = try database.prepare(
        "SELECT \(row), reason, last_status, last_error, died_at FROM dead WHERE seq>=?1 ORDER BY seq LIMIT 1")
      selectGone = nil
    }
  }

  func next(from key: Int64) throws(DatabaseError) -> (key: Int64, row: [SpoolCopy])? {
    select.bind(1, key)
    defer { select.reset() }
    guard try select.step() else { return nil }
    switch state {
    case .waiting: return pack()
    case .parked:
      return (select.int(0), [SpoolCopy(row(), .parked, dueAt: select.int(8))])
    case .dead:
      let death = SpoolCopy.Death(
        reason: select.text(8), lastStatus: select.int(9), lastError: select.text(10), diedAt: select.int(11))
      return (select.int(0), [SpoolCopy(row(), .dead, death: death)])
    }
  }

  /// The copies that are still in the pack at hand.
  private func pack() -> (key: Int64, row: [SpoolCopy]) {
    let first = select.int(0)
    let count = Int(clamping: select.int(1))
    let isPossible = (1...EmbeddedPack.maxCopies).contains(count) && first < Int64.max - Int64(count)
    let rows = EmbeddedPack.rows(
      select.bytes(3), first: min(first, Int64.max - Int64(EmbeddedPack.maxCopies)),
      copies: isPossible ? count : EmbeddedPack.maxCopies, at: select.int(2), format: select.int(4))
    let gone = goneCopies(first, count: rows.count)
    let copies = rows.filter { !gone.contains($0.sequence) && (isPossible || $0.isIntact || !$0.body.isEmpty) }
    return (first, copies.map { SpoolCopy($0, .waiting) })
  }

  private func goneCopies(_ first: Int64, count: Int) -> Set<Int64> {
    guard let selectGone else { return [] }
    selectGone.bind(1, first)
    selectGone.bind(2, first.addingReportingOverflow(Int64(count)).partialValue)
    defer { selectGone.reset() }
    var gone: Set<Int64> = []
    do throws(DatabaseError) {
      while try selectGone.step() { gone.insert(selectGone.int(0)) }
    } catch {
      let problem =
        "the table gone cannot be read whole: \(error); copies that were settled may be among those that wait"
      if !problems.contains(problem) { problems.append(problem) }
    }
    return gone
  }

  private func row() -> EmbeddedRow {
    let row = EmbeddedRow(
      sequence: select.int(0), id: select.bytes(1),
      audience: Audience?(code: UInt8(truncatingIfNeeded: select.int(2))),
      digest: ContentDigest(select.bytes(7).span), attempt: Int(clamping: select.int(6)),
      body: select.bytes(3), at: select.int(5), isIntact: true, pack: nil)
    return row.checksum == select.int(4) ? row : row.damaged
  }
}
