import CLinux
import Glibc

/// Standard output, written without ever waiting for whoever reads it.
///
/// O_NONBLOCK belongs to the open file that other processes share with us, so it is not set on theirs: a pipe or
/// terminal is opened once more through /proc, a socket is asked per call, and where neither works each piece waits
/// for its poll.
package final class OutputDescriptor: Sendable {
  package enum Outcome: Sendable, Equatable {
    case wrote(Int)
    /// The reader is behind; nothing was written.
    case full
    case failed(SystemError)
  }

  private enum Way: Sendable { case plain, nonblocking, socket, polled }

  package let isTerminal: Bool
  /// The most bytes that one write should carry. A pipe's writes of up to PIPE_BUF never mix with another process's.
  package let pieceBytes: Int
  private let descriptor: Int32
  private let way: Way

  /// Borrows `original`, which stays open; a descriptor that is not open fails on writing.
  package init(_ original: Int32) {
    var info = stat()
    let kind = unsafe fstat(original, &info) == 0 ? info.st_mode & S_IFMT : S_IFREG
    isTerminal = isatty(original) == 1
    pieceBytes = kind == S_IFIFO ? Int(PIPE_BUF) : 1 << 16
    if kind == S_IFIFO || isTerminal {
      let reopened = unsafe cl_open("/proc/self/fd/\(original)", O_WRONLY | O_NONBLOCK | O_NOCTTY, 0)
      (descriptor, way) = reopened >= 0 ? (reopened, .nonblocking) : (original, .polled)
    } else {
      (descriptor, way) = (original, kind == S_IFSOCK ? .socket : .plain)
    }
  }

  deinit {
    if way == .nonblocking { close(descriptor) }
  }

  /// Writes `bytes[range]` as far as the reader takes it; pieces of at most `pieceBytes` keep the promise not to wait.
  package func write(_ bytes: [UInt8], _ range: Range<Int>) -> Outcome {
    while true {
      if way == .polled && !isWritable { return .full }
      let count = unsafe bytes.withUnsafeBytes { source in
        let piece = unsafe UnsafeRawBufferPointer(rebasing: source[range])
        return way == .socket
          ? unsafe send(descriptor, piece.baseAddress, piece.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
          : unsafe Glibc.write(descriptor, piece.baseAddress, piece.count)
      }
      if count >= 0 { return .wrote(count) }
      if errno == EINTR { continue }
      return errno == EAGAIN ? .full : .failed(SystemError(call: "write", subject: "standard output"))
    }
  }

  /// Waits until the reader has room or `wakeup` is signalled, at most `milliseconds` (-1 is for ever).
  package func waitForRoom(or wakeup: Wakeup, milliseconds: Int32) {
    var pollers = [
      pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0),
      pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    _ = unsafe poll(&pollers, 2, milliseconds)
    if pollers[1].revents != 0 { wakeup.clear() }
  }

  /// Also true when a write would fail, so that it is tried.
  private var isWritable: Bool {
    var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return unsafe poll(&poller, 1, 0) > 0
  }
}
