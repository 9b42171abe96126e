package import Core
import Platform
import Synchronization

/// A running gateway: the parts that its role needs, wired together, started and stopped in order.
///
/// No part asks what role it is in; what a role does not need is not built here.
package final class Application: Sendable {
  private let folder: LockedFolder
  private let queue: EmbeddedQueue
  private let intake: Intake
  private let workers: [Worker]
  private let report: StatusReport
  private let console: Console
  private let notices: Console
  private let settings: Mutex<Settings>
  /// Where it listens, with the ports that the system chose.
  package let addresses: [(address: String, isAdmin: Bool)]

  /// Starts everything, or nothing. `notices` gets the process's own lines (standard error of the command).
  package init(_ settings: Settings, console: Console, notices: Console, zone: LocalTimeZone) throws(StartFailure) {
    folder = try Self.open(settings.dataDirectory)
    let bound: Intake.Bound
    do { bound = try Intake.Bound(settings) } catch { throw StartFailure(binding: error) }
    addresses = bound.addresses
    let names = settings.domains.flatMap { domain in
      Sink.allCases.map { QueueName(domain: domain.name, sink: $0) }
    }
    let loops = settings.http.threads > 0 ? settings.http.threads : Machine.cores
    let metrics = Metrics(domains: settings.domains.map(\.name), loops: loops)
    let heartbeats = (0..<loops).map { _ in Heartbeat() }
    do {
      let options = EmbeddedQueue.Options(
        folder: settings.dataDirectory, names: names, maxBytes: Int64(settings.spool.maxBytes),
        deadMaxBytes: Int64(settings.deadMaxBytes))
      let queue = try EmbeddedQueue(options) { notices.writeLine(.warning, $0) }
      self.queue = queue
      workers = Sink.allCases.filter(settings.workers.contains).map { sink in
        Worker(sink: sink, settings: settings, queue: queue, console: console, zone: zone, metrics: metrics)
      }
    } catch {
      throw StartFailure(resources: error)
    }
    self.console = console
    self.notices = notices
    self.settings = Mutex(settings)
    report = StatusReport(
      settings: settings, queue: queue, workers: workers, console: console, metrics: metrics, heartbeats: heartbeats)
    do {
      let pages = report.page
      intake = try Intake(
        bound, settings: settings, queue: queue, console: console, metrics: metrics, heartbeats: heartbeats,
        pages: { pages($0, $1) })
    } catch {
      queue.stop()
      throw StartFailure(resources: error)
    }
    for worker in workers {
      do throws(WorkerError) {
        try worker.start()
      } catch {
        stop()
        throw StartFailure(worker: error)
      }
    }
    report.phase = .running
    for (kind, line) in Self.announcements(settings, addresses) { notices.writeLine(kind, line) }
  }

  /// Takes over what may change while running and names the rest.
  package func reload(_ newer: Settings) {
    let (adopted, differences) = settings.withLock { current in
      let differences = current.differences(to: newer)
      current = current.adopting(newer)
      return (current, differences)
    }
    queue.limit(maxBytes: Int64(adopted.spool.maxBytes), deadMaxBytes: Int64(adopted.deadMaxBytes))
    intake.update(adopted)
    for worker in workers { worker.update(adopted) }
    let kept = differences.filter(\.needsRestart).map(\.key)
    notices.writeLine(.notice, "settings were read again")
    if !kept.isEmpty {
      notices.writeLine(.warning, "changed, but only a restart takes it over: \(kept.joined(separator: ", "))")
    }
  }

  /// Ends in the right order (contracts.md §10): health turns 503; after `shutdown.delay` intake refuses; what is in
  /// flight gets `shutdown.grace`; what is stored stays stored; listeners close last. Call once.
  package func stop() {
    let shutdown = settings.withLock(\.shutdown)
    report.phase = .draining
    patience.wait(for: shutdown.delay)
    intake.refuse()
    let deadline = patience.deadline(in: shutdown.grace)
    let stopping = workers.map { worker in
      NamedThread("stop-\(worker.sink.rawValue)") { worker.stop(deadline: deadline) }
    }
    patience.wait(until: deadline) { [intake] in intake.isQuiet }
    for thread in stopping { thread.join() }
    queue.stop()
    intake.close()
    notices.writeLine(.notice, "stopped")
    console.stop(within: .seconds(1))
  }

  /// A second signal: whatever `stop` waits for ends now. Nothing that was accepted is lost.
  package func hurry() {
    patience.end()
    for worker in workers { worker.hurry() }
  }

  private let patience = Patience()
}
