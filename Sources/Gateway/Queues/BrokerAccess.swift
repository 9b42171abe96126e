package import AMQP
package import Core

/// Where the broker is and how to log in.
package struct BrokerAccess: Sendable {
  /// Shuffled once, so that a fleet spreads over the nodes of a cluster.
  package let urls: [AMQPURL]
  private let base: AMQPConnection.Options

  /// Throws for a URL that is not one.
  package init(_ broker: Settings.Broker, connectTimeout: Duration = .seconds(5)) throws(AMQPError) {
    var urls: [AMQPURL] = []
    for url in broker.urls { urls.append(try AMQPURL(url.value)) }
    self.urls = urls.shuffled()
    var base = AMQPConnection.Options(name: "")
    base.heartbeat = broker.heartbeat
    base.connectTimeout = connectTimeout
    base.caFile = broker.tls.authority
    base.certificateFile = broker.tls.certificate
    base.keyFile = broker.tls.key
    self.base = base
  }

  /// `role` is what the broker's tools show behind the program's name.
  package func options(_ role: String) -> AMQPConnection.Options {
    var options = base
    options.name = "beacongate \(role)"
    return options
  }

  /// Tries every URL in turn; throws the last one's error. `heartbeat` takes the place of `broker.heartbeat`. Blocks for `connectTimeout` a URL at most, and asks
  /// `isStopping` before each.
  func connect(
    _ role: String, heartbeat: Duration? = nil, unless isStopping: () -> Bool = { false }
  ) throws(AMQPError) -> AMQPConnection {
    var options = options(role)
    if let heartbeat { options.heartbeat = heartbeat }
    var failure = AMQPError(code: .invalidURL, description: "no broker is configured")
    for url in urls where !isStopping() {
      do throws(AMQPError) {
        return try AMQPConnection(url, options)
      } catch {
        failure = error
      }
    }
    throw failure
  }
}
