import AMQP
import Core
import Platform
import Synchronization

/// Looks at the broker on connections of its own: every URL, then the queues over the first that answers.
///
/// Nothing is declared, consumed or sent to a queue. A message without a queue shows whether publishers are let through;
/// the broker hands it back.
struct BrokerProbe: Sendable {
  /// Redeclares of one queue, each of which names one more of its arguments.
  private static let maxArguments = 16
  private static let publishChannel: UInt16 = 2

  let access: BrokerAccess
  let names: [QueueName]
  let type: Settings.QueueType?
  let timeout: Duration

  /// Asks on a thread that is left behind if it does not come to an end: the look-up of a name cannot be interrupted.
  func findings() -> [Finding] {
    let found = Found()
    guard let done = try? Wakeup() else { return [.fail("broker", "the process is out of descriptors")] }
    let thread = NamedThread("doctor-broker") {
      self.run { findings in found.findings.withLock { $0 += findings } }
      found.isComplete.store(true, ordering: .sequentiallyConsistent)
      done.signal()
    }
    // Each URL twice (a blocked connection is given up), and the queues.
    let limit = timeout * (2 * access.urls.count + 5)
    let deadline = ContinuousClock.now + limit
    while !found.isComplete.load(ordering: .sequentiallyConsistent), ContinuousClock.now < deadline {
      done.wait(milliseconds: 100)
    }
    let isComplete = found.isComplete.load(ordering: .sequentiallyConsistent)
    if isComplete { thread.join() }
    let findings = found.findings.withLock { $0 }
    return isComplete
      ? findings : findings + [.fail("broker", "it did not answer in time; check the name service and the network")]
  }

  private final class Found: Sendable {
    let findings = Mutex<[Finding]>([])
    let isComplete = Atomic(false)
  }

  private func run(_ report: ([Finding]) -> Void) {
    guard let wakeup = try? Wakeup() else { return report([.fail("broker", "the process is out of descriptors")]) }
    var usable: AMQPURL?
    for url in access.urls {
      let reading = reading(url, wakeup)
      report(reading.findings)
      if reading.isConnected, usable == nil { usable = url }
    }
    guard let usable else { return }
    do throws(AMQPError) {
      let side = BrokerSideChannel(try AMQPConnection(usable, access.options("doctor")), wakeup: wakeup)
      defer { side.close() }
      let deadline = Clock.monotonicNanoseconds() + UInt64(max(0, timeout * 4 / .nanoseconds(1)))
      for (index, name) in names.enumerated() {
        guard Clock.monotonicNanoseconds() < deadline else {
          return report([.warn("broker", "\(names.count - index) queues were not asked for in time; raise --timeout")])
        }
        report(try queue(name, side, deadline).findings)
      }
      report([
        .ok(
          "broker",
          "policies (TTL, length limits, dead-lettering) do not show here; look with rabbitmqctl list_policies")
      ])
    } catch {
      report([.fail("broker", "\(usable): \(error)")])
    }
  }

  // MARK: One URL

  private func reading(_ url: AMQPURL, _ wakeup: Wakeup) -> BrokerReading {
    do throws(AMQPError) {
      let connection = try AMQPConnection(url, access.options("doctor"))
      defer { connection.close() }
      let server = connection.serverProperties
      var found = BrokerReading.Connection()
      found.product = [server.string("product"), server.string("version")].compactMap { $0 }.joined(separator: " ")
      found.cluster = server.string("cluster_name") ?? ""
      found.heartbeat = connection.heartbeatSeconds
      found.channels = connection.channelLimit
      found.frameBytes = connection.frameBytes
      found.publishing = try publishing(connection, wakeup)
      return BrokerReading(url: url.description, .success(found))
    } catch {
      return BrokerReading(url: url.description, .failure(BrokerReading.Fault(error)))
    }
  }

  private func publishing(_ connection: AMQPConnection, _ wakeup: Wakeup) throws(AMQPError) -> BrokerReading.Publishing
  {
    let channel = Self.publishChannel
    try connection.openChannel(channel)
    try connection.selectConfirms(channel)
    let key = "beacongate.doctor.\(Clock.monotonicNanoseconds())"
    try connection.publish(
      channel, routingKey: key, properties: AMQPProperties(type: "doctor"), body: Array("{}".utf8).span)
    let deadline = Clock.monotonicNanoseconds() + UInt64(max(0, timeout / .nanoseconds(1)))
    while true {
      var events: [AMQPEvent] = []
      let hasMore = try connection.receive(into: &events)
      for event in events {
        switch event {
        case .acked, .nacked: return .allowed
        case .blocked(let reason): return .blocked(reason)
        case .channelClosed(_, _, let text): return .forbidden(text)
        default: break
        }
      }
      if hasMore { continue }
      let now = Clock.monotonicNanoseconds()
      guard now < deadline else { return .unanswered }
      connection.wait(for: wakeup, milliseconds: Int32(clamping: (deadline - now) / 1_000_000 + 1))
    }
  }

  // MARK: One queue

  private func queue(_ name: QueueName, _ side: BrokerSideChannel, _ deadline: UInt64) throws(AMQPError) -> QueueReading
  {
    var reading = QueueReading(name: "\(name)", condition: .missing)
    switch try side.declare(.passive("\(name)"), by: deadline) {
    case .declared(let messages, let consumers): reading.condition = .there(messages: messages, consumers: consumers)
    case .refused(404, _): return reading
    case .refused(_, let text):
      reading.condition = .refused(text)
      return reading
    }
    try learnArguments(&reading, side, deadline)
    if case .declared(let dead, _) = try side.declare(.passive(name.deadName), by: deadline) { reading.dead = dead }
    if let lock = name.lockName, case .refused(405, _) = try side.declare(.passive(lock), by: deadline) {
      reading.isLocked = true
    }
    return reading
  }

  /// Declares a queue that exists as it ought to be: nothing happens if it is so, else the broker names a difference (406),
  /// which goes into the next try.
  private func learnArguments(
    _ reading: inout QueueReading, _ side: BrokerSideChannel, _ deadline: UInt64
  ) throws(AMQPError) {
    var declaration = AMQPQueueDeclaration.durable(reading.name, type: nil)
    for _ in 0..<Self.maxArguments {
      switch try side.declare(declaration, by: deadline) {
      case .declared: return
      case .refused(406, let text):
        guard let argument = QueueArgument(refusal: text),
          !reading.arguments.contains(where: { $0.name == argument.name })
        else {
          reading.unknownRest = text
          return
        }
        reading.arguments.append(argument)
        declaration.apply(argument)
      case .refused(_, let text):
        reading.unknownRest = text
        return
      }
    }
    reading.unknownRest = "there are more than \(Self.maxArguments)"
  }
}

extension AMQPQueueDeclaration {
  fileprivate mutating func apply(_ argument: QueueArgument) {
    switch (argument.name, argument.value) {
    case ("durable", _): isDurable.toggle()
    case ("exclusive", _): isExclusive.toggle()
    case ("auto_delete", _): isAutoDelete.toggle()
    case (_, .none): break
    case (let name, .number(let number)): arguments.append(name, .integer(number))
    case (let name, .text(let text)): arguments.append(name, .string(text))
    }
  }
}

extension BrokerReading.Fault {
  init(_ error: AMQPError) {
    let failure: BrokerReading.Failure =
      switch error.code {
      case .resolve: .resolve
      case .unreachable: .unreachable
      case .timeout, .protocol: .silent
      case .tls: .tls
      // 530: no such virtual host, or not this user's.
      case .login: error.underlyingCode == 530 ? .virtualHost : .login
      case .invalidURL, .closedByServer, .heartbeat, .lost: .other
      }
    // What the system says of a connection that was begun without waiting says nothing.
    let text = failure == .unreachable ? "nobody listens there, or there is no way to the host" : error.description
    self.init(failure, text)
  }
}

extension Doctor {
  func broker() -> [Finding] {
    guard settings.queue == .rabbitmq else {
      return [.ok("broker", "none is configured; the embedded queue is all there is")]
    }
    let access: BrokerAccess
    do throws(AMQPError) {
      access = try BrokerAccess(settings.broker, connectTimeout: options.timeout)
    } catch {
      return [.fail("broker", "broker.urls: \(error)", .configuration)]
    }
    let wanted = settings.queueNames.filter { name in
      guard let domain = settings.domains.first(where: { $0.name == name.domain }) else { return false }
      return switch name.sink {
      case .logbeacon: domain.logbeacon.url != .unwanted
      case .telegram: domain.telegram.botToken != .unwanted
      case .webhook: domain.webhook.url != .unwanted
      }
    }
    return BrokerProbe(access: access, names: wanted, type: settings.broker.queueType, timeout: options.timeout)
      .findings()
  }
}
