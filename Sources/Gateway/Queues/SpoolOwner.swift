/// Who takes spooled copies. One owner at a time: what is out when it changes goes to the new one once it comes back.
package enum SpoolOwner: Sendable, Equatable {
  /// The consumer of each queue delivers them: the embedded mode, and the time while a broker is away.
  case workers
  /// They are published.
  case republisher
  /// They stay where they are.
  case nobody
}
