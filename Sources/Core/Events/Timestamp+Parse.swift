extension Timestamp {
  /// Reads an RFC 3339 `date-time`: `2025-01-15T10:30:00.123+08:00`.
  ///
  /// As §5.6 allows, `t`, `z` and a space between date and time are taken too. Digits beyond milliseconds are dropped. A leap
  /// second is taken where one may stand, at 23:59:60 UTC, and is the second after.
  package static func parseRFC3339(_ text: Span<UInt8>) -> Reading {
    var scan = DigitScanner()
    guard let year = scan.number(4, text), scan.take("-", text), let month = scan.number(2, text),
      scan.take("-", text), let day = scan.number(2, text), scan.take("T", or: "t", or: " ", text),
      let hour = scan.number(2, text), scan.take(":", text), let minute = scan.number(2, text), scan.take(":", text),
      let second = scan.number(2, text), let fraction = scan.fraction(text), let offset = scan.zone(text),
      scan.index == text.count, (1...12).contains(month), day >= 1, day <= daysIn(month: month, year: year), hour < 24,
      minute < 60, second <= 60
    else { return .malformed }
    let minutes = (days(year: year, month: month, day: day) * 24 + hour) * 60 + minute - offset
    if second == 60, (minutes % 1440 + 1440) % 1440 != 1439 { return .malformed }
    return checked(Int64(minutes * 60 + second) * 1000 + Int64(fraction))
  }

  /// Reads a JSON number of Unix seconds: `1736908200`, `1736908200.25`, `1.7369082e9`. Digits beyond milliseconds are
  /// dropped.
  package static func parseUnixSeconds(_ text: Span<UInt8>) -> Reading {
    var number = DecimalNumber()
    guard number.read(text) else { return .malformed }
    guard let milliseconds = number.scaled(byPowerOfTen: 3) else { return .outOfRange }
    return checked(milliseconds)
  }
}

/// The fixed-width numbers of a timestamp, from left to right.
private struct DigitScanner {
  private(set) var index = 0

  mutating func number(_ digits: Int, _ text: Span<UInt8>) -> Int? {
    var value = 0
    for _ in 0..<digits {
      guard let digit = digit(text) else { return nil }
      value = value * 10 + digit
      index += 1
    }
    return value
  }

  mutating func take(
    _ first: Unicode.Scalar, or second: Unicode.Scalar? = nil, or third: Unicode.Scalar? = nil, _ text: Span<UInt8>
  ) -> Bool {
    guard index < text.count else { return false }
    let found = Unicode.Scalar(text[index])
    guard found == first || found == second || found == third else { return false }
    index += 1
    return true
  }

  /// The milliseconds of an optional `.digits`; `nil` if the dot has none.
  mutating func fraction(_ text: Span<UInt8>) -> Int? {
    guard take(".", text) else { return 0 }
    guard digit(text) != nil else { return nil }
    var value = 0
    var weight = 100
    while let digit = digit(text) {
      value += digit * weight
      weight /= 10
      index += 1
    }
    return value
  }

  /// Minutes east of UTC from `Z` or `±hh:mm`.
  mutating func zone(_ text: Span<UInt8>) -> Int? {
    if take("Z", or: "z", text) { return 0 }
    let isWest = index < text.count && text[index] == UInt8(ascii: "-")
    guard take("+", or: "-", text), let hours = number(2, text), take(":", text), let minutes = number(2, text),
      hours < 24, minutes < 60
    else { return nil }
    return (hours * 60 + minutes) * (isWest ? -1 : 1)
  }

  private func digit(_ text: Span<UInt8>) -> Int? { index < text.count ? text[index].asciiDigit : nil }
}
