import Glibc
import Platform
import Synchronization

/// A program that a test started: its output in files, killed at the latest when this object goes.
package final class ChildProcess: Sendable {
  /// How it ended.
  package enum Exit: Sendable, Equatable {
    case code(Int32)
    case signal(Int32)
  }

  package let pid: Int32
  private let exit = Monitor<Exit?>(nil)
  private let reaper: NamedThread

  private static var sanitizerOptions: [String: String] {
    var options: [String: String] = [:]
    for name in ["TSAN_OPTIONS", "ASAN_OPTIONS"] {
      if let value = unsafe getenv(name) { options[name] = unsafe String(cString: value) }
    }
    return options
  }

  /// Starts `path`; its output goes to the two files, its input is `/dev/null` or the file `input`. It finds
  /// `descriptors` at 3 and the numbers that follow. A sanitizer's options are its own too.
  package init(
    _ path: String, arguments: [String], environment: [String: String], input: String = "/dev/null",
    output: String, errors: String, descriptors: [Int32] = []
  ) throws {
    let all = environment.merging(Self.sanitizerOptions) { own, _ in own }
    let pid = try Self.spawn(
      path, [path] + arguments, all.map { "\($0)=\($1)" }, files: [input, output, errors], descriptors)
    self.pid = pid
    let exit = self.exit
    reaper = NamedThread("reaper") {
      var status: Int32 = 0
      while unsafe waitpid(pid, &status, 0) < 0 && errno == EINTR {}
      let signal = status & 0x7F
      let end = signal == 0 ? Exit.code((status >> 8) & 0xFF) : Exit.signal(signal)
      exit.change { $0 = end }
    }
  }

  deinit {
    kill(SIGKILL)
    reaper.join()
  }

  package var isRunning: Bool { exit.value == nil }

  package func kill(_ signal: Int32) {
    exit.change { if $0 == nil { _ = Glibc.kill(self.pid, signal) } }
  }

  /// `nil` when it still runs after `timeout`.
  package func wait(timeout: Duration = .seconds(20)) -> Exit? {
    _ = exit.wait(timeout: timeout) { $0 != nil }
    return exit.value
  }

  private static func spawn(
    _ path: String, _ arguments: [String], _ environment: [String], files: [String],
    _ descriptors: [Int32]
  ) throws -> Int32 {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    let flags = [O_RDONLY, O_WRONLY | O_CREAT | O_TRUNC, O_WRONLY | O_CREAT | O_TRUNC]
    for (descriptor, file) in files.enumerated() {
      unsafe posix_spawn_file_actions_addopen(&actions, Int32(descriptor), file, flags[descriptor], 0o600)
    }
    // Above every number that they get in the child, so that none of them is overwritten.
    let passed = descriptors.map { fcntl($0, F_DUPFD_CLOEXEC, 100) }
    defer { passed.forEach { close($0) } }
    for (index, descriptor) in passed.enumerated() {
      unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(3 + index))
    }
    // Threads of the tests block signals; the child must not inherit that.
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe posix_spawnattr_setsigmask(&attributes, &signals)
    unsafe sigfillset(&signals)
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    var argv = unsafe arguments.map { unsafe strdup($0) }
    var envp = unsafe environment.map { unsafe strdup($0) }
    defer { unsafe (argv + envp).forEach { unsafe free($0) } }
    unsafe argv.append(nil)
    unsafe envp.append(nil)
    var pid: pid_t = 0
    let code = Socket.spawnLock.withLock { _ in
      unsafe posix_spawn(&pid, path, &actions, &attributes, argv, envp)
    }
    guard code == 0 else { throw Socket.Failure.system(call: "posix_spawn", code: code) }
    return pid
  }
}
