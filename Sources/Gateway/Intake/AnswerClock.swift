import Core
import Platform

/// The time as one loop's answers show it, read once a turn; what is derived from it is made once a second.
final class AnswerClock {
  /// Unix milliseconds at the start of the turn.
  private(set) var milliseconds = Clock.unixMilliseconds()
  private(set) var date: ResponseDate
  /// The head of a 202.
  private var accepted: PreparedResponse

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

  /// Appends an HTTP/1.1 answer whose body `write` appends.
  func append(_ head: ResponseHead, toHead: Bool, to bytes: inout [UInt8], body write: (inout [UInt8]) -> Void) {
    guard head.status == .accepted else {
      return ResponseWriter.append(head, date: date, toHead: toHead, to: &bytes, body: write)
    }
    let open = accepted.begin(head, in: &bytes)
    write(&bytes)
    accepted.end(open, in: &bytes)
  }
}
