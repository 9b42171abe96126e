import Core
import Fakes
import Foundation
import Gateway
import Platform

/// A worker over a queue in memory, with its console in a file; everything is stopped when the bench goes.
final class WorkerBench {
  static let domains = ["shop.example", "other.example"]
  static let shop = KeyPair(domain: "shop.example", program: "api")

  let queue = MemoryQueue()
  let folder: TemporaryDirectory
  private let sink: Sink
  private let log: FileHandle
  let console: Console
  private(set) var worker: Worker?

  init(_ sink: Sink, hasConsole: Bool = true, folder: TemporaryDirectory? = nil) throws {
    self.sink = sink
    self.folder = try folder ?? TemporaryDirectory()
    try self.folder.write("", to: "console.log")
    let path = self.folder.file("console.log")
    guard let log = FileHandle(forWritingAtPath: path) else { throw CocoaError(.fileNoSuchFile) }
    self.log = log
    let formatter = ConsoleFormatter(
      style: .pretty(color: false), locale: .traditionalChinese, defaultDomain: Self.domains[0],
      defaultProgram: "default", time: .utc)
    console = hasConsole ? try Console(output: OutputDescriptor(log.fileDescriptor), formatter: formatter) : .off
  }

  deinit {
    worker?.stop(deadline: Clock.monotonicNanoseconds())
    console.stop(within: .seconds(1))
    queue.stop()
  }

  /// Two domains, quick retries, no sink; `change` configures the rest, `domain` every domain.
  func settings(
    _ change: (inout Settings) -> Void = { _ in }, domain: (inout Settings.Domain) -> Void = { _ in }
  ) -> Settings {
    var settings = Settings()
    settings.dataDirectory = folder.path
    settings.worker.healthInterval = .zero
    settings.retry.delay = .milliseconds(1)
    settings.retry.maxDelay = .milliseconds(20)
    change(&settings)
    settings.domains = Self.domains.map { name in
      var one = Settings.Domain(name: name)
      one.logbeacon = settings.logbeacon
      one.telegram = settings.telegram
      one.webhook = settings.webhook
      domain(&one)
      return one
    }
    return settings
  }

  func start(_ settings: Settings, resigned: @escaping @Sendable (Worker) -> Void = { _ in }) throws {
    let worker = Worker(
      sink: sink, settings: settings, queue: queue, console: console, zone: .utc, resigned: resigned)
    try worker.start()
    self.worker = worker
  }

  func stop(within duration: Duration = .seconds(5)) {
    worker?.stop(deadline: Clock.monotonicNanoseconds() + UInt64(duration / .nanoseconds(1)))
    worker = nil
  }

  func update(_ settings: Settings) { worker?.update(settings) }

  /// Ends a stop that waits, or that is to come.
  func hurry() { worker?.hurry() }

  func publish(
    _ id: String, domain: String = domains[0], program: String = "api", level: Int = 1, target: String? = nil,
    attempt: Int = 0, digest: ContentDigest? = nil, isReplayed: Bool = false, message: String? = nil,
    info: String = "訂單", lane: String? = nil, storedAt: Int64 = Clock.unixMilliseconds()
  ) {
    let end = target.map { #","target":"\#($0)"}"# } ?? "}"
    queue.publish(
      QueueName(domain: domain, sink: sink), id: target.map { "\(id).\($0)" } ?? id,
      #"{"v":1,"id":"\#(id)","timestamp":"2025-01-15T10:30:00.000Z","domain":"\#(domain)","#
        + #""program_name":"\#(program)","level":\#(level),"level_name":"\#(Self.names[level] ?? "")","#
        + #""def_name":"pay","message":"\#(message ?? "支付 \(id)")","extra_info":"\#(info)","hash_value":"h1""# + end,
      attempt: attempt, digest: digest, isReplayed: isReplayed, lane: lane,
      storedAt: storedAt)
  }

  private static let names = [1: "Info", 9: "Error", 11: "Info_CTG", 91: "Error_CTG"]

  /// Whether `text` appears on the console in time.
  func says(_ text: String) -> Bool { waitUntil { consoleText.contains(text) } }

  var consoleText: String { folder.read("console.log") }

  /// The first domain's account.
  var status: WorkerSnapshot.Queue? { worker?.snapshot().queues[0] }
}
