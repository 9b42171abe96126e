import CLinux
import Glibc

/// The machine and what it grants this process.
package enum Machine {
  /// Cores that this process may run on, at least 1.
  package static var cores: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  package static var processID: Int32 { getpid() }

  /// What this process makes is readable by its owner alone.
  package static func keepFilesPrivate() {
    umask(0o077)
  }

  /// Descriptors that this process may have open.
  package static var descriptorLimit: Int {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    return Int(clamping: limit.rlim_cur)
  }

  /// Raises the limit of open descriptors as far as the system lets us; a server needs one per connection.
  package static func raiseDescriptorLimit() {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }

  /// Makes the process's table of descriptors large enough for `count` of them, as far as its limit goes.
  ///
  /// To be called before a second thread starts: later, each doubling of the table holds up every thread that opens a
  /// descriptor for an RCU grace period, some 10 ms (Linux, `expand_fdtable` in fs/file.c).
  package static func makeRoom(forDescriptors count: Int) {
    let last = Int32(clamping: min(count, descriptorLimit) - 1)
    let descriptor = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, last)
    if descriptor >= 0 { close(descriptor) }
  }
}
