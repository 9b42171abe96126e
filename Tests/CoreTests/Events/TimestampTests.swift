import Core
import Testing

@Suite struct TimestampTests {
  @Test(
    "RFC 3339 times are read to the millisecond",
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2025-01-15T02:30:00Z", 1_736_908_200_000),
      ("2025-01-15T10:30:00+08:00", 1_736_908_200_000), ("2025-01-14T21:00:00-05:30", 1_736_908_200_000),
      ("2025-01-15t02:30:00z", 1_736_908_200_000), ("2025-01-15 02:30:00Z", 1_736_908_200_000),
      ("2025-01-15T02:30:00.5Z", 1_736_908_200_500), ("2025-01-15T02:30:00.1239999999Z", 1_736_908_200_123),
      ("2025-01-15T02:30:00.001-00:00", 1_736_908_200_001), ("2024-02-29T23:59:59Z", 1_709_251_199_000),
      ("2000-02-29T00:00:00Z", 951_782_400_000), ("2016-12-31T23:59:60Z", 1_483_228_800_000),
      ("2017-01-01T07:59:60+08:00", 1_483_228_800_000), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
      ("1969-12-31T23:00:00-01:00", 0),
    ] as [(String, Int64)])
  func rfc3339(text: String, milliseconds: Int64) {
    #expect(Timestamp.parseRFC3339(text.utf8.span) == .milliseconds(milliseconds))
  }

  @Test(
    "other writings are malformed",
    arguments: [
      "", "2025-01-15", "2025-01-15T02:30:00", "2025-01-15T02:30Z", "2025-1-15T02:30:00Z", "2025-02-29T02:30:00Z",
      "2100-02-29T00:00:00Z", "2025-13-01T00:00:00Z", "2025-00-01T00:00:00Z", "2025-04-31T00:00:00Z",
      "2025-01-00T00:00:00Z", "2025-01-15T24:00:00Z", "2025-01-15T02:60:00Z", "2025-01-15T02:30:61Z",
      "2025-01-15T02:30:60Z", "2025-01-15T02:30:00.Z", "2025-01-15T02:30:00,5Z", "2025-01-15T02:30:00+0800",
      "2025-01-15T02:30:00+24:00", "2025-01-15T02:30:00+08:60", "2025-01-15T02:30:00Z ", " 2025-01-15T02:30:00Z",
      "20250115T023000Z", "２025-01-15T02:30:00Z", "1736908200", "+002025-01-15T02:30:00Z", "2025-01-15T02:30:00ZZ",
    ])
  func malformed(text: String) {
    #expect(Timestamp.parseRFC3339(text.utf8.span) == .malformed)
  }

  @Test(
    "years outside 1970 to 9999 are out of range",
    arguments: [
      "1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00+00:01", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-00:01",
      "9999-12-31T23:59:60Z",
    ])
  func outOfRange(text: String) {
    #expect(Timestamp.parseRFC3339(text.utf8.span) == .outOfRange)
  }

  @Test(
    "Unix seconds are read without rounding to binary",
    arguments: [
      ("0", .milliseconds(0)), ("-0", .milliseconds(0)), ("1736908200", .milliseconds(1_736_908_200_000)),
      ("1736908200.123", .milliseconds(1_736_908_200_123)), ("1736908200.9999999999", .milliseconds(1_736_908_200_999)),
      ("1.7369082e9", .milliseconds(1_736_908_200_000)), ("17369082E+2", .milliseconds(1_736_908_200_000)),
      ("17369082001e-1", .milliseconds(1_736_908_200_100)), ("0e999999999999", .milliseconds(0)),
      ("253402300799.999", .milliseconds(253_402_300_799_999)), ("253402300800", .outOfRange),
      ("1736908200000", .outOfRange), ("-1", .outOfRange), ("-0.0001", .outOfRange), ("1e400", .outOfRange),
      ("1e-400", .milliseconds(0)), ("99999999999999999999999999", .outOfRange),
      ("1736908200.00000000000000000000000001", .milliseconds(1_736_908_200_000)), ("x", .malformed),
      ("", .malformed),
    ] as [(String, Timestamp.Reading)])
  func unixSeconds(text: String, reading: Timestamp.Reading) {
    #expect(Timestamp.parseUnixSeconds(text.utf8.span) == reading)
  }

  @Test("what is written is read back, for days all over the valid years")
  func roundTrip() {
    var milliseconds: Int64 = 0
    var count = 0
    while milliseconds <= Timestamp.validMilliseconds.upperBound {
      var text: [UInt8] = []
      Timestamp.appendUTC(milliseconds, to: &text)
      #expect(text.count == 24)
      #expect(Timestamp.parseRFC3339(text.span) == .milliseconds(milliseconds))
      // 36 days, 7 hours and a prime number of milliseconds.
      milliseconds += 3_135_600_000 + 86_399_989
      count += 1
    }
    #expect(count > 75_000)
  }

  @Test(
    "local times are written for their offset",
    arguments: [
      (8 * 3600, "2025-01-15 10:30:00"), (0, "2025-01-15 02:30:00"), (-5 * 3600 - 1800, "2025-01-14 21:00:00"),
    ])
  func local(offset: Int, expected: String) {
    var text: [UInt8] = []
    Timestamp.appendLocal(1_736_908_200_999, offset: offset, to: &text)
    #expect(String(decoding: text, as: UTF8.self) == expected)
  }

  @Test("times outside the valid years are written as the nearest inside")
  func clamped() {
    var text: [UInt8] = []
    Timestamp.appendUTC(-1, to: &text)
    Timestamp.appendUTC(.max, to: &text)
    #expect(String(decoding: text, as: UTF8.self) == "1970-01-01T00:00:00.000Z9999-12-31T23:59:59.999Z")
  }
}
