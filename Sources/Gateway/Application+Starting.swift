import AMQP
import Core
import Platform
import TLS

extension Application {
  static func open(_ path: String) throws(StartFailure) -> LockedFolder {
    do throws(LockedFolder.Refusal) {
      return try LockedFolder(path)
    } catch {
      throw StartFailure(folder: error, path: path)
    }
  }

  /// What TCP listeners of the public speak; `nil` without TLS.
  static func security(_ settings: Settings) throws(StartFailure) -> TLSContext? {
    do throws(TLSError) {
      return try TLSContext(settings.http.tls)
    } catch {
      throw StartFailure(exitCode: .configuration, description: error.sentence)
    }
  }

  static func bind(
    _ settings: Settings, _ wiring: Wiring, _ passed: PassedListeners
  ) throws(StartFailure) -> Intake.Bound {
    do throws(SystemError) {
      return try Intake.Bound(settings, servesEvents: wiring.servesEvents, passed: passed)
    } catch {
      throw StartFailure(binding: error)
    }
  }

  /// The store, and who takes over what its quarantine holds.
  static func openStore(_ settings: Settings, _ notices: Console) throws(StartFailure) -> (EmbeddedQueue, Salvage) {
    try orFail { () throws(SystemError) in
      let salvaging = try Wakeup()
      var options = EmbeddedQueue.Options(
        folder: settings.dataDirectory, names: settings.queueNames, maxBytes: Int64(settings.spool.maxBytes),
        deadMaxBytes: Int64(settings.deadMaxBytes))
      options.ordered = settings.orderedQueues
      options.salvage = { salvaging.signal() }
      let store = try EmbeddedQueue(options) { notices.writeLine($0, $1) }
      return (store, Salvage(options, into: store, wakeup: salvaging) { notices.writeLine($0, $1) })
    }
  }

  /// The way to RabbitMQ; `nil` with the embedded queue alone. The broker need not be there.
  static func broker(
    _ settings: Settings, _ wiring: Wiring, _ store: EmbeddedQueue, _ notices: Console
  ) throws(StartFailure) -> BrokerQueue? {
    guard settings.queue == .rabbitmq else { return nil }
    let access: BrokerAccess
    do throws(AMQPError) {
      access = try BrokerAccess(settings.broker)
    } catch {
      throw StartFailure(exitCode: .configuration, description: "broker.urls: \(error)")
    }
    var options = BrokerQueue.Options(
      names: settings.queueNames, broker: settings.broker, sinks: wiring.consumedSinks,
      deliversSpooled: !wiring.workerSinks.isEmpty)
    options.takesEvents = wiring.servesEvents
    options.fallback = settings.fallback
    options.fallbackAfter = settings.fallbackAfter
    options.parkedMax = settings.worker.parkedMax
    return try orFail { () throws(SystemError) in
      try BrokerQueue(options, access: access, embedded: store) { notices.writeLine($0, $1) }
    }
  }

  static func orFail<Part>(_ make: () throws(SystemError) -> Part) throws(StartFailure) -> Part {
    do throws(SystemError) {
      return try make()
    } catch {
      throw StartFailure(resources: error)
    }
  }

  /// Says what runs and where; what becomes of a sink that is not configured is the worker's to say.
  static func announcements(_ settings: Settings, _ addresses: [(address: String, isAdmin: Bool)]) -> [(
    ConsoleLineKind, String
  )] {
    var lines: [(ConsoleLineKind, String)] = [
      (
        .notice,
        "beacongate \(Version.current) started: role \(settings.role.rawValue), queue \(settings.queue.rawValue), data in \(settings.dataDirectory)"
      )
    ]
    let purpose = settings.role == .worker ? "health" : "taking events"
    for listener in addresses {
      lines.append((.notice, "\(listener.isAdmin ? "admin listener" : purpose) on \(listener.address)"))
    }
    return lines
  }
}

extension Settings {
  /// Every queue, by number; see `QueueID`.
  var queueNames: [QueueName] {
    let standard = domains.flatMap { domain in
      [Sink.logbeacon, .telegram].map { QueueName(domain: domain.name, sink: $0) }
    }
    return usesWebhook ? standard + domains.map { QueueName(domain: $0.name, sink: .webhook) } : standard
  }

  /// Queues whose lanes keep their order.
  var orderedQueues: Set<QueueName> {
    Set(domains.lazy.filter(\.logbeacon.ordered).map { QueueName(domain: $0.name, sink: .logbeacon) })
  }
}
