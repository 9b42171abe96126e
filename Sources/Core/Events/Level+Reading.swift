extension Level {
  /// The level of a name in any case: `error_ctg`, `Error_CTG`. Numbers in a string are no names.
  package init?(name: Span<UInt8>) {
    switch name.count {
    case 4 where name.isEqualIgnoringCase(to: "info"): self = .info
    case 5 where name.isEqualIgnoringCase(to: "error"): self = .error
    case 5 where name.isEqualIgnoringCase(to: "debug"): self = .debug
    case 7 where name.isEqualIgnoringCase(to: "monitor"): self = .monitor
    case 8 where name.isEqualIgnoringCase(to: "info_ctg"): self = .infoCTG
    case 9 where name.isEqualIgnoringCase(to: "error_ctg"): self = .errorCTG
    default: return nil
    }
  }

  /// The level of a number's decimal text: `9`, `91`.
  package init?(number: Span<UInt8>) {
    guard number.count == 1 || number.count == 2 && number[0] != UInt8(ascii: "0") else { return nil }
    var value: UInt8 = 0
    for index in number.indices {
      guard let digit = number[index].asciiDigit else { return nil }
      value = value * 10 + UInt8(digit)
    }
    self.init(rawValue: value)
  }
}
