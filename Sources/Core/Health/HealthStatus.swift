/// How well the process, or one of its parts, is. Ordered: the worst of several is their `max`.
package enum HealthStatus: String, Sendable, CaseIterable, Comparable {
  case pass
  /// It does its work, and somebody should look.
  case warn
  /// It cannot do its work.
  case fail

  package static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }

  /// The HTTP status of a health document.
  package var httpStatus: HTTPStatus { self == .fail ? .serviceUnavailable : .ok }

  private var rank: Int {
    switch self {
    case .pass: 0
    case .warn: 1
    case .fail: 2
    }
  }
}
