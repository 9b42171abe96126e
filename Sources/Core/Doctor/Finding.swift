/// One line of the doctor's: how well something is, what it is about, and in plain words what was found and what to do.
package struct Finding: Sendable, Equatable {
  package enum Status: String, Sendable, CaseIterable {
    case ok
    /// It works, and somebody should look.
    case warn
    /// The gateway cannot do its work so, or loses what it should keep.
    case fail
  }

  /// What a failure is, for the exit code.
  package enum Cause: Sendable, Equatable {
    /// Something that must be there is not.
    case absence
    /// The settings are wrong.
    case configuration
  }

  /// What it is about: a key of the settings, a queue, a part.
  package let topic: String
  package let status: Status
  package let cause: Cause
  package let text: String

  package static func ok(_ topic: String, _ text: String) -> Self {
    Self(topic: topic, status: .ok, cause: .absence, text: text)
  }

  package static func warn(_ topic: String, _ text: String) -> Self {
    Self(topic: topic, status: .warn, cause: .absence, text: text)
  }

  package static func fail(_ topic: String, _ text: String, _ cause: Cause = .absence) -> Self {
    Self(topic: topic, status: .fail, cause: cause, text: text)
  }
}
