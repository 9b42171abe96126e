/// A JSON number as integer arithmetic sees it: up to 18 digits and a power of ten. Nothing is rounded to binary.
struct DecimalNumber {
  private var isNegative = false
  private var digits: Int64 = 0
  private var exponent = 0

  private static let maxDigits: Int64 = 1_000_000_000_000_000_000
  private static let maxExponent = 100_000

  /// Reads the text of a number that a JSON reader has checked; false if it is none.
  mutating func read(_ text: Span<UInt8>) -> Bool {
    var index = 0
    var isFraction = false
    var any = false
    if text.count > 0, text[0] == UInt8(ascii: "-") {
      isNegative = true
      index = 1
    }
    while index < text.count {
      if let digit = text[index].asciiDigit {
        any = true
        take(digit, isFraction: isFraction)
      } else if text[index] == UInt8(ascii: "."), !isFraction {
        isFraction = true
      } else {
        return any && readExponent(text.extracting(index...))
      }
      index += 1
    }
    return any
  }

  // Digits beyond the eighteenth count only for the magnitude.
  private mutating func take(_ digit: Int, isFraction: Bool) {
    if digits < Self.maxDigits / 10 {
      digits = digits * 10 + Int64(digit)
      if isFraction { exponent -= 1 }
    } else if !isFraction {
      exponent += 1
    }
  }

  private mutating func readExponent(_ text: Span<UInt8>) -> Bool {
    guard text.count >= 2, text[0] | 0x20 == UInt8(ascii: "e") else { return false }
    let sign: Int? = text[1] == UInt8(ascii: "-") ? -1 : text[1] == UInt8(ascii: "+") ? 1 : nil
    guard sign == nil || text.count >= 3 else { return false }
    var value = 0
    for index in (sign == nil ? 1 : 2)..<text.count {
      guard let digit = text[index].asciiDigit else { return false }
      value = min(value * 10 + digit, Self.maxExponent)
    }
    exponent += value * (sign ?? 1)
    return true
  }

  /// The number times 10^`power`, rounded down; `nil` beyond 64 bits.
  func scaled(byPowerOfTen power: Int) -> Int64? {
    var value = digits
    var left = exponent + power
    while left > 0, value != 0 {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      value = product
      left -= 1
    }
    var lost = false
    while left < 0, value != 0 {
      lost = lost || value % 10 != 0
      value /= 10
      left += 1
    }
    if isNegative { return lost ? -value - 1 : -value }
    return value
  }
}
