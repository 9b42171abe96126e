/// The message of a slow request's event of level 99 (the guide's MONITOR_API_TIME).
package enum MonitorText {
  package static func apiTime(milliseconds: UInt64, locale: Settings.Locale) -> String {
    switch locale {
    case .traditionalChinese: "API 響應時間: \(milliseconds)ms"
    case .english: "API response time: \(milliseconds)ms"
    }
  }
}
