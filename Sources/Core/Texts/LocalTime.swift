/// Times as people read them: `2025-01-15 10:30:00` in a zone whose offsets a function tells.
package struct LocalTime: Sendable {
  /// Seconds east of UTC at a Unix time in seconds.
  private let offset: @Sendable (Int64) -> Int

  package init(offset: @escaping @Sendable (_ unixSeconds: Int64) -> Int) {
    self.offset = offset
  }

  package static let utc = LocalTime { _ in 0 }

  /// Appends the 19 bytes of the local time at a Unix time in milliseconds. No allocation but the target's.
  package func append(_ milliseconds: Int64, to bytes: inout [UInt8]) {
    // Within the valid years before the offset is added, so that a made-up time does not overflow.
    let valid = Timestamp.validMilliseconds
    let time = min(max(milliseconds, valid.lowerBound), valid.upperBound)
    Timestamp.appendLocal(time, offset: offset(time / 1000), to: &bytes)
  }

  package func text(_ milliseconds: Int64) -> String {
    var bytes: [UInt8] = []
    append(milliseconds, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
