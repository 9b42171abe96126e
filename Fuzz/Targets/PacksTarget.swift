import Core

@testable import Gateway

/// Packs from a disk that lies: every copy is there or known to be damaged, and none is altered unnoticed.
enum PacksTarget {
  static func run(_ input: [UInt8]) {
    foreign(input)
    damaged(input)
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
    let sent = (0..<5).map { number in
      (
        id: Array("e\(number)".utf8), body: Array(input.prefix(number * 7)),
        audience: [nil, Audience.developer][number % 2],
        digest: [[], [UInt8](repeating: UInt8(number), count: 32)][number / 2 % 2]
      )
    }
    var pack = EmbeddedPack(first: 1, spare: [])
    for copy in sent {
      pack.add(id: copy.id.span, audience: copy.audience, digest: copy.digest.span, body: copy.body.span)
    }
    var content = pack.content
    var changed: [Int] = []
    for start in stride(from: 0, to: min(input.count - 2, 9), by: 3) {
      let place = (Int(input[start]) << 8 | Int(input[start + 1])) % content.count
      if input[start + 2] != 0 { changed.append(place) }
      content[place] ^= input[start + 2]
    }
    let rows = EmbeddedPack.rows(content, first: 1, copies: sent.count, at: 0)
    require(rows.count == sent.count, "a copy vanished")
    // A changed length may take the copies behind it along; what is called intact is one that was stored, in order.
    var next = 0
    for row in rows where row.isIntact {
      let found = sent[next...].firstIndex {
        row.id == $0.id && row.body == $0.body && row.audience == $0.audience && row.digest?.bytes ?? [] == $0.digest
      }
      guard let found else { fatalError("a copy was altered unnoticed") }
      next = found + 1
    }
    if changed.isEmpty { require(rows.allSatisfy(\.isIntact), "a good copy is called damaged") }
  }
}
