import HTTPClient
import Platform

/// Why a worker could not start.
package struct WorkerError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// The folder of the LogBeacon keys cannot be used.
    case keys
    /// libcurl could not be set up.
    case client
    /// The system refused a descriptor.
    case system
  }

  package let code: Code
  /// A sentence without secrets.
  package let description: String

  init(_ error: LogBeaconKeysError) {
    code = .keys
    description = error.description
  }

  init(_ error: SystemError) {
    code = .system
    description = error.description
  }

  init(_ error: HTTPClientError) {
    code = .client
    description = error.description
  }
}
