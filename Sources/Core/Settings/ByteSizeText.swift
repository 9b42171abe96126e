/// Sizes as the configuration writes them: `64KiB`, `1GiB`; a plain integer is bytes.
package enum ByteSizeText {
  private static let units: [(name: String, shift: Int)] = [
    ("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10), ("B", 0),
  ]

  /// Bytes, or `nil` for anything else: fractions, signs, spaces, and `KB`, which means two different things.
  package static func parse(_ text: String) -> Int? {
    let digits = text.utf8.prefix { (0x30...0x39).contains($0) }
    let name = String(text.utf8.dropFirst(digits.count)) ?? "?"
    guard let number = Int(Substring(digits)) else { return nil }
    guard !name.isEmpty else { return number }
    guard let unit = units.first(where: { $0.name.lowercased() == name.lowercased() }) else { return nil }
    let (size, overflows) = number.multipliedReportingOverflow(by: 1 << unit.shift)
    return overflows ? nil : size
  }

  /// In the largest unit that is exact; bytes as a plain integer.
  package static func format(_ bytes: Int) -> String {
    guard bytes > 0, let unit = units.first(where: { bytes % (1 << $0.shift) == 0 }), unit.shift > 0 else {
      return "\(bytes)"
    }
    return "\(bytes >> unit.shift)\(unit.name)"
  }
}
