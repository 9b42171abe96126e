import AMQP
import Platform

/// Asks a broker about its queues, as anybody can who may log in. Used on one thread.
final class BrokerLook {
  private let connection: AMQPConnection
  private let wakeup: Wakeup
  private static let channel: UInt16 = 1
  private var isOpen = false

  init(_ url: String) throws {
    var options = AMQPConnection.Options(name: "look")
    // Nobody serves it while a test does something else.
    options.heartbeat = .zero
    connection = try AMQPConnection(AMQPURL(url), options)
    wakeup = try Wakeup()
  }

  deinit { connection.close() }

  /// Messages that are ready and consumers; `nil` if there is no such queue or no answer.
  func depth(_ queue: String) throws -> (messages: Int, consumers: Int)? {
    var declaration = AMQPQueueDeclaration(name: queue)
    declaration.isPassive = true
    if !isOpen { try connection.openChannel(Self.channel) }
    isOpen = true
    try connection.declare(Self.channel, declaration)
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
      var events: [AMQPEvent] = []
      _ = try connection.receive(into: &events)
      for event in events {
        switch event {
        case .declared(_, _, let messages, let consumers): return (messages, consumers)
        case .channelClosed:
          isOpen = false
          return nil
        default: continue
        }
      }
      if events.isEmpty { connection.wait(for: wakeup, milliseconds: 50) }
    }
    return nil
  }
}
