import AMQP
import Fakes
import Platform
import Testing

/// A connection with the events that a test has not looked at yet. Used on one thread, as the connection is.
final class AMQPClient {
  let connection: AMQPConnection
  private(set) var events: [AMQPEvent] = []
  private let wakeup: Wakeup

  init(_ url: AMQPURL, _ options: AMQPConnection.Options) throws {
    connection = try AMQPConnection(url, options)
    wakeup = try Wakeup()
  }

  convenience init(_ url: String, heartbeat: Duration = .seconds(20)) throws {
    var options = AMQPConnection.Options(name: "test")
    options.heartbeat = heartbeat
    try self.init(AMQPURL(url), options)
  }

  deinit { connection.close() }

  /// With channel 1 open.
  static func open(_ url: String, heartbeat: Duration = .seconds(20)) throws -> AMQPClient {
    let client = try AMQPClient(url, heartbeat: heartbeat)
    try client.connection.openChannel(1)
    try client.expect(.channelOpened(1))
    return client
  }

  /// Receives until `isWanted` has held for an event, which is taken out; `nil` after `timeout`.
  func next(timeout: Duration = .seconds(20), _ isWanted: (AMQPEvent) -> Bool) throws -> AMQPEvent? {
    let deadline = ContinuousClock.now + timeout
    repeat {
      if let index = events.firstIndex(where: isWanted) { return events.remove(at: index) }
      if try connection.receive(into: &events) { continue }
      if events.contains(where: isWanted) { continue }
      connection.wait(for: wakeup, milliseconds: 50)
    } while ContinuousClock.now < deadline
    return nil
  }

  func expect(_ event: AMQPEvent, timeout: Duration = .seconds(20), at location: SourceLocation = #_sourceLocation)
    throws
  {
    let seen = try next(timeout: timeout) { $0 == event }
    #expect(seen != nil, "\(event) did not come; there is \(events)", sourceLocation: location)
  }

  func nextDelivery(timeout: Duration = .seconds(20)) throws -> AMQPDelivery? {
    let event = try next(timeout: timeout) { if case .delivered = $0 { true } else { false } }
    if case .delivered(let delivery) = event { return delivery }
    return nil
  }

  /// Serves the connection until it fails; `nil` when it lives on after `timeout`.
  func nextFailure(timeout: Duration) -> AMQPError? {
    do throws(AMQPError) {
      let deadline = ContinuousClock.now + timeout
      while ContinuousClock.now < deadline {
        _ = try connection.receive(into: &events)
        connection.wait(for: wakeup, milliseconds: 50)
      }
      return nil
    } catch {
      return error
    }
  }

  /// Declares an exclusive queue, gone with the connection.
  func declareQueue(_ name: String, _ arguments: AMQPHeaders = [:]) throws {
    var queue = AMQPQueueDeclaration(name: name)
    queue.isExclusive = true
    queue.isDurable = false
    queue.arguments = arguments
    try connection.declare(1, queue)
    try expect(.declared(1, queue: name, messages: 0, consumers: 0))
  }

  func publish(_ queue: String, _ text: String, id: String? = nil) throws(AMQPError) {
    try connection.publish(
      1, routingKey: queue, properties: AMQPProperties(messageID: id), body: Array(text.utf8).span)
  }
}
