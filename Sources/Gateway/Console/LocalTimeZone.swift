package import Core
import Platform
import Synchronization

/// The zone whose times people read: an IANA name's, or the system's.
package final class LocalTimeZone: Sendable {
  package static let utc = LocalTimeZone(nil)

  private static let folder = "/usr/share/zoneinfo"
  /// The largest zone file of IANA has 4 KB.
  private static let maxFileBytes = 1 << 16
  private static let quarterHour: Int64 = 900

  /// `nil` is UTC.
  private let table: ZoneTable?
  /// The last quarter hour asked for, and its offset, in one word: zones change on quarter hours, events come in heaps.
  private let last = Atomic<Int64>(.min)

  /// The zone called `name`: an IANA name, or a POSIX rule such as `CST-8`. `nil` is the system's: `TZ` in
  /// `environment`, else `/etc/localtime`; where neither can be read, UTC, as the C library does it.
  package convenience init(name: String?, environment: [String: String] = [:]) throws(LocalTimeZoneError) {
    if let name {
      self.init(try Self.table(named: name))
    } else if let name = environment["TZ"], !name.isEmpty {
      self.init(Self.systemTable(name.first == ":" ? String(name.dropFirst()) : name))
    } else {
      self.init(Self.systemTable("/etc/localtime"))
    }
  }

  private init(_ table: ZoneTable?) {
    self.table = table
  }

  package var time: LocalTime { LocalTime(offset: offset(at:)) }

  /// Seconds east of UTC at a Unix time in seconds. Lock-free.
  @Sendable package func offset(at unixSeconds: Int64) -> Int {
    guard let table else { return 0 }
    let seconds = min(max(unixSeconds, -1 << 40), 1 << 40)
    let quarter = (seconds - (seconds < 0 ? Self.quarterHour - 1 : 0)) / Self.quarterHour
    let known = last.load(ordering: .relaxed)
    if known >> 20 == quarter { return Int(known & 0xFFFFF) - 1 << 19 }
    let offset = table.offset(at: seconds)
    last.store(quarter << 20 | Int64(offset + 1 << 19), ordering: .relaxed)
    return offset
  }

  private static func systemTable(_ name: String) -> ZoneTable? {
    name.first == "/" ? table(inFile: name) : try? table(named: name)
  }

  private static func table(named name: String) throws(LocalTimeZoneError) -> ZoneTable? {
    if name == "UTC" || name == "GMT" { return nil }
    if isFileName(name), let table = table(inFile: "\(folder)/\(name)") { return table }
    if let rule = ZoneRule(name) { return ZoneTable(rule: rule) }
    throw LocalTimeZoneError(name: name, hasFiles: Folder.exists(folder))
  }

  /// Names become paths: only what IANA names consist of, so no way out of the folder.
  private static func isFileName(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"): true
        default: false
        }
      }
  }

  private static func table(inFile path: String) -> ZoneTable? {
    guard let bytes = try? FileBytes.read(path, limit: maxFileBytes) else { return nil }
    return ZoneTable(bytes)
  }
}

/// A time zone that this system does not know.
package struct LocalTimeZoneError: Error, Sendable, Equatable, CustomStringConvertible {
  package let name: String
  /// False where no zone files are installed at all.
  let hasFiles: Bool

  package var description: String {
    hasFiles
      ? "there is no time zone \(name); write an IANA name such as Asia/Taipei"
      : "the time zone \(name) cannot be read: install the system's tzdata"
  }
}
