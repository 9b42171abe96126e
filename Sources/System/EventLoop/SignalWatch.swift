import CLinux
import Glibc
package import Platform

/// Signals of this process as a descriptor to read. Block them before any thread starts: libdispatch takes others over.
package final class SignalWatch: Sendable {
  package enum Signal: Int32, Sendable, CaseIterable {
    case terminate = 15
    case interrupt = 2
    case hangup = 1
  }

  private let descriptor: Int32

  /// Blocks the signals above for the calling thread and those it starts, and ignores SIGPIPE.
  package init() throws(SystemError) {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for watched in Signal.allCases { unsafe sigaddset(&set, watched.rawValue) }
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    signal(SIGPIPE, SIG_IGN)
    descriptor = unsafe signalfd(-1, &set, Int32(SFD_CLOEXEC))
    guard descriptor >= 0 else { throw SystemError(call: "signalfd") }
  }

  deinit { close(descriptor) }

  /// Waits for the next signal, at most `milliseconds` (-1 is for ever); `nil` when the time is over or `wakeup` was
  /// signalled, which is cleared then. A signal goes before.
  package func next(milliseconds: Int32 = -1, or wakeup: Wakeup? = nil) -> Signal? {
    // A negative descriptor is not polled.
    var pollers: InlineArray<2, pollfd> = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: wakeup?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
    ]
    var span = pollers.mutableSpan
    let ready = unsafe span.withUnsafeMutableBufferPointer { unsafe poll($0.baseAddress, 2, milliseconds) }
    guard ready > 0 else { return nil }
    guard pollers[0].revents != 0 else {
      wakeup?.clear()
      return nil
    }
    var info = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    guard unsafe read(descriptor, &info, size) == size else { return nil }
    return Signal(rawValue: Int32(info.ssi_signo))
  }
}
