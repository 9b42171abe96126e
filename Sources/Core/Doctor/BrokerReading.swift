/// What was seen of the broker at one URL.
package struct BrokerReading: Sendable, Equatable {
  package enum Failure: Sendable, Equatable {
    case resolve, unreachable, silent, tls, login, virtualHost, other
  }

  package enum Publishing: Sendable, Equatable {
    case allowed
    /// An alarm of the node holds publishers up; its reason.
    case blocked(String)
    case forbidden(String)
    case unanswered
  }

  package struct Connection: Sendable, Equatable {
    /// Product and version as the broker gives them; empty if it does not.
    package var product = ""
    package var cluster = ""
    /// As agreed, in seconds; 0 is never.
    package var heartbeat = 0
    package var channels = 0
    package var frameBytes = 0
    package var publishing = Publishing.allowed
    package init() {}
  }

  /// Without the password.
  package var url: String
  package var outcome: Result<Connection, Fault>

  package struct Fault: Error, Sendable, Equatable {
    package let failure: Failure
    package let text: String
    package init(_ failure: Failure, _ text: String) {
      self.failure = failure
      self.text = text
    }
  }

  package init(url: String, _ outcome: Result<Connection, Fault>) {
    self.url = url
    self.outcome = outcome
  }

  /// A publisher and a consumer for each sink, a channel for each queue.
  static let leastChannels = 8
  static let leastFrameBytes = 8192

  package var isConnected: Bool { if case .success = outcome { true } else { false } }

  package var findings: [Finding] {
    switch outcome {
    case .failure(let fault): [.fail("broker", "\(url): \(fault.text); \(mend(fault.failure))", cause(fault.failure))]
    case .success(let connection): [summary(connection)] + limits(connection) + [publishing(connection.publishing)]
    }
  }

  private func mend(_ failure: Failure) -> String {
    switch failure {
    case .resolve: "check the host's name in broker.urls and the name service"
    case .unreachable: "check host and port in broker.urls, that the broker runs, and firewalls"
    case .silent:
      "something takes the connection but does not answer as a broker: check the port, and whether amqps:// is meant"
    case .tls: "check amqps://, the port (5671) and broker.tls.ca"
    case .login: "check user and password in broker.urls (rabbitmqctl authenticate_user)"
    case .virtualHost: "check the virtual host in broker.urls and the user's permissions (rabbitmqctl list_permissions)"
    case .other: "look into the broker's log"
    }
  }

  private func cause(_ failure: Failure) -> Finding.Cause {
    switch failure {
    case .login, .virtualHost: .configuration
    case .resolve, .unreachable, .silent, .tls, .other: .absence
    }
  }

  private func summary(_ connection: Connection) -> Finding {
    let who = connection.product.isEmpty ? "a broker" : connection.product
    let cluster = connection.cluster.isEmpty ? "" : " of cluster \(connection.cluster)"
    let beat = connection.heartbeat == 0 ? "no heartbeat" : "heartbeat \(connection.heartbeat) s"
    return .ok(
      "broker",
      "\(url): \(who)\(cluster), \(beat), \(connection.channels) channels, frames of \(connection.frameBytes) bytes")
  }

  private func limits(_ connection: Connection) -> [Finding] {
    var findings: [Finding] = []
    if connection.heartbeat == 0 {
      findings.append(
        .warn(
          "broker",
          "\(url): heartbeats are off: a broker that hangs is noticed late; set broker.heartbeat and the broker's"))
    }
    if connection.channels < Self.leastChannels {
      findings.append(.warn("broker", "\(url): it allows only \(connection.channels) channels; raise channel_max"))
    }
    if connection.frameBytes < Self.leastFrameBytes {
      findings.append(.warn("broker", "\(url): frames of \(connection.frameBytes) bytes are small; raise frame_max"))
    }
    return findings
  }

  private func publishing(_ publishing: Publishing) -> Finding {
    switch publishing {
    case .allowed: .ok("broker", "\(url): it takes and confirms a message (sent to no queue)")
    case .blocked(let reason):
      .fail(
        "broker",
        "\(url): an alarm blocks publishers (\(reason)); copies go to the spool until the node has memory and disk again (rabbitmq-diagnostics alarms)"
      )
    case .forbidden(let text):
      .fail(
        "broker", "\(url): this user may not publish to the default exchange: \(text); grant write on amq.default",
        .configuration)
    case .unanswered:
      .fail("broker", "\(url): a message was not confirmed in time; look at the node's load and its disk")
    }
  }
}
