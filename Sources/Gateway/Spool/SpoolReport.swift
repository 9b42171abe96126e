import Core
import Platform

/// What `beacongate spool ls` and `verify` say of a queue file.
package struct SpoolReport {
  /// SQLite's own findings that are shown.
  private static let maxFaults = 20
  /// Gaps that are named.
  private static let maxGaps = 100

  private let file: SpoolFile
  private let audit: SpoolAudit
  private let gaps: [SpoolGap]
  private let faults: [String]

  /// Reads every copy. `isThorough` has SQLite check its pages and indices as well.
  package init(_ file: SpoolFile, isThorough: Bool) {
    self.file = file
    var audit = SpoolAudit()
    gaps = file.forEachCopy(Set(SpoolCopy.State.allCases)) { audit.found($0) }
    self.audit = audit
    faults = isThorough ? file.faults(limit: Self.maxFaults) : []
  }

  /// Nothing is damaged, missing or unaccounted for.
  package var isSound: Bool {
    audit.damagedCount == 0 && gaps.isEmpty && faults.isEmpty && file.problems.isEmpty && file.lostBytes == 0
      && queues.allSatisfy { audit.differences($0).isEmpty }
  }

  /// Those of the table, and those of which only copies are left.
  private var queues: [SpoolQueue] {
    let known = Set(file.queues.map(\.number))
    return file.queues + audit.tallies.keys.filter { !known.contains($0) }.sorted().map(file.queue)
  }

  // MARK: ls

  /// A table for people, with the totals in its last row.
  package func table(now: Int64) -> String {
    var rows = [["QUEUE", "WAITING", "PARKED", "DEAD", "DAMAGED", "BYTES", "OLDEST"]]
    var total = SpoolAudit.Tally()
    for queue in queues {
      let tally = audit.tallies[queue.number] ?? SpoolAudit.Tally()
      rows.append([queue.name] + cells(tally, now))
      total += tally
    }
    rows.append(["total"] + cells(total, now))
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }
      return cells.joined(separator: "  ") + "\n"
    }.joined()
  }

  private func cells(_ tally: SpoolAudit.Tally, _ now: Int64) -> [String] {
    let counts = [tally.waiting, tally.parked, tally.dead, tally.damaged, tally.bytes + tally.deadBytes].map(
      String.init)
    let age = tally.oldest.map { Duration.milliseconds(max(0, now - $0)) }
    return counts + [age.map { DurationText.format(.seconds($0.components.seconds)) } ?? "-"]
  }

  // MARK: verify

  /// A line for each finding, `ok` or `fail` in front.
  package var findings: [(isSound: Bool, text: String)] {
    var lines: [(isSound: Bool, text: String)] = []
    if file.version > SpoolFile.knownVersion {
      lines.append(
        (true, "\(file.path) was written by a newer beacongate (layout \(file.version)); it is read as far as known"))
    }
    if file.lostBytes > 0 { lines.append((false, "\(file.path): the disk did not give back \(file.lostBytes) bytes")) }
    for problem in file.problems { lines.append((false, "\(file.path): \(problem)")) }
    for gap in gaps.prefix(Self.maxGaps) {
      lines.append(
        (
          false,
          "\(file.path): table \(gap.table): numbers \(gap.sequences.lowerBound) to \(gap.sequences.upperBound) cannot be read"
        ))
    }
    if gaps.count > Self.maxGaps {
      lines.append((false, "\(file.path): \(gaps.count - Self.maxGaps) more such stretches"))
    }
    for copy in audit.damaged {
      let name = file.queue(copy.queue).name
      lines.append(
        (false, "\(name): copy \(copy.sequence) (\(copy.state.rawValue)): its bytes are not those that were stored"))
    }
    let unnamed = audit.damagedCount - audit.damaged.count
    if unnamed > 0 { lines.append((false, "\(unnamed) more damaged copies")) }
    for queue in queues { lines += findings(queue) }
    for fault in faults { lines.append((false, "\(file.path): SQLite: \(fault)")) }
    if faults.isEmpty { lines.append((true, "\(file.path): SQLite finds nothing wrong with its pages")) }
    return lines
  }

  private func findings(_ queue: SpoolQueue) -> [(isSound: Bool, text: String)] {
    let tally = audit.tallies[queue.number] ?? SpoolAudit.Tally()
    let differences = audit.differences(queue)
    if !differences.isEmpty { return differences.map { (false, "\(queue.name): \($0)") } }
    guard tally.damaged == 0 else { return [] }
    let held = "\(tally.waiting) waiting, \(tally.parked) parked, \(tally.dead) dead"
    return [(true, "\(queue.name): \(held): every checksum is right, the ledger adds up")]
  }

  // MARK: JSON

  /// All of it as one object, for machines.
  package func json(isVerified: Bool) -> [UInt8] {
    var text = Array("{\"file\":".utf8)
    text.appendJSONString(Array(file.path.utf8).span)
    text.append(",\"version\":")
    text.append(decimal: Int(file.version))
    if isVerified {
      text.append(isSound ? ",\"sound\":true" : ",\"sound\":false")
      text.append(",\"findings\":[")
      for (index, finding) in findings.enumerated() {
        text.append(index == 0 ? "{\"status\":" : ",{\"status\":")
        text.append(finding.isSound ? "\"ok\"" : "\"fail\"")
        text.append(",\"text\":")
        text.appendJSONString(Array(finding.text.utf8).span)
        text.append("}")
      }
      text.append("]")
    }
    text.append(",\"queues\":[")
    for (index, queue) in queues.enumerated() {
      if index > 0 { text.append(",") }
      append(queue, to: &text)
    }
    text.append("]}\n")
    return text
  }

  private func append(_ queue: SpoolQueue, to text: inout [UInt8]) {
    let tally = audit.tallies[queue.number] ?? SpoolAudit.Tally()
    text.append("{\"queue\":")
    text.appendJSONString(Array(queue.name.utf8).span)
    text.append(",\"domain\":")
    text.appendJSONString(Array(queue.domain.utf8).span)
    let figures: [(StaticString, Int)] = [
      ("waiting", tally.waiting), ("parked", tally.parked), ("dead", tally.dead), ("damaged", tally.damaged),
      ("bytes", tally.bytes), ("dead_bytes", tally.deadBytes),
    ]
    for (name, figure) in figures {
      text.append(",\"")
      text.append(name)
      text.append("\":")
      text.append(decimal: figure)
    }
    if let oldest = tally.oldest, Timestamp.validMilliseconds.contains(oldest) {
      text.append(",\"oldest\":\"")
      Timestamp.appendUTC(oldest, to: &text)
      text.append("\"")
    }
    text.append("}")
  }
}

extension SpoolAudit.Tally {
  fileprivate static func += (total: inout Self, other: Self) {
    total.waiting += other.waiting
    total.parked += other.parked
    total.dead += other.dead
    total.damaged += other.damaged
    total.bytes += other.bytes
    total.deadBytes += other.deadBytes
    if let oldest = other.oldest { total.oldest = min(total.oldest ?? .max, oldest) }
  }
}
