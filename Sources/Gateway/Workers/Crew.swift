import Core
import Platform
import Synchronization

/// The workers of a process, and what becomes of one that gives up (contracts.md §9).
final class Crew: Sendable {
  /// What a worker's giving up means.
  enum Resignation: Sendable, Equatable {
    /// The process is nothing without it: it ends, for a supervisor to start it again.
    case endsProcess
    /// That loop alone starts again after a pause; everything else goes on.
    case restarts(after: Duration)
  }

  let workers: [Worker]
  private let office: Office

  /// `make` is called once a sink; it is to pass on who has resigned.
  init(
    _ sinks: [Sink], _ resignation: Resignation, ended: Wakeup, notice: @escaping NoticeWriter,
    make: (Sink, @escaping @Sendable (Worker) -> Void) -> Worker
  ) {
    let office = Office(resignation, ended: ended, notice: notice)
    self.office = office
    workers = sinks.map { sink in make(sink) { office.resigned($0) } }
  }

  /// True once a worker whose resignation ends the process has given up.
  var isGone: Bool { office.isGone.load(ordering: .sequentiallyConsistent) }

  /// Starts every worker; those that run already are to be stopped if one throws.
  func start() throws(WorkerError) {
    for worker in workers { try worker.start() }
  }

  func update(_ settings: Settings) {
    for worker in workers { worker.update(settings) }
  }

  /// Stops all at once, within the same deadline (monotonic nanoseconds).
  func stop(deadline: UInt64) {
    office.close()
    let stopping = workers.map { worker in
      NamedThread("stop-\(worker.sink.rawValue)") { worker.stop(deadline: deadline) }
    }
    for thread in stopping { thread.join() }
  }

  func hurry() {
    for worker in workers { worker.hurry() }
  }

  /// Where resignations are handed in, on the thread of the worker that goes.
  private final class Office: Sendable {
    private let resignation: Resignation
    private let ended: Wakeup
    private let notice: NoticeWriter
    private let patience = Patience()
    /// Threads that wait to start a worker again; `nil` once the crew is being stopped.
    private let restarts = Mutex<[NamedThread]?>([])
    let isGone = Atomic(false)

    init(_ resignation: Resignation, ended: Wakeup, notice: @escaping NoticeWriter) {
      self.resignation = resignation
      self.ended = ended
      self.notice = notice
    }

    func resigned(_ worker: Worker) {
      switch resignation {
      case .endsProcess:
        isGone.store(true, ordering: .sequentiallyConsistent)
        ended.signal()
      case .restarts(let pause):
        restarts.withLock { restarts in
          restarts?.append(NamedThread("restart") { self.restart(worker, after: pause) })
        }
      }
    }

    /// No worker starts again from now on.
    func close() {
      patience.end()
      for thread in restarts.withLock({ $0.take() }) ?? [] { thread.join() }
    }

    private func restart(_ worker: Worker, after pause: Duration) {
      while true {
        guard patience.wait(for: pause) else { return }
        do throws(WorkerError) {
          return try worker.start()
        } catch {
          notice(.warning, "worker-\(worker.sink.rawValue) cannot start: \(error)")
        }
      }
    }
  }
}
