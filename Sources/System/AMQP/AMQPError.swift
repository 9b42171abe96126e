/// Why a connection could not be opened or is over: a closed set of codes, a sentence without secrets, the code beneath.
package struct AMQPError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    case invalidURL = "invalid_url"
    /// The host's name has no address.
    case resolve
    /// Nobody listens, or there is no way to the host.
    case unreachable
    /// The peer did not answer within the time for connecting.
    case timeout
    case tls
    /// The peer speaks something else than AMQP 0-9-1.
    case `protocol`
    /// User, password or virtual host were refused.
    case login
    /// The broker closed the connection and said why.
    case closedByServer = "closed_by_server"
    /// Nothing came for two heartbeats.
    case heartbeat
    /// The connection broke, or was cut.
    case lost
  }

  package let code: Code
  package let description: String
  /// AMQP's reply code where the broker gave one (320, 403, 530 …), else rabbitmq-c's status or the system's `errno`.
  package let underlyingCode: Int

  package init(code: Code, description: String, underlyingCode: Int = 0) {
    self.code = code
    self.description = description
    self.underlyingCode = underlyingCode
  }

  /// False only where trying again cannot help before somebody changes the settings.
  package var isRetryable: Bool { code != .invalidURL }
}
