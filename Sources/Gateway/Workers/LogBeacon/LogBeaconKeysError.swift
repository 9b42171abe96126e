package import Platform

/// What went wrong with a key or the folder of keys. It never shows a key.
package struct LogBeaconKeysError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// The folder cannot be created, opened or listed.
    case folder
    /// A key file cannot be read; the key known before stays in use.
    case unreadable
    /// A file or a new key holds more than a key may.
    case tooLong = "too_long"
    /// A file or a new key has bytes that a header field may not have.
    case unfit
    /// The pair's domain is not configured, or its file's name would be too long.
    case unnameable
    /// The domain has as many pairs with keys as it may have.
    case tooManyPairs = "too_many_pairs"
    /// Another process holds the folder's lock.
    case locked
    /// The new key could not be stored; it is kept aside and stored as soon as that works.
    case unwritable
  }

  package let code: Code
  /// The folder, the file or the pair.
  package let subject: String
  package let system: SystemError?

  package init(_ code: Code, _ subject: String, _ system: SystemError? = nil) {
    self.code = code
    self.subject = subject
    self.system = system
  }

  /// True where the disk may be in order the next time.
  package var isRetryable: Bool {
    switch code {
    case .folder, .unreadable, .locked, .unwritable: true
    case .tooLong, .unfit, .unnameable, .tooManyPairs: false
    }
  }

  package var description: String {
    let sentence =
      switch code {
      case .folder: "the key folder \(subject) cannot be used"
      case .unreadable: "the key file \(subject) cannot be read"
      case .tooLong: "the key of \(subject) is longer than \(LogBeaconKey.maxBytes) bytes"
      case .unfit: "the key of \(subject) has bytes that a header may not have"
      case .unnameable: "a key of \(subject) has no file name"
      case .tooManyPairs: "the domain \(subject) has \(LogBeaconKeys.maxPairs) keys; it may not have more"
      case .locked: "the key folder \(subject) is locked by another process"
      case .unwritable: "the new key of \(subject) cannot be stored"
      }
    return system.map { "\(sentence): \($0)" } ?? sentence
  }
}
