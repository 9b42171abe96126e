/// The exit codes of every command, after sysexits(3).
package enum ExitCode: Int32, Sendable, CaseIterable {
  case success = 0
  /// The command line is wrong.
  case usage = 64
  /// The data handed to a command is refused.
  case badInput = 65
  /// A service that the command needs is not there.
  case unavailable = 69
  /// A fault of our own.
  case internalError = 70
  /// Gave up for now: a supervisor should start it again.
  case temporaryFailure = 75
  /// The configuration is wrong.
  case configuration = 78
}
