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

  /// Waits for the next signal, at most `milliseconds` (-1 is for ever).
  package func next(milliseconds: Int32 = -1) -> Signal? {
    var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&poller, 1, milliseconds) > 0 else { return nil }
    var info = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    guard unsafe read(descriptor, &info, size) == size else { return nil }
    return Signal(rawValue: Int32(info.ssi_signo))
  }
}
