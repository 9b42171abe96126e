/// What is appended to a text that was cut.
package enum Marker {
  /// A cut `message` or `extra_info`.
  package static let truncated: StaticString = "...(已截斷)"
  /// A cut answer of a sink.
  package static let response: StaticString = "...(響應過長已截斷)"
}

/// The fields of one event that were cut to their limits.
package struct Truncation: OptionSet, Sendable, Hashable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let message = Truncation(rawValue: 1)
  package static let extraInfo = Truncation(rawValue: 2)
}
