import Core
import Platform

/// The time as one loop's answers show it, read once a turn; what is derived from it is made once a second.
final class AnswerClock {
  /// Unix milliseconds at the start of the turn.
  private(set) var milliseconds = Clock.unixMilliseconds()
  private(set) var date: ResponseDate
  /// The head of a 202.
  private(set) var accepted: PreparedResponse

  init() {
    date = ResponseDate(unixSeconds: milliseconds / 1000)
    accepted = PreparedResponse(.accepted, .json, date: date)
  }

  func turnBegan() {
    milliseconds = Clock.unixMilliseconds()
    guard milliseconds / 1000 != date.unixSeconds else { return }
    date = ResponseDate(unixSeconds: milliseconds / 1000)
    accepted.renew(date: date)
  }
}
