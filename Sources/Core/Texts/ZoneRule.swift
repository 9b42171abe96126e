/// A POSIX `TZ` rule, with the extensions of RFC 9636 §3.3.1: `CST-8`, `<+0330>-3:30`, `EST5EDT,M3.2.0,M11.1.0`.
package struct ZoneRule: Sendable, Equatable {
  /// Seconds east of UTC, outside summer time.
  package let standardOffset: Int
  private let summer: Summer?

  private struct Summer: Sendable, Equatable {
    let offset: Int
    /// In standard time.
    let start: Change
    /// In summer time.
    let end: Change
  }

  /// A moment that comes every year: a day, and seconds from its local midnight.
  private struct Change: Sendable, Equatable {
    let day: Day
    let seconds: Int
  }

  private enum Day: Sendable, Equatable {
    /// `Mm.w.d`: the week'th (5 is the last) weekday (0 is Sunday) of the month.
    case weekday(month: Int, week: Int, weekday: Int)
    /// `Jn`: day 1…365, 29 February never counted.
    case julian(Int)
    /// `n`: day 0…365, 29 February counted.
    case ordinal(Int)
  }

  /// 24:59:59, the most that POSIX lets a zone be away from UTC.
  private static let maxOffset = 89_999

  /// `nil` if `text` is no such rule.
  package init?(_ text: String) {
    var parser = RuleParser(text)
    guard parser.name(), let standard = parser.offset(), abs(standard) <= Self.maxOffset else { return nil }
    standardOffset = -standard
    guard !parser.isAtEnd else {
      summer = nil
      return
    }
    guard parser.name() else { return nil }
    var offset = standardOffset + 3600
    if parser.next != UInt8(ascii: ",") {
      guard let given = parser.offset(), abs(given) <= Self.maxOffset else { return nil }
      offset = -given
    }
    guard parser.take(","), let start = Self.change(&parser), parser.take(","), let end = Self.change(&parser),
      parser.isAtEnd
    else { return nil }
    summer = Summer(offset: offset, start: start, end: end)
  }

  /// Seconds east of UTC at a Unix time in seconds, of some ten thousand years before or after 1970.
  package func offset(at unixSeconds: Int64) -> Int {
    guard let summer else { return standardOffset }
    let days = (Int(unixSeconds) + standardOffset + (unixSeconds < 0 ? -86399 : 0)) / 86400
    let year = Timestamp.date(days: days).year
    let start = Self.seconds(of: summer.start, year: year) - Int64(standardOffset)
    let end = Self.seconds(of: summer.end, year: year) - Int64(summer.offset)
    // South of the equator summer time spans the new year.
    let isSummer =
      start < end
      ? start <= unixSeconds && unixSeconds < end
      : unixSeconds < end || start <= unixSeconds
    return isSummer ? summer.offset : standardOffset
  }

  private static func change(_ parser: inout RuleParser) -> Change? {
    guard let day = self.day(&parser) else { return nil }
    guard parser.take("/") else { return Change(day: day, seconds: 2 * 3600) }
    return parser.offset().map { Change(day: day, seconds: $0) }
  }

  private static func day(_ parser: inout RuleParser) -> Day? {
    if parser.take("J") { return parser.number(1...365).map { .julian($0) } }
    guard parser.take("M") else { return parser.number(0...365).map { .ordinal($0) } }
    guard let month = parser.number(1...12), parser.take("."), let week = parser.number(1...5), parser.take("."),
      let weekday = parser.number(0...6)
    else { return nil }
    return .weekday(month: month, week: week, weekday: weekday)
  }

  /// The moment of `change` in `year`, as if local time were UTC.
  private static func seconds(of change: Change, year: Int) -> Int64 {
    let days: Int
    switch change.day {
    case .ordinal(let day):
      days = Timestamp.days(year: year, month: 1, day: 1) + day
    case .julian(let day):
      let hasLeapDay = Timestamp.daysIn(month: 2, year: year) == 29
      days = Timestamp.days(year: year, month: 1, day: 1) + day - (hasLeapDay && day >= 60 ? 0 : 1)
    case .weekday(let month, let week, let weekday):
      let first = Timestamp.days(year: year, month: month, day: 1)
      // 1970-01-01 was a Thursday.
      var day = first + (weekday - (first + 4) % 7 + 7) % 7 + (week - 1) * 7
      if day >= first + Timestamp.daysIn(month: month, year: year) { day -= 7 }
      days = day
    }
    return Int64(days) * 86400 + Int64(change.seconds)
  }
}

/// Takes the pieces of a rule from its front.
private struct RuleParser {
  private var rest: Substring.UTF8View

  init(_ text: String) {
    rest = text[...].utf8
  }

  var isAtEnd: Bool { rest.isEmpty }
  var next: UInt8? { rest.first }

  mutating func take(_ byte: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: byte) else { return false }
    rest.removeFirst()
    return true
  }

  /// `CST` or `<+08>`.
  mutating func name() -> Bool {
    if take("<") {
      rest = rest.drop { $0 != UInt8(ascii: ">") }
      return take(">")
    }
    let named = rest.drop { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") }
    defer { rest = named }
    return rest.count - named.count >= 3
  }

  /// `[+-]hh[:mm[:ss]]`, in seconds; hours up to 167.
  mutating func offset() -> Int? {
    let sign = take("-") ? -1 : 1
    if sign == 1 { _ = take("+") }
    guard var seconds = number(0...167) else { return nil }
    seconds *= 3600
    for unit in [60, 1] where take(":") {
      guard let part = number(0...59) else { return nil }
      seconds += part * unit
    }
    return sign * seconds
  }

  mutating func number(_ range: ClosedRange<Int>) -> Int? {
    let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    guard (1...3).contains(digits.count) else { return nil }
    rest = rest.dropFirst(digits.count)
    let value = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    return range.contains(value) ? value : nil
  }
}
