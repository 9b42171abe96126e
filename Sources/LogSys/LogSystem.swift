import Core
import Platform
import Synchronization

/// A program's line to a Beacongate gateway: ``log(_:_:_:_:hashValue:)`` returns once the event is durable there.
///
/// Calls may be made from any task. Lost answers, 408, 429 and 5xx are tried again under the same event id, by which
/// a repeated delivery can be told. The network runs on a thread of its own.
public final class LogSystem: Sendable {
  private let program: String
  private let domain: String?
  private let office: Office
  private let thread: Mutex<NamedThread?>

  /// Connects to nothing yet; the gateway may come up later.
  ///
  /// - Parameters:
  ///   - url: The gateway, `http://127.0.0.1:8080`; the path `/log` is added.
  ///   - programName: Tells this program's events from others': `[A-Za-z0-9._-]`, at most 64.
  ///   - domain: One of the gateway's domains; its first if `nil`.
  ///   - token: A bearer token of the gateway's `auth.tokens`.
  ///   - limits: How long and how often a call is tried, and how many may wait.
  public init(
    url: String = "http://127.0.0.1:8080", programName: String, domain: String? = nil, token: String? = nil,
    limits: Limits = Limits()
  ) throws(LogSystemError) {
    program = programName
    self.domain = domain
    let request = try Post.template(url: url, token: token, limits: limits)
    let office = Office(maxWaiting: limits.waitingCalls)
    self.office = office
    thread = Mutex(NamedThread("logsys") { Courier.run(office, template: request, limits: limits) })
  }

  deinit {
    office.close(within: .zero)
    join()
  }

  /// Sends one event and waits until the gateway has it safe.
  ///
  /// - Parameters:
  ///   - level: Decides where it goes.
  ///   - defName: The function or task that speaks; at most 255 characters.
  ///   - message: The sentence; cut by the gateway at 10,000 characters.
  ///   - extraInfo: Any JSON value; cut by the gateway at 3,000 characters.
  ///   - hashValue: Ties events together that belong to one operation; at most 128 characters.
  /// - Throws: Whatever keeps the event from being known as safe.
  @discardableResult
  public func log(
    _ level: LogLevel, _ defName: String, _ message: String, _ extraInfo: some Encodable = "", hashValue: String = ""
  ) async throws(LogSystemError) -> LogReceipt {
    let now = Clock.unixMilliseconds()
    let id = office.newID(now).description
    let event = EventBody(
      id: id, timestamp: Double(now) / 1000, level: level.rawValue, defName: defName, message: message,
      extraInfo: extraInfo, hashValue: hashValue, programName: program, domain: domain)
    let post = Post(id: id, body: try event.encoded())
    return try await withTaskCancellationHandler {
      await withCheckedContinuation { office.send(post, $0) }
    } onCancel: {
      office.cancel(id)
    }.get()
  }

  /// Refuses new calls, waits up to 5 seconds for those under way, and ends the thread.
  ///
  /// A call that is not through by then throws `.closed`.
  public func close() async {
    office.close(within: .seconds(5))
    await withCheckedContinuation { office.whenOver($0) }
    join()
  }

  /// The thread is at its end, or ends at once.
  private func join() {
    let thread = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    thread?.join()
  }
}

extension LogSystem {
  /// The bounds of a ``LogSystem``.
  public struct Limits: Sendable {
    /// Calls that may wait at a time; one more throws `.busy`.
    public var waitingCalls = 1000
    /// Requests on the wire at a time.
    public var requests = 16
    /// How often one event is sent at most.
    public var attempts = 8
    /// A call's end at the latest, attempts and waits together.
    public var callTimeout = Duration.seconds(30)
    /// One attempt's end at the latest.
    public var attemptTimeout = Duration.seconds(10)

    /// The defaults.
    public init() {}
  }
}
