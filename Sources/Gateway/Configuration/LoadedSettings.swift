package import Core

/// What reading file, variables and flags brought.
package struct LoadedSettings: Sendable {
  /// `nil` when there is any problem: a process must not start with settings that nobody wrote.
  package let settings: Settings?
  /// Everything that is wrong, in the order of the places.
  package let problems: [SettingsProblem]
  /// Variables that start like ours and are none: warned about, and an error in `check`.
  package let unknownVariables: [SettingsProblem]
  /// Other things that an operator should know.
  package let notices: [SettingsProblem]
  /// The file that was read, as it was named; `nil` when there is none.
  package let source: String?

  /// Everything that does not keep the process from starting.
  package var warnings: [SettingsProblem] { unknownVariables + notices }
}
