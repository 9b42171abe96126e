package import Core
package import Platform
import Synchronization
import TLS

/// A running gateway: the parts that its role needs, wired together, started and stopped in order.
///
/// No part asks what role it is in; what a role does not need is not built here.
package final class Application: Sendable {
  private let folder: LockedFolder
  /// The embedded queue, or with a broker the spool and the parking lot.
  private let store: EmbeddedQueue
  private let salvage: Salvage
  /// `nil` with the embedded queue alone.
  private let broker: BrokerQueue?
  private let intake: Intake
  private let crew: Crew
  private let wiring: Wiring
  private let report: StatusReport
  private let console: Console
  private let notices: Console
  private let settings: Mutex<Settings>
  private let patience = Patience()
  /// Where it listens, with the ports that the system chose.
  package let addresses: [(address: String, isAdmin: Bool)]
  /// Signalled when there is a reason to end that is no signal; see ``hasGivenUp``.
  package let ended: Wakeup

  /// Starts everything, or nothing. `notices` gets the process's own lines (standard error of the command).
  /// `passed` are listeners that others have bound.
  package init(
    _ settings: Settings, console: Console, notices: Console, zone: LocalTimeZone,
    passed: PassedListeners = PassedListeners()
  ) throws(StartFailure) {
    let wiring = Wiring(settings)
    let security = try Self.security(settings)
    folder = try Self.open(settings.dataDirectory)
    let bound = try Self.bind(settings, wiring, passed)
    addresses = bound.addresses
    let loops = settings.http.threads > 0 ? settings.http.threads : Machine.cores
    let metrics = Metrics(domains: settings.domains.map(\.name), loops: loops)
    let heartbeats = (0..<loops).map { _ in Heartbeat() }
    ended = try Self.orFail { () throws(SystemError) in try Wakeup() }
    let (store, salvage) = try Self.openStore(settings, notices)
    self.store = store
    self.salvage = salvage
    do {
      broker = try Self.broker(settings, wiring, store, notices)
    } catch {
      store.stop()
      throw error
    }
    let queue: any Queue = broker ?? store
    crew = Crew(wiring.workerSinks, wiring.resignation, ended: ended) {
      notices.writeLine($0, $1)
    } make: { sink, resigned in
      Worker(
        sink: sink, settings: wiring.workerSettings(settings), queue: queue, console: console, zone: zone,
        metrics: metrics, resigned: resigned)
    }
    self.wiring = wiring
    self.console = console
    self.notices = notices
    self.settings = Mutex(settings)
    report = StatusReport(
      settings: settings, store: store, broker: broker, workers: crew.workers, console: console, metrics: metrics,
      heartbeats: heartbeats)
    do {
      let pages = report.page
      let dead = DeadDesk(names: settings.queueNames, store: store, broker: broker)
      intake = try Intake(
        bound, settings: settings, queue: queue, console: console, metrics: metrics, heartbeats: heartbeats,
        security: security, recalled: store.takeRecalled(), pages: { pages($0, $1) }, deadPages: { dead.page($0, $1) })
    } catch {
      broker?.stop(deadline: 0)
      store.stop()
      throw StartFailure(resources: error)
    }
    do throws(WorkerError) {
      try crew.start()
    } catch {
      stop()
      throw StartFailure(worker: error)
    }
    salvage.start()
    report.phase = .running
    for (kind, line) in Self.announcements(settings, addresses) { notices.writeLine(kind, line) }
  }

  /// True when a worker has given up without which the process is nothing: it is to be stopped and started again.
  package var hasGivenUp: Bool { crew.isGone }

  /// Takes over what may change while running and names the rest.
  package func reload(_ newer: Settings) {
    let (adopted, differences) = settings.withLock { current in
      let differences = current.differences(to: newer)
      current = current.adopting(newer)
      return (current, differences)
    }
    store.limit(maxBytes: Int64(adopted.spool.maxBytes), deadMaxBytes: Int64(adopted.deadMaxBytes))
    broker?.update(parkedMax: adopted.worker.parkedMax)
    intake.update(adopted)
    renewSecurity(adopted.http.tls)
    crew.update(wiring.workerSettings(adopted))
    let kept = differences.filter(\.needsRestart).map(\.key)
    notices.writeLine(.notice, "settings were read again")
    if !kept.isEmpty {
      notices.writeLine(.warning, "changed, but only a restart takes it over: \(kept.joined(separator: ", "))")
    }
  }

  /// Certificates are renewed in place, so the files are read whether or not their names have changed.
  private func renewSecurity(_ settings: Settings.TLS) {
    do throws(TLSError) {
      intake.secure(with: try TLSContext(settings))
    } catch {
      notices.writeLine(.warning, "\(error.sentence); the old certificate stays in use")
    }
  }

  /// Ends step by step as ``ShutdownMachine`` says (contracts.md §10). Call once.
  package func stop() {
    let shutdown = settings.withLock(\.shutdown)
    var machine = ShutdownMachine(hasBroker: broker != nil)
    var deadline: UInt64 = 0
    machine.terminated()
    while machine.step != .ended {
      switch machine.step {
      case .running, .ended: break
      case .leaving:
        report.phase = .draining
        patience.wait(for: shutdown.delay)
        deadline = patience.deadline(in: shutdown.grace)
      case .finishing: finish(until: deadline)
      case .givingBack: giveBackParked(until: deadline)
      case .confirming: broker?.stopPublishing(deadline: deadline)
      case .acknowledging: broker?.stopConsuming(deadline: deadline)
      case .storing: store.stop()
      case .closing: intake.close()
      }
      machine.ended(machine.step)
    }
    notices.writeLine(.notice, "stopped")
    console.stop(within: .seconds(1))
  }

  private func finish(until deadline: UInt64) {
    salvage.stop()
    if intake.sharesListeners { handOver(until: deadline) }
    intake.refuse()
    broker?.retire()
    let stopping = NamedThread("stop-workers") { [crew] in crew.stop(deadline: deadline) }
    patience.wait(until: deadline) { [intake] in intake.isQuiet }
    stopping.join()
  }

  /// The next process serves whoever connects now; those that are connected get their answers here, and are let go.
  private func handOver(until deadline: UInt64) {
    intake.leave()
    patience.wait(until: min(deadline, patience.deadline(in: Self.handOverPatience))) { [intake] in intake.isQuiet }
    intake.closeIdle()
  }

  private static let handOverPatience = Duration.seconds(2)

  private func giveBackParked(until deadline: UInt64) {
    let left = broker?.giveBackParked(until: deadline) { [patience] in patience.isEnded } ?? 0
    if left > 0 { notices.writeLine(.notice, "\(left) copies that wait stay in the data folder") }
  }

  /// A second signal: whatever `stop` waits for ends now. Nothing that was accepted is lost.
  package func hurry() {
    patience.end()
    crew.hurry()
    broker?.hurry()
  }
}
