import Testing

@testable import Core

@Suite("Local times")
struct LocalTimeTests {
  @Test("a time is shown at its offset")
  func shown() {
    #expect(LocalTime { _ in 8 * 3600 }.text(1_736_908_200_007) == "2025-01-15 10:30:00")
    #expect(LocalTime { _ in -3 * 3600 - 1800 }.text(1_736_908_200_007) == "2025-01-14 23:00:00")
    #expect(LocalTime.utc.text(951_782_400_000) == "2000-02-29 00:00:00")
  }

  @Test("the offset is asked for at the second of the time")
  func second() {
    #expect(LocalTime { $0 == 59 ? 60 : 0 }.text(59_999) == "1970-01-01 00:01:59")
  }

  @Test("an absurd time is shown as the nearer end, not trapped on")
  func absurd() {
    #expect(LocalTime { _ in 3600 }.text(.max) == "9999-12-31 23:59:59")
    #expect(LocalTime { _ in -3600 }.text(.min) == "1970-01-01 00:00:00")
  }
}
