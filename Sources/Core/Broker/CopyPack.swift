/// Copies of one queue that travel as one message (`broker.packing`): what the message's body holds.
///
/// The line `log.v1.pack COUNT`; then for each copy a line `BYTES ATTEMPT DIGEST ID`, the BYTES bytes of the body that the copy
/// has as a message of its own, and a line feed; then nothing. DIGEST is `x-digest` or `-`; ID is `message_id` and reaches to
/// the end of its line. Program, time and trace of a copy are what its body says, as in a message of its own.
///
/// A message is known to be a pack by its first bytes, which no JSON text begins with: a dead letter of a pack, written by a
/// worker that did not know packs, is still one when it is replayed.
package struct CopyPack: Sendable, Equatable {
  package static let contentType = "application/vnd.beacongate.pack"
  package static let type = "log.v1.pack"
  /// Copies of one pack.
  package static let maxCopies = 256
  /// Bytes of all bodies of a pack that we write; a longer body travels alone.
  package static let maxBytes = 256 << 10
  /// Bytes of an id that is packed: what a short string of AMQP holds.
  package static let maxIDBytes = 255

  /// One copy, by where its parts lie in the message.
  package struct Item: Sendable, Equatable {
    package let id: Range<Int>
    /// Attempts that have failed.
    package let attempt: Int
    package let digest: ContentDigest?
    package let body: Range<Int>
  }

  /// 1 to ``maxCopies``.
  package let items: [Item]

  /// The body begins as a pack does, whole or not.
  package static func begins(_ body: Span<UInt8>) -> Bool {
    body.count > opening.utf8.count && body.equals(0..<opening.utf8.count, opening)
  }

  /// `nil` unless the body is a pack from its first byte to its last: of one that is not, no copy can be told from another.
  package init?(_ body: Span<UInt8>) {
    guard Self.begins(body) else { return nil }
    var scan = PackScan(index: Self.opening.utf8.count)
    guard let count = scan.number(below: Self.maxCopies + 1, until: "\n", body), count > 0 else { return nil }
    var items: [Item] = []
    items.reserveCapacity(count)
    for _ in 0..<count {
      guard let item = scan.item(body) else { return nil }
      items.append(item)
    }
    guard scan.index == body.count else { return nil }
    self.items = items
  }

  // MARK: Writing

  /// An id that a line can hold.
  package static func holds(id: String) -> Bool {
    id.utf8.count <= maxIDBytes && !id.utf8.contains(UInt8(ascii: "\n"))
  }

  package static func appendOpening(count: Int, to bytes: inout [UInt8]) {
    precondition(count > 0 && count <= maxCopies, "a pack has 1 to \(maxCopies) copies")
    bytes.append(contentsOf: opening.utf8)
    bytes.append(decimal: count)
    bytes.append(UInt8(ascii: "\n"))
  }

  /// `id` as ``holds(id:)`` wants it; `suffix` is what follows it without a separator.
  package static func append(
    id: Span<UInt8>, suffix: String = "", attempt: Int, digest: ContentDigest?, body: Span<UInt8>,
    to bytes: inout [UInt8]
  ) {
    bytes.append(decimal: body.count)
    bytes.append(UInt8(ascii: " "))
    bytes.append(decimal: max(0, attempt))
    bytes.append(UInt8(ascii: " "))
    if let digest { digest.appendHex(to: &bytes) } else { bytes.append(UInt8(ascii: "-")) }
    bytes.append(UInt8(ascii: " "))
    bytes.append(id)
    bytes.append(contentsOf: suffix.utf8)
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(body)
    bytes.append(UInt8(ascii: "\n"))
  }

  package static func append(
    id: String, attempt: Int, digest: ContentDigest?, body: Span<UInt8>, to bytes: inout [UInt8]
  ) {
    append(id: id.utf8.span, attempt: attempt, digest: digest, body: body, to: &bytes)
  }

  private static let opening = "log.v1.pack "
}

/// A pack from its first byte to its last.
private struct PackScan {
  var index: Int
  /// No body of a message is longer.
  private static let maxNumber = 1 << 31

  mutating func item(_ body: Span<UInt8>) -> CopyPack.Item? {
    guard let count = number(below: Self.maxNumber, until: " ", body),
      let attempt = number(below: Self.maxNumber, until: " ", body), let digest = digest(body), let id = line(body),
      count <= body.count - index
    else { return nil }
    let start = index
    index += count
    guard take("\n", body) else { return nil }
    return CopyPack.Item(id: id, attempt: attempt, digest: digest, body: start..<start + count)
  }

  /// Digits without a sign, and what ends them.
  mutating func number(below limit: Int, until end: Unicode.Scalar, _ body: Span<UInt8>) -> Int? {
    var value = 0
    let start = index
    while index < body.count, case let digit = body[index] &- UInt8(ascii: "0"), digit < 10 {
      value = value * 10 + Int(digit)
      guard value < limit else { return nil }
      index += 1
    }
    return index > start && take(end, body) ? value : nil
  }

  /// `-`, which is `.some(nil)`, or 64 hexadecimal digits, and the blank behind it.
  private mutating func digest(_ body: Span<UInt8>) -> ContentDigest?? {
    if take("-", body) { return take(" ", body) ? .some(nil) : nil }
    let end = index + 2 * ContentDigest.byteCount
    guard end < body.count, let digest = ContentDigest(hex: String(text: body.extracting(index..<end))) else {
      return nil
    }
    index = end
    return take(" ", body) ? digest : nil
  }

  private mutating func line(_ body: Span<UInt8>) -> Range<Int>? {
    let start = index
    while index < body.count, body[index] != UInt8(ascii: "\n") { index += 1 }
    guard index - start <= CopyPack.maxIDBytes, take("\n", body) else { return nil }
    return start..<index - 1
  }

  private mutating func take(_ scalar: Unicode.Scalar, _ body: Span<UInt8>) -> Bool {
    guard index < body.count, body[index] == UInt8(ascii: scalar) else { return false }
    index += 1
    return true
  }
}
