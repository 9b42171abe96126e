import Glibc

/// Lines for the person at the terminal, written at once.
package enum StandardError {
  /// Writes `text` and a line feed. What the descriptor refuses is dropped: there is nowhere left to say so.
  package static func write(_ text: String) {
    let bytes = Array("\(text)\n".utf8)
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { source in
        unsafe Glibc.write(STDERR_FILENO, source.baseAddress! + written, source.count - written)
      }
      guard count > 0 || (count < 0 && errno == EINTR) else { return }
      written += max(0, count)
    }
  }
}
