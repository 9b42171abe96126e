/// Why an event has no receipt.
public struct LogSystemError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The closed set of reasons.
  public enum Code: String, Sendable, CaseIterable {
    /// It could not be sent at all: a bad URL, values that JSON cannot say, no `initLogsys` before.
    case invalid
    /// The gateway refuses it for good (4xx); `status` and the sentence say why.
    case refused
    /// The gateway did not take it within the attempts or the time that a call has. It may still have got through.
    case unavailable
    /// Too many calls are waiting already; this one was not sent.
    case busy
    /// The log system is closed. A call that was under way may still have got through.
    case closed
    /// The calling task was cancelled. The event may still have got through.
    case cancelled
    /// The answer is no Beacongate's.
    case unreadableAnswer = "unreadable_answer"
  }

  /// The reason.
  public let code: Code
  /// A sentence; it holds no token.
  public let description: String
  /// The last HTTP status, 0 when there was no answer.
  public let status: Int

  /// True when the same call may succeed later.
  public var isRetryable: Bool { code == .unavailable || code == .busy }

  init(_ code: Code, _ description: String, status: Int = 0) {
    self.code = code
    self.description = description
    self.status = status
  }
}
