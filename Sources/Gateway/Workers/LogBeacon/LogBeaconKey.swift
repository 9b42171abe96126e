package import Core

/// A key as calls use it: its text, and which of the pair's keys it is.
///
/// Only an answer to a call made with the current version replaces it.
package struct LogBeaconKey: Sendable, Equatable {
  package let value: Secret
  /// Grows with every change; 0 stands for a call made without a key.
  package let version: Int
}

extension LogBeaconKey {
  /// The longest key, in bytes.
  static let maxBytes = 4096

  /// The key in a file: its text without the white space around it (and a byte order mark before it).
  enum Content: Equatable {
    case key(Secret)
    case empty
    /// Not fit for a header field (RFC 9110 §5.5): it has control bytes or is not ASCII.
    case unfit

    init(_ bytes: [UInt8]) {
      let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
      let text = bytes.starts(with: mark) ? bytes[3...] : bytes[...]
      let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
      guard let first = text.firstIndex(where: { !isSpace($0) }), let last = text.lastIndex(where: { !isSpace($0) })
      else {
        self = .empty
        return
      }
      let key = text[first...last]
      guard key.allSatisfy({ (0x20...0x7E).contains($0) }) else {
        self = .unfit
        return
      }
      self = .key(Secret(String(decoding: key, as: UTF8.self)))
    }
  }
}
