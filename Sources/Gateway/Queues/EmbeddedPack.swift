import Core
import Integrity

/// Copies of one queue that one commit stores as one row.
///
/// Each copy is, in little-endian order: the XXH3 of its place and all that follows of it (8 bytes), the length of the body (4),
/// the length of the id (1), the audience (1, with 0x80 for a digest), the id, the digest (32) if there is one, the body. A
/// changed copy is noticed alone; only a changed length takes what follows with it.
struct EmbeddedPack {
  /// A pack is closed when it has so many copies or bytes; a larger copy has a pack of its own.
  static let maxCopies = 128
  static let maxBytes = 128 << 10

  /// How packs are written now.
  static let format: Int64 = 2
  /// Before that the checksums knew nothing of places.
  private static let formatWithoutPlaces: Int64 = 1

  private static let headerBytes = 14
  private static let digestFlag: UInt8 = 0x80

  let first: Int64
  private(set) var copies = 0
  private(set) var content: [UInt8]

  /// `spare` is an array whose memory may be used.
  init(first: Int64, spare: [UInt8]) {
    self.first = first
    content = spare
    content.removeAll(keepingCapacity: true)
  }

  var isFull: Bool { copies >= Self.maxCopies || content.count >= Self.maxBytes }

  /// `digest` has 32 bytes or none.
  mutating func add(id: Span<UInt8>, audience: Audience?, digest: Span<UInt8>, body: Span<UInt8>) {
    let start = content.count
    for _ in 0..<8 { content.append(0) }
    content.append(littleEndian: UInt64(body.count), bytes: 4)
    content.append(UInt8(truncatingIfNeeded: id.count))
    content.append(digest.isEmpty ? audience.code : audience.code | Self.digestFlag)
    content.append(id)
    content.append(digest)
    content.append(body)
    var checksum = Checksum(place: copies)
    checksum.add(content.span.extracting((start + 8)..<content.count))
    for index in 0..<8 { content[start + index] = UInt8(truncatingIfNeeded: checksum.value >> UInt64(index * 8)) }
    copies += 1
  }

  /// The copies of a stored pack, `copies` of them whatever has become of its bytes.
  static func rows(
    _ content: [UInt8], first: Int64, copies: Int, at: Int64, format: Int64 = format
  ) -> [EmbeddedRow] {
    var rows: [EmbeddedRow] = []
    rows.reserveCapacity(copies)
    var position = 0
    for index in 0..<copies {
      let sequence = first + Int64(index)
      guard let end = end(of: position, in: content) else {
        // Where the next copy begins is lost: all that is left is kept with the first that cannot be read.
        let rest = Array(content[min(position, content.count)...])
        position = content.count
        rows.append(
          EmbeddedRow(
            sequence: sequence, id: [], audience: nil, digest: nil, attempt: 0, body: rest, at: at, isIntact: false,
            pack: first))
        continue
      }
      var checksum = Checksum(place: format == formatWithoutPlaces ? 0 : index)
      checksum.add(content.span.extracting((position + 8)..<end))
      let idStart = position + headerBytes
      let idEnd = idStart + Int(content[position + 12])
      let bodyStart = idEnd + digestBytes(at: position, in: content)
      rows.append(
        EmbeddedRow(
          sequence: sequence, id: Array(content[idStart..<idEnd]),
          audience: Audience?(code: content[position + 13] & ~digestFlag),
          digest: ContentDigest(content.span.extracting(idEnd..<bodyStart)), attempt: 0,
          body: Array(content[bodyStart..<end]), at: at,
          isIntact: checksum.value == content.littleEndian(position, bytes: 8), pack: first))
      position = end
    }
    return rows
  }

  private static func end(of position: Int, in content: [UInt8]) -> Int? {
    guard position + headerBytes <= content.count else { return nil }
    let length = Int(content.littleEndian(position + 8, bytes: 4)) + Int(content[position + 12])
    let end = position + headerBytes + length + digestBytes(at: position, in: content)
    return end <= content.count ? end : nil
  }

  private static func digestBytes(at position: Int, in content: [UInt8]) -> Int {
    content[position + 13] & digestFlag == 0 ? 0 : ContentDigest.byteCount
  }
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian value: UInt64, bytes: Int) {
    for index in 0..<bytes { append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8))) }
  }

  fileprivate func littleEndian(_ start: Int, bytes: Int) -> UInt64 {
    (0..<bytes).reduce(0) { $0 | UInt64(self[start + $1]) << UInt64($1 * 8) }
  }
}
