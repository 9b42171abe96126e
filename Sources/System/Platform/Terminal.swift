import Glibc

/// The terminal on standard output as a screen of its own, which is drawn anew in place. Gives it back as it was on `close`.
package final class Terminal {
  /// Cells.
  package struct Size: Sendable, Equatable {
    package var columns: Int
    package var rows: Int
  }

  /// Where a terminal does not say how large it is.
  private static let usualSize = Size(columns: 80, rows: 24)
  private static let enter = "\u{1B}[?1049h\u{1B}[?25l"
  private static let leave = "\u{1B}[?25h\u{1B}[?1049l"

  private var original = termios()
  private let hasKeys: Bool
  private var isOpen = true
  private let output = OutputFile()

  /// `nil` if standard output is no terminal. Keys come unechoed and at once where standard input is one too.
  package init?() {
    guard isatty(STDOUT_FILENO) == 1 else { return nil }
    var mode = termios()
    hasKeys = unsafe tcgetattr(STDIN_FILENO, &mode) == 0
    original = mode
    if hasKeys {
      mode.c_lflag &= ~tcflag_t(ICANON | ECHO)
      // A read returns with what is there, with nothing too.
      unsafe withUnsafeMutableBytes(of: &mode.c_cc) { bytes in
        unsafe bytes[Int(VMIN)] = 0
        unsafe bytes[Int(VTIME)] = 0
      }
      _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &mode)
    }
    write(Self.enter)
  }

  deinit { close() }

  package var size: Size {
    var window = winsize()
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
      return Self.usualSize
    }
    return Size(columns: Int(window.ws_col), rows: Int(window.ws_row))
  }

  /// Draws `lines` from the top; what was below them is gone.
  package func draw(_ lines: [String]) {
    // Lines are overwritten and their rest is erased, which does not flicker as an empty screen would.
    write("\u{1B}[H" + lines.joined(separator: "\u{1B}[K\r\n") + "\u{1B}[K\u{1B}[J")
  }

  /// What was typed, without waiting.
  package func keys() -> [UInt8] {
    guard hasKeys else { return [] }
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = unsafe read(STDIN_FILENO, &buffer, buffer.count)
    return count > 0 ? Array(buffer[..<count]) : []
  }

  /// Leaves the screen. Call before anything else is written.
  package func close() {
    guard isOpen else { return }
    isOpen = false
    write(Self.leave)
    if hasKeys { _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &original) }
  }

  /// A terminal that has gone is no fault of ours.
  private func write(_ text: String) {
    try? output.write(Array(text.utf8))
    try? output.finish()
  }
}
