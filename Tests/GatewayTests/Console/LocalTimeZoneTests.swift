import Core
import Foundation
import Gateway
import Platform
import Testing

@Suite("The local time zone")
struct LocalTimeZoneTests {
  private static let hasZones = Folder.exists("/usr/share/zoneinfo/Asia/Taipei")

  @Test(
    "zones agree with Foundation's through the years", .enabled(if: hasZones),
    arguments: ["Asia/Taipei", "America/New_York", "Europe/London", "Australia/Sydney", "Asia/Kathmandu", "UTC"])
  func foundation(name: String) throws {
    let zone = try LocalTimeZone(name: name)
    let reference = try #require(TimeZone(identifier: name))
    // 1990 to 2037, in steps that meet every hour of the day.
    for time in stride(from: Int64(631_152_000), to: 2_145_916_800, by: 86_400 * 3 + 3_571) {
      let expected = reference.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(time)))
      #expect(zone.offset(at: time) == expected, "\(name) at \(time)")
    }
  }

  @Test("the offset changes at the second of the change", .enabled(if: hasZones))
  func change() throws {
    let zone = try LocalTimeZone(name: "America/New_York")
    #expect(zone.offset(at: 1_741_503_599) == -18000)
    #expect(zone.offset(at: 1_741_503_600) == -14400)
    #expect(zone.offset(at: 1_741_503_599) == -18000)
    #expect(zone.time.text(1_741_503_600_000) == "2025-03-09 03:00:00")
  }

  @Test("threads that ask for different times at once each get their own answer", .enabled(if: hasZones))
  func threads() async throws {
    let zone = try LocalTimeZone(name: "America/New_York")
    await withTaskGroup(of: Bool.self) { group in
      for (time, offset) in [(Int64(1_741_503_599), -18000), (1_741_503_600, -14400), (-1, -18000)] {
        group.addTask { (0..<20_000).allSatisfy { _ in zone.offset(at: time) == offset } }
      }
      for await isRight in group { #expect(isRight) }
    }
  }

  @Test("a POSIX rule is taken too, and TZ names the system's zone")
  func rules() throws {
    #expect(try LocalTimeZone(name: "CST-8").offset(at: 0) == 28800)
    #expect(try LocalTimeZone(name: nil, environment: ["TZ": "CST-8"]).offset(at: 0) == 28800)
    #expect(try LocalTimeZone(name: "UTC", environment: ["TZ": "CST-8"]).offset(at: 0) == 0)
    #expect(try LocalTimeZone(name: nil, environment: ["TZ": "no such zone"]).offset(at: 0) == 0)
    #expect(LocalTimeZone.utc.offset(at: .min) == 0)
    #expect(try LocalTimeZone(name: "CST-8").offset(at: .max) == 28800)
    #expect(try LocalTimeZone(name: "EST5EDT,M3.2.0,M11.1.0").offset(at: .min) <= -14400)
  }

  @Test(
    "a name that the system does not know is refused, and no name leaves the folder of zones",
    arguments: ["Mars/Olympus", "", "../../../etc/hostname", "/etc/hostname", "Asia", "tzdata.zi", "a\0b"])
  func unknown(name: String) {
    #expect(throws: LocalTimeZoneError.self) { try LocalTimeZone(name: name) }
  }
}
