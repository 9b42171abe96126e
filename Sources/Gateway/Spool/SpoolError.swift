import Database
import Platform

/// Why a queue file could not be read, with the mend.
package struct SpoolError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// There is no file.
    case missing
    /// The file is gone and its log is not.
    case onlyLog = "only_log"
    /// The folder for the copy has too little room.
    case noRoom = "no_room"
    /// A running gateway changes it faster than it can be copied.
    case tooBusy = "too_busy"
    /// It is no queue file, or nothing of it can be read.
    case unreadable
    /// A call of the system failed.
    case system
  }

  package let code: Code
  package let description: String

  package init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }

  init(_ error: SystemError) {
    self.init(.system, error.description)
  }

  init(unreadable path: String, _ error: DatabaseError) {
    self.init(.unreadable, "\(path) cannot be read as a queue file: \(error)")
  }

  /// What the process that met it ends with.
  package var exitCode: ExitCode {
    switch code {
    case .missing, .onlyLog, .noRoom, .system: .unavailable
    case .tooBusy: .temporaryFailure
    case .unreadable: .badInput
    }
  }
}
