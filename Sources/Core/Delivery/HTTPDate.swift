/// The three date formats that RFC 9110 §5.6.7 has a recipient accept. All are in UTC; the weekday is not checked.
package enum HTTPDate {
  /// Seconds since 1970; `nil` for anything else. `now`, too, is in seconds: a two-digit year is the one that is at
  /// most 50 years ahead of it.
  package static func parse(_ text: [UInt8], now: Int64) -> Int64? {
    let words = String(decoding: text, as: UTF8.self).split { " ,-".contains($0) }.map(String.init)
    switch words.count {
    case 6 where words[5] == "GMT":
      // `Sun, 06 Nov 1994 08:49:37 GMT` and, obsolete, `Sunday, 06-Nov-94 08:49:37 GMT`
      guard words[3].utf8.count == 2 else {
        return seconds(year: words[3], month: words[2], day: words[1], time: words[4])
      }
      let inThisCentury = seconds(year: "20" + words[3], month: words[2], day: words[1], time: words[4])
      guard let inThisCentury, inThisCentury > now + 50 * 31_556_952 else { return inThisCentury }
      return seconds(year: "19" + words[3], month: words[2], day: words[1], time: words[4])
    case 5:
      // asctime: `Sun Nov  6 08:49:37 1994`
      return seconds(year: words[4], month: words[1], day: words[2], time: words[3])
    default: return nil
    }
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private static func seconds(year: String, month: String, day: String, time: String) -> Int64? {
    guard let month = months.firstIndex(of: month), let day = number(day, in: 1...31),
      let year = number(year, in: 0...9999)
    else { return nil }
    let clock = time.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard clock.count == 3, let hour = number(clock[0], in: 0...23), let minute = number(clock[1], in: 0...59),
      let second = number(clock[2], in: 0...60)
    else { return nil }
    return days(year: year, month: Int64(month) + 1, day: day) * 86400 + hour * 3600 + minute * 60 + second
  }

  private static func number(_ text: String, in range: ClosedRange<Int64>) -> Int64? {
    guard text.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int64(text), range.contains(value) else {
      return nil
    }
    return value
  }

  /// Days since 1970-01-01 in the proleptic Gregorian calendar.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468
  }
}
