/// Durations as the configuration writes them: `100ms`, `2s`, `10m`, `4h`, `1h30m`, `1d`.
package enum DurationText {
  private static let units: [(name: String, milliseconds: Int64)] = [
    ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
  ]

  /// Whole numbers with a unit each, from the largest unit to the smallest, none twice; `nil` for anything else.
  package static func parse(_ text: String) -> Duration? {
    var rest = text.utf8[...]
    var total: Int64 = 0
    var nextUnit = 0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { (0x30...0x39).contains($0) }
      rest = rest.dropFirst(digits.count)
      let letters = rest.prefix { !(0x30...0x39).contains($0) }
      rest = rest.dropFirst(letters.count)
      guard let number = Int64(Substring(digits)),
        let unit = units[nextUnit...].firstIndex(where: { $0.name.utf8.elementsEqual(letters) })
      else { return nil }
      let (amount, overflows) = number.multipliedReportingOverflow(by: units[unit].milliseconds)
      let (sum, overflowsToo) = total.addingReportingOverflow(amount)
      guard !overflows, !overflowsToo else { return nil }
      total = sum
      nextUnit = unit + 1
    }
    return .milliseconds(total)
  }

  /// In the largest units that are exact: `90s` is `1m30s`. Less than a millisecond is dropped.
  package static func format(_ duration: Duration) -> String {
    var rest = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
    guard rest > 0 else { return "0s" }
    var text = ""
    for unit in units where unit.name != "d" && rest >= unit.milliseconds {
      text += "\(rest / unit.milliseconds)\(unit.name)"
      rest %= unit.milliseconds
    }
    return text
  }
}
