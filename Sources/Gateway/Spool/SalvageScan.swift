import Database

/// Reads a table in the order of its key, over what of its tree cannot be read.
///
/// Where a page is damaged the search for the next key that can be read doubles its step and then halves it, so that a gap costs
/// some eighty lookups, however wide it is.
struct SalvageScan<Row> {
  /// Gaps of one table after which the rest of it counts as the last one.
  static var maxGaps: Int { 10_000 }

  /// Gives the first row whose key is at least the one given; `nil` at the end.
  private let next: (Int64) throws(DatabaseError) -> (key: Int64, row: Row)?
  private(set) var gaps: [ClosedRange<Int64>] = []

  init(_ next: @escaping (Int64) throws(DatabaseError) -> (key: Int64, row: Row)?) {
    self.next = next
  }

  mutating func run<Failure>(_ use: (Row) throws(Failure) -> Void) throws(Failure) {
    var key: Int64 = 0
    while true {
      let found: (key: Int64, row: Row)?
      do throws(DatabaseError) {
        found = try next(key)
      } catch {
        guard gaps.count < Self.maxGaps, let resumed = afterGap(key) else {
          gaps.append(key...Int64.max)
          return
        }
        gaps.append(key...resumed - 1)
        key = resumed
        continue
      }
      guard let found else { return }
      guard found.key >= key else {
        // A damaged tree may lead back.
        gaps.append(key...Int64.max)
        return
      }
      try use(found.row)
      guard found.key < Int64.max else { return }
      key = found.key + 1
    }
  }

  /// The smallest key from which on the table can be read again, as far as halving finds it; `nil` if there is none.
  private func afterGap(_ start: Int64) -> Int64? {
    var step: Int64 = 1
    while !canRead(from: start + step) {
      guard step <= (Int64.max - start) / 4 else { return nil }
      step *= 2
    }
    var (low, high) = (start + step / 2, start + step)
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if canRead(from: middle) { high = middle } else { low = middle }
    }
    return high
  }

  private func canRead(from key: Int64) -> Bool {
    do throws(DatabaseError) {
      _ = try next(key)
      return true
    } catch {
      return false
    }
  }
}
