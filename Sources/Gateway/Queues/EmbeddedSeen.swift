import Core
import Integrity

/// Remembered events as one row of the file holds them: the XXH3 of the rest (8 bytes), then for each event its key (32), its
/// content's digest (32) and where it was stored (1).
enum EmbeddedSeen {
  /// Events in one row.
  static let maxEvents = 512
  static let eventBytes = 2 * ContentDigest.byteCount + 1
  /// What a row takes on the disk beside its events, about.
  static let rowBytes = 32

  static func row(_ events: some Sequence<SeenEvent>) -> [UInt8] {
    var content: [UInt8] = []
    for event in events {
      event.key.append(to: &content)
      event.content.append(to: &content)
      content.append(UInt8(truncatingIfNeeded: event.stored.index))
    }
    var checksum = Checksum()
    checksum.add(content.span)
    return (0..<8).map { UInt8(truncatingIfNeeded: checksum.value >> UInt64($0 * 8)) } + content
  }

  /// How many events a row of so many bytes has.
  static func count(bytes: Int) -> Int { max(0, bytes - 8) / eventBytes }

  /// None if the bytes are not those that were written: an event that is forgotten is delivered twice at worst.
  static func events(_ row: [UInt8]) -> [SeenEvent] {
    guard row.count > 8 else { return [] }
    var checksum = Checksum()
    checksum.add(row.span.extracting(8..<row.count))
    guard checksum.value == (0..<8).reduce(0, { $0 | UInt64(row[$1]) << UInt64($1 * 8) }) else { return [] }
    return stride(from: 8, to: row.count - eventBytes + 1, by: eventBytes).compactMap { start in
      guard let key = ContentDigest(row.span.extracting(start..<start + 32)),
        let content = ContentDigest(row.span.extracting(start + 32..<start + 64)),
        row[start + 64] < UInt8(StoredIn.allCases.count)
      else { return nil }
      return SeenEvent(key: key, content: content, stored: StoredIn.allCases[Int(row[start + 64])])
    }
  }
}
