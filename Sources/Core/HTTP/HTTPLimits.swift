/// What one HTTP/1.1 connection may ask of us. The caller fills it from the settings of the same names.
package struct HTTPLimits: Sendable, Equatable {
  /// Decoded bytes of one body; more is 413.
  package var maxBodyBytes = 1 << 20
  /// Bytes from the method to the empty line, both included; more is 431.
  package var maxHeaderBytes = 16384
  /// Field lines of one head; more is 431.
  package var maxHeaders = 100
  /// Bytes of a request target; more is 414 (RFC 9112 §3 asks for 8000 at least).
  package var maxTargetBytes = 8192
  /// Bytes of a chunked body's trailer section with its empty line; more is 431.
  package var maxTrailerBytes = 4096
  /// Bytes of all chunk extensions of one body, the `;` that opens each not counted; more is 400.
  package var maxChunkExtensionBytes = 4096
  /// The least average pace of a body, in bytes a second, once `bodyRateGrace` is over.
  package var minBodyBytesPerSecond = 512
  /// How long a body may trickle before its pace counts.
  package var bodyRateGrace = Duration.seconds(5)

  package init() {}

  /// Longest method that is read to its end; none that is registered has more than 17 letters.
  static let maxMethodBytes = 24
  /// Empty lines tolerated before a request line (RFC 9112 §2.2).
  static let maxBlankLines = 2
  /// Digits of a chunk size, leading zeros included.
  static let maxChunkSizeDigits = 16
  /// A chunked body's buffer above this is given back before the next message.
  static let keptBodyBytes = 1 << 16

  /// True if a body of which `received` bytes came in `elapsed` is slower than `minBodyBytesPerSecond`: 408 and close.
  package func isTooSlow(received: Int, in elapsed: Duration) -> Bool {
    if elapsed <= bodyRateGrace { return false }
    let milliseconds = elapsed.components.seconds * 1000 + elapsed.components.attoseconds / 1_000_000_000_000_000
    let (due, overflow) = milliseconds.multipliedReportingOverflow(by: Int64(minBodyBytesPerSecond))
    return overflow || Int64(received) < due / 1000
  }
}
