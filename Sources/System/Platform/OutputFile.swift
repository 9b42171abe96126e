import CLinux
import Glibc

/// Bytes for a new file or for standard output, gathered into large writes. Waits for whoever reads.
package final class OutputFile {
  private static let pieceBytes = 1 << 16

  private let descriptor: Int32
  private let subject: String
  private var gathered: [UInt8] = []

  /// Standard output, which stays open.
  package init() {
    descriptor = STDOUT_FILENO
    subject = "standard output"
  }

  /// A new file (0600); `EEXIST` where there is one.
  package init(creating path: String) throws(SystemError) {
    descriptor = unsafe cl_open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    subject = path
    guard descriptor >= 0 else { throw SystemError(call: "open", subject: path) }
  }

  deinit {
    if descriptor != STDOUT_FILENO { close(descriptor) }
  }

  package func write(_ bytes: [UInt8]) throws(SystemError) {
    gathered += bytes
    if gathered.count >= Self.pieceBytes { try flush() }
  }

  /// Everything is written, and in a file it is on the disk.
  package func finish() throws(SystemError) {
    try flush()
    guard descriptor == STDOUT_FILENO || fsync(descriptor) == 0 else {
      throw SystemError(call: "fsync", subject: subject)
    }
  }

  private func flush() throws(SystemError) {
    var done = 0
    while done < gathered.count {
      let count = unsafe gathered.withUnsafeBytes { source in
        unsafe Glibc.write(descriptor, source.baseAddress! + done, source.count - done)
      }
      if count < 0, errno == EAGAIN {
        var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&poller, 1, -1)
        continue
      }
      guard count >= 0 || errno == EINTR else { throw SystemError(call: "write", subject: subject) }
      done += max(0, count)
    }
    gathered.removeAll(keepingCapacity: true)
  }
}
