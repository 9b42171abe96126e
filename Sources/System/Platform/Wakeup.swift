import CLinux
import Glibc

/// An eventfd: any thread signals it, one thread polls it.
package final class Wakeup: Sendable {
  package let descriptor: Int32

  /// Throws `SystemError` when the process is out of descriptors.
  package init() throws(SystemError) {
    descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard descriptor >= 0 else { throw SystemError(call: "eventfd") }
  }

  deinit { close(descriptor) }

  package func signal() {
    var one: UInt64 = 1
    _ = unsafe write(descriptor, &one, 8)
  }

  /// Takes back every signal so far.
  package func clear() {
    var count: UInt64 = 0
    _ = unsafe read(descriptor, &count, 8)
  }

  /// Waits for a signal, at most `milliseconds` (-1 is for ever), and clears it.
  package func wait(milliseconds: Int32) {
    var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    if unsafe poll(&poller, 1, milliseconds) > 0 { clear() }
  }
}
