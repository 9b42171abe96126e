import Core

@testable import Gateway

/// Packs from a disk that lies: every copy is there or known to be damaged, and none is altered unnoticed.
enum PacksTarget {
  static func run(_ input: [UInt8]) {
    foreign(input)
    damaged(input)
    moved(input)
  }

  /// Any bytes at all.
  private static func foreign(_ input: [UInt8]) {
    let copies = Int(input.first ?? 0) % 130
    let content = Array(input.dropFirst())
    let rows = EmbeddedPack.rows(content, first: 1000, copies: copies, at: 5)
    require(rows.count == copies, "\(rows.count) rows of \(copies)")
    require(rows.map(\.sequence) == (0..<copies).map { 1000 + Int64($0) }, "sequence numbers with a gap")
    for row in rows { _ = (row.messageID, row.checksum, row.damaged.isIntact) }
  }

  /// A good pack in which some bytes were changed: the first two of every three of `input` say where, the third how.
  private static func damaged(_ input: [UInt8]) {
    let sent = copies(input)
    var content = pack(sent)
    var changed: [Int] = []
    for start in stride(from: 0, to: min(input.count - 2, 9), by: 3) {
      let place = (Int(input[start]) << 8 | Int(input[start + 1])) % content.count
      if input[start + 2] != 0 { changed.append(place) }
      content[place] ^= input[start + 2]
    }
    let rows = compared(content, with: sent)
    if changed.isEmpty { require(rows.allSatisfy(\.isIntact), "a good copy is called damaged") }
  }

  /// A pack whose copies are where others were.
  private static func moved(_ input: [UInt8]) {
    let sent = copies(input)
    var order = Array(sent.indices)
    for (place, byte) in zip(sent.indices, input) { order.swapAt(place, Int(byte) % sent.count) }
    // A copy's bytes as they are at its own place.
    let starts = sent.indices.map { pack(Array(sent[..<$0])).count } + [pack(sent).count]
    let content = pack(sent)
    let rows = compared(order.flatMap { content[starts[$0]..<starts[$0 + 1]] }, with: sent)
    for (place, row) in rows.enumerated() {
      require(row.isIntact == (order[place] == place), "a copy is intact only at its own place")
    }
  }

  private typealias Copy = (id: [UInt8], body: [UInt8], audience: Audience?, digest: [UInt8])

  private static func copies(_ input: [UInt8]) -> [Copy] {
    (0..<5).map { number in
      (
        Array("e\(number)".utf8), Array(input.prefix(number * 7)), [nil, Audience.developer][number % 2],
        [[], [UInt8](repeating: UInt8(number), count: 32)][number / 2 % 2]
      )
    }
  }

  private static func pack(_ copies: [Copy]) -> [UInt8] {
    var pack = EmbeddedPack(first: 1, spare: [])
    for copy in copies {
      pack.add(id: copy.id.span, audience: copy.audience, digest: copy.digest.span, body: copy.body.span)
    }
    return pack.content
  }

  /// What is called intact is what was stored there. A changed length may take the copies behind it along.
  private static func compared(_ content: [UInt8], with sent: [Copy]) -> [EmbeddedRow] {
    let rows = EmbeddedPack.rows(content, first: 1, copies: sent.count, at: 0)
    require(rows.count == sent.count, "a copy vanished")
    for (row, copy) in zip(rows, sent) where row.isIntact {
      require(
        row.id == copy.id && row.body == copy.body && row.audience == copy.audience
          && row.digest?.bytes ?? [] == copy.digest, "a copy was altered unnoticed")
    }
    return rows
  }
}
