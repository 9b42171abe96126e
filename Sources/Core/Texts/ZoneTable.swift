/// The offsets of a time zone as its TZif file tells them (RFC 9636), versions 2 to 4.
package struct ZoneTable: Sendable, Equatable {
  /// Unix seconds, ascending; `offsets[n]` holds from `transitions[n]` on.
  private let transitions: [Int64]
  private let offsets: [Int]
  /// Holds before the first transition.
  private let first: Int
  /// Holds from the last transition on.
  private let rule: ZoneRule?

  /// `nil` if `bytes` is not a TZif file of version 2 or later.
  package init?(_ bytes: [UInt8]) {
    var reader = ZoneReader(bytes)
    // The first block is version 1's with 32-bit times; what counts stands in the second one.
    guard let old = reader.header(), reader.skip(old.bodyBytes(timeBytes: 4)) else { return nil }
    guard let header = reader.header(), header.types > 0 else { return nil }
    guard let transitions = reader.times(header.transitions), let indices = reader.bytes(header.transitions),
      let types = reader.offsets(header.types), indices.allSatisfy({ $0 < header.types }),
      reader.skip(header.abbreviationBytes + header.leapSeconds * 12 + header.standardFlags + header.utcFlags)
    else { return nil }
    guard zip(transitions, transitions.dropFirst()).allSatisfy(<) else { return nil }
    self.transitions = transitions
    offsets = indices.map { types[Int($0)] }
    first = types[0]
    rule = reader.footer().flatMap { ZoneRule($0) }
  }

  /// A zone that a POSIX `TZ` value describes, as `CST-8` or `EST5EDT,M3.2.0,M11.1.0`.
  package init(rule: ZoneRule) {
    transitions = []
    offsets = []
    first = rule.standardOffset
    self.rule = rule
  }

  /// Seconds east of UTC at a Unix time in seconds.
  package func offset(at unixSeconds: Int64) -> Int {
    var low = 0
    var high = transitions.count
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle] <= unixSeconds { low = middle + 1 } else { high = middle }
    }
    if low == transitions.count, let rule { return rule.offset(at: unixSeconds) }
    return low == 0 ? first : offsets[low - 1]
  }
}

/// Reads the parts of a TZif file in their order; every step refuses what lies behind the end.
private struct ZoneReader {
  private let source: [UInt8]
  private var position = 0

  struct Header {
    let utcFlags, standardFlags, leapSeconds, transitions, types, abbreviationBytes: Int

    func bodyBytes(timeBytes: Int) -> Int {
      transitions * (timeBytes + 1) + types * 6 + abbreviationBytes + leapSeconds * (timeBytes + 4) + standardFlags
        + utcFlags
    }
  }

  init(_ source: [UInt8]) {
    self.source = source
  }

  mutating func skip(_ count: Int) -> Bool {
    bytes(count) != nil
  }

  mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
    guard source.count - position >= count else { return nil }
    position += count
    return source[position - count..<position]
  }

  mutating func header() -> Header? {
    guard let magic = bytes(4), magic.elementsEqual("TZif".utf8), let version = bytes(1)?.first,
      version >= UInt8(ascii: "2"), skip(15)
    else { return nil }
    var counts: [Int] = []
    for _ in 0..<6 {
      guard let count = integer(4), count >= 0 else { return nil }
      counts.append(Int(count))
    }
    return Header(
      utcFlags: counts[0], standardFlags: counts[1], leapSeconds: counts[2], transitions: counts[3],
      types: counts[4], abbreviationBytes: counts[5])
  }

  mutating func times(_ count: Int) -> [Int64]? {
    guard (source.count - position) / 8 >= count else { return nil }
    return (0..<count).compactMap { _ in integer(8) }
  }

  /// The UTC offsets of `count` local time types; RFC 9636 §3.2 keeps them within a day and a bit.
  mutating func offsets(_ count: Int) -> [Int]? {
    var offsets: [Int] = []
    for _ in 0..<count {
      guard let offset = integer(4), (-93599...93599).contains(offset), skip(2) else { return nil }
      offsets.append(Int(offset))
    }
    return offsets
  }

  /// The text between the two line feeds at the end.
  func footer() -> String? {
    guard position < source.count, source[position] == UInt8(ascii: "\n") else { return nil }
    let text = source[(position + 1)...].prefix { $0 != UInt8(ascii: "\n") }
    return String(decoding: text, as: UTF8.self)
  }

  /// Big-endian two's complement.
  private mutating func integer(_ size: Int) -> Int64? {
    guard let bytes = bytes(size) else { return nil }
    let magnitude = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return size == 4 ? Int64(Int32(truncatingIfNeeded: magnitude)) : Int64(bitPattern: magnitude)
  }
}
