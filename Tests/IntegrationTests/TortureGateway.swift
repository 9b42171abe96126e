import Fakes
import Glibc
import Synchronization

/// The gateway of a torture run: killed, ended, frozen and started again, always on the same folder.
final class TortureGateway {
  private let environment: [String: String]
  private let folder: TemporaryDirectory
  private(set) var process: GatewayProcess?
  private(set) var complaints: [String] = []
  /// The longest time from a start to the first 200 on `/health`.
  private(set) var slowestStart = Duration.zero
  let port = SharedPort()

  /// Where the gateway listens, for the clients' threads.
  final class SharedPort: Sendable {
    private let value = Atomic<UInt16>(1)
    var current: UInt16 { value.load(ordering: .acquiring) }
    func change(_ port: UInt16) { value.store(port, ordering: .releasing) }
  }

  init(environment: [String: String], folder: TemporaryDirectory) {
    self.environment = environment
    self.folder = folder
  }

  var isRunning: Bool { process?.child.isRunning == true }

  /// Starts a process; it may not be ready yet.
  func launch() throws {
    let process = try GatewayProcess(environment: environment, folder: folder)
    self.process = process
    port.change(process.port)
  }

  func start() throws {
    let begun = ContinuousClock.now
    try launch()
    guard let process, process.waitUntilHealthy(timeout: .seconds(30)) else {
      complaints.append("not ready after a start: \(process?.standardError.suffix(300) ?? "")")
      return
    }
    slowestStart = max(slowestStart, begun.duration(to: .now))
  }

  func kill() {
    process?.kill(SIGKILL)
    if process?.wait() == nil { complaints.append("SIGKILL did not end it") }
  }

  /// SIGTERM; exit 0 is promised, whatever else is wrong.
  func terminate() {
    process?.kill(SIGTERM)
    guard let exit = process?.wait(timeout: .seconds(30)) else {
      complaints.append("SIGTERM did not end it")
      return kill()
    }
    if exit != .code(0) { complaints.append("SIGTERM ended in \(exit): \(process?.standardError.suffix(300) ?? "")") }
  }

  func freeze(milliseconds: Int) {
    process?.kill(SIGSTOP)
    pause(milliseconds)
    process?.kill(SIGCONT)
  }

  /// The value of a metric without labels, or the sum over all labels.
  func metric(_ name: String) -> Int? {
    guard let text = try? process?.request("GET", "/metrics", onAdmin: true).text else { return nil }
    var sum: Int?
    for line in text.split(separator: "\n") where line.hasPrefix(name + " ") || line.hasPrefix(name + "{") {
      if let value = line.split(separator: " ").last.flatMap({ Double($0) }) { sum = (sum ?? 0) + Int(value) }
    }
    return sum
  }
}

/// Lets time go by while a fault lasts.
func pause(_ milliseconds: Int) {
  _ = waitUntil(timeout: .milliseconds(milliseconds)) { false }
}
