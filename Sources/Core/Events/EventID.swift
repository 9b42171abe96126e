/// The id of an event, inline: `[A-Za-z0-9._:-]{1,64}`, the client's own or a UUIDv7 made on arrival.
package struct EventID: Sendable {
  package static let maxLength = 64
  /// The longest `Idempotency-Key` of a batch: `:` and the item's number follow it.
  package static let maxBatchKeyLength = 57

  // Bytes beyond `length` are zero, so that equal ids are equal throughout.
  private var bytes = InlineArray<64, UInt8>(repeating: 0)
  private var length = 0

  init() {}

  /// `nil` unless `text` keeps the rule for ids.
  package init?(_ text: Span<UInt8>) {
    guard text.count >= 1, text.count <= Self.maxLength else { return nil }
    for index in text.indices {
      guard text[index].isEventIDByte else { return nil }
      append(text[index])
    }
  }

  /// `nil` unless `text` keeps the rule for ids.
  package init?(_ text: String) {
    self.init(Array(text.utf8).span)
  }

  /// The id `K:n` of item `item` of a batch sent with `Idempotency-Key: K`.
  ///
  /// `nil` unless `batchKey` keeps the rule for ids and has at most 57 bytes.
  package init?(batchKey: Span<UInt8>, item: Int) {
    precondition(item >= 0 && item < 1_000_000, "a batch has fewer items")
    guard batchKey.count <= Self.maxBatchKeyLength, let key = EventID(batchKey) else { return nil }
    self = key
    append(UInt8(ascii: ":"))
    var divisor = 1
    while item / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: item / divisor % 10))
      divisor /= 10
    }
  }

  /// A UUIDv7 (RFC 9562 §5.7): `milliseconds` since 1970 and 74 bits of `random`.
  package static func uuidV7(milliseconds: Int64, random: (UInt64, UInt64)) -> EventID {
    let high = UInt64(truncatingIfNeeded: milliseconds) << 16 | 0x7000 | random.0 & 0x0FFF
    let low = 0x8000_0000_0000_0000 | random.1 & 0x3FFF_FFFF_FFFF_FFFF
    var id = EventID()
    id.length = 36
    id.put(high >> 32, digits: 8, at: 0)
    id.put(high >> 16, digits: 4, at: 9)
    id.put(high, digits: 4, at: 14)
    id.put(low >> 48, digits: 4, at: 19)
    id.put(low, digits: 12, at: 24)
    id.bytes[8] = UInt8(ascii: "-")
    id.bytes[13] = UInt8(ascii: "-")
    id.bytes[18] = UInt8(ascii: "-")
    id.bytes[23] = UInt8(ascii: "-")
    return id
  }

  package var count: Int { length }

  /// Calls `use` with the id's bytes.
  package func withSpan<Result: ~Copyable, Failure: Error>(
    _ use: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try use(bytes.span.extracting(0..<length))
  }

  package func append(to text: inout [UInt8]) {
    text.append(bytes.span.extracting(0..<length))
  }

  /// The last `digits` hexadecimal digits of `word`.
  private mutating func put(_ word: UInt64, digits: Int, at start: Int) {
    var left = word
    var index = start + digits - 1
    while index >= start {
      bytes[index] = hexDigit(UInt8(truncatingIfNeeded: left & 15))
      left >>= 4
      index -= 1
    }
  }

  private mutating func append(_ byte: UInt8) {
    bytes[length] = byte
    length += 1
  }
}

extension EventID: Hashable {
  package static func == (left: EventID, right: EventID) -> Bool {
    left.bytes.span.isEqual(to: right.bytes.span)
  }

  package func hash(into hasher: inout Hasher) {
    for index in 0..<length { hasher.combine(bytes[index]) }
  }
}

extension EventID: CustomStringConvertible {
  package var description: String { withSpan { String(text: $0) } }
}

extension UInt8 {
  var isASCIILetterOrDigit: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  /// `[A-Za-z0-9._-]`
  var isNameByte: Bool {
    isASCIILetterOrDigit || self == UInt8(ascii: ".") || self == UInt8(ascii: "_") || self == UInt8(ascii: "-")
  }

  var isEventIDByte: Bool { isNameByte || self == UInt8(ascii: ":") }
}
