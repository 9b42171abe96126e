import Database
import Testing

@testable import Gateway

@Suite struct SalvageScanTests {
  /// A table of which a lookup fails where it leads into a damaged leaf; leaves hold ten keys.
  private struct Table {
    let keys: [Int64]
    let damaged: Set<Int>

    func next(from key: Int64) throws(DatabaseError) -> (key: Int64, row: Int64)? {
      guard let index = keys.firstIndex(where: { $0 >= key }) else { return nil }
      if damaged.contains(index / 10) { throw DatabaseError(code: .corrupt, description: "malformed") }
      return (keys[index], keys[index])
    }
  }

  @Test(
    "every row outside damaged leaves is read, once and in order",
    arguments: [[], [0], [3], [9], [2, 3, 4], [0, 5, 9], Set(0..<10)] as [Set<Int>], [1, 7, 1 << 40] as [Int64])
  func salvage(_ damaged: Set<Int>, _ distance: Int64) {
    let table = Table(keys: (1...100).map { $0 * distance }, damaged: damaged)
    var scan = SalvageScan { (key: Int64) throws(DatabaseError) in try table.next(from: key) }
    var read: [Int64] = []
    scan.run { read.append($0) }
    #expect(read == table.keys.indices.filter { !damaged.contains($0 / 10) }.map { table.keys[$0] })
    #expect(scan.gaps.isEmpty == damaged.isEmpty)
    for key in read { #expect(scan.gaps.allSatisfy { !$0.contains(key) }) }
  }

  @Test("a tree that leads back, or fails for ever, ends the scan")
  func endless() {
    var back = SalvageScan { (key: Int64) throws(DatabaseError) in (key: key > 5 ? 3 : key, row: key) }
    var read: [Int64] = []
    back.run { read.append($0) }
    #expect(read == [0, 1, 2, 3, 4, 5])
    #expect(back.gaps == [6...Int64.max])

    var broken = SalvageScan { (key: Int64) throws(DatabaseError) -> (key: Int64, row: Int64)? in
      if key % 2 == 0 { return (key, key) }
      throw DatabaseError(code: .corrupt, description: "malformed")
    }
    var count = 0
    broken.run { _ in count += 1 }
    #expect(broken.gaps.count == SalvageScan<Int64>.maxGaps + 1)
    #expect(count == SalvageScan<Int64>.maxGaps + 1)
  }
}
