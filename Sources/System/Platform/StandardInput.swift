import Glibc

/// The bytes that a command is given on descriptor 0.
package enum StandardInput {
  /// True when a person types there.
  package static var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }

  /// What has come, at most 64 KiB; empty at the end. Waits for the first byte.
  package static func read() throws(SystemError) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = unsafe Glibc.read(STDIN_FILENO, &buffer, buffer.count)
      if count >= 0 { return Array(buffer[..<count]) }
      if errno != EINTR { throw SystemError(call: "read", subject: "standard input") }
    }
  }
}
