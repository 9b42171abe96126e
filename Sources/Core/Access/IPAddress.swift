/// An IPv4 or IPv6 address; an IPv4 address is kept as the IPv6 address that maps it (RFC 4291 §2.5.5.2), so that the two spellings
/// are one address.
package struct IPAddress: Sendable, Hashable {
  /// The upper and the lower 64 bits, in the order of the network.
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  package init(v4 bits: UInt32) { self.init(high: 0, low: Self.mapped | UInt64(bits)) }

  private static let mapped: UInt64 = 0xFFFF_0000_0000

  package var isV4: Bool { high == 0 && low >> 32 == Self.mapped >> 32 }

  package var isLoopback: Bool { isV4 ? (low >> 24) & 0xFF == 127 : high == 0 && low == 1 }

  /// As inet_pton(3) reads it: four decimal numbers without leading zeros, or the forms of RFC 4291 §2.2; no zone, no port.
  package init?(_ text: some StringProtocol) {
    if text.utf8.contains(UInt8(ascii: ":")) {
      guard let address = Self.v6(Array(text.utf8)) else { return nil }
      self = address
    } else {
      guard let bits = Self.v4(Array(text.utf8)[...]) else { return nil }
      self.init(v4: bits)
    }
  }

  private static func v4(_ text: ArraySlice<UInt8>) -> UInt32? {
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bits: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
      var number: UInt32 = 0
      for byte in part {
        guard byte.isDecimalDigit else { return nil }
        number = number * 10 + UInt32(byte - 0x30)
      }
      guard number < 256 else { return nil }
      bits = bits << 8 | number
    }
    return bits
  }

  private static func v6(_ text: [UInt8]) -> IPAddress? {
    var groups: [UInt16] = []
    /// Where `::` stands, which is once at most.
    var gap: Int?
    var rest = text[...]
    if rest.starts(with: "::".utf8) {
      gap = 0
      rest = rest.dropFirst(2)
    }
    while !rest.isEmpty {
      let group = rest.prefix { $0 != UInt8(ascii: ":") }
      if group.contains(UInt8(ascii: ".")) {
        guard group.endIndex == rest.endIndex, let bits = v4(group) else { return nil }
        groups += [UInt16(bits >> 16), UInt16(truncatingIfNeeded: bits)]
        rest = rest.dropFirst(group.count)
        break
      }
      guard let number = hexadecimal(group), groups.count < 8 else { return nil }
      groups.append(number)
      rest = rest.dropFirst(group.count)
      if rest.isEmpty { break }
      rest = rest.dropFirst()
      guard !rest.isEmpty else { return nil }
      if rest.first == UInt8(ascii: ":") {
        guard gap == nil else { return nil }
        gap = groups.count
        rest = rest.dropFirst()
      }
    }
    if let gap {
      guard groups.count < 8 else { return nil }
      groups.insert(contentsOf: [UInt16](repeating: 0, count: 8 - groups.count), at: gap)
    }
    guard groups.count == 8 else { return nil }
    let words = groups.map(UInt64.init)
    return IPAddress(
      high: words[0] << 48 | words[1] << 32 | words[2] << 16 | words[3],
      low: words[4] << 48 | words[5] << 32 | words[6] << 16 | words[7])
  }

  private static func hexadecimal(_ text: ArraySlice<UInt8>) -> UInt16? {
    guard (1...4).contains(text.count) else { return nil }
    var number: UInt16 = 0
    for byte in text {
      guard let digit = byte.hexadecimalValue else { return nil }
      number = number << 4 | UInt16(digit)
    }
    return number
  }
}

/// As RFC 5952 writes it: `192.0.2.7`, `2001:db8::9`.
extension IPAddress: CustomStringConvertible {
  package var description: String {
    if isV4 { return (0..<4).map { "\(low >> UInt64(24 - 8 * $0) & 0xFF)" }.joined(separator: ".") }
    let groups = (0..<8).map { UInt16(truncatingIfNeeded: ($0 < 4 ? high : low) >> UInt64(48 - 16 * ($0 % 4))) }
    let gap = Self.longestGap(groups)
    func text(_ groups: ArraySlice<UInt16>) -> String {
      groups.map { String($0, radix: 16) }.joined(separator: ":")
    }
    guard gap.count > 1 else { return text(groups[...]) }
    return "\(text(groups[..<gap.lowerBound]))::\(text(groups[gap.upperBound...]))"
  }

  /// The first of the longest runs of zeros.
  private static func longestGap(_ groups: [UInt16]) -> Range<Int> {
    var longest = 0..<0
    var start = 0
    for index in groups.indices {
      if groups[index] != 0 { start = index + 1 }
      if index + 1 - start > longest.count { longest = start..<(index + 1) }
    }
    return longest
  }
}
