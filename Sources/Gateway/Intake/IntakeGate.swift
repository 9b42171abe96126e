import Core
import Platform
import Synchronization

/// What every loop must agree on: whether intake still takes events, and how many bytes wait in memory.
final class IntakeGate: Sendable {
  private let refusing = Atomic(false)
  private let leaving = Atomic(false)
  private let buffered = Atomic(0)
  private let unanswered = Atomic(0)
  private let lastRequest = Atomic<UInt64>(0)
  private let connections = Atomic(0)
  private let adminConnections = Atomic(0)
  /// Operators come in whatever the public does; a few dozen are enough for them.
  private static let maxAdminConnections = 64
  private let bufferLimit: Atomic<Int>
  private let connectionLimit: Atomic<Int>

  init(_ settings: Settings.HTTP) {
    bufferLimit = Atomic(settings.maxBufferedBytes)
    connectionLimit = Atomic(Self.connectionLimit(settings))
  }

  func limit(_ settings: Settings.HTTP) {
    bufferLimit.store(settings.maxBufferedBytes, ordering: .relaxed)
    connectionLimit.store(Self.connectionLimit(settings), ordering: .relaxed)
  }

  private static func connectionLimit(_ settings: Settings.HTTP) -> Int {
    let limit = Machine.descriptorLimit
    return min(settings.maxConnections, limit - min(DescriptorReading.others, limit / 2))
  }

  /// True once the process drains: every request is answered 503 and its connection closed.
  var isRefusing: Bool { refusing.load(ordering: .relaxed) }

  func refuse() {
    leave()
    refusing.store(true, ordering: .relaxed)
  }

  /// True once connections are given up: each closes with its next answer, whether or not that is a refusal.
  var isLeaving: Bool { leaving.load(ordering: .relaxed) }

  func leave() { leaving.store(true, ordering: .relaxed) }

  /// Request bytes in memory, of all loops: unfinished requests and batches that are not durable yet.
  var bufferedBytes: Int { buffered.load(ordering: .relaxed) }

  func buffered(_ change: Int) { buffered.wrappingAdd(change, ordering: .relaxed) }

  func hasRoom(for bytes: Int) -> Bool { bufferedBytes + bytes <= bufferLimit.load(ordering: .relaxed) }

  /// How many bytes one of `loops` hands to the queue before it waits for them: a quarter of the limit for all together.
  func bytesToStore(ofLoops loops: Int) -> Int { bufferLimit.load(ordering: .relaxed) / 4 / loops }

  /// ``bufferedBytes`` as a part of `http.max_buffered_bytes`.
  var fill: Double { Double(bufferedBytes) / Double(bufferLimit.load(ordering: .relaxed)) }

  /// Requests whose answer waits for durability.
  var unansweredRequests: Int { unanswered.load(ordering: .relaxed) }

  func unanswered(_ change: Int) { unanswered.wrappingAdd(change, ordering: .relaxed) }

  /// When a request was last seen, monotonic nanoseconds.
  var lastRequestAt: UInt64 { lastRequest.load(ordering: .relaxed) }

  func sawRequest(at now: UInt64) { lastRequest.store(now, ordering: .relaxed) }

  /// Of the public listeners.
  var openConnections: Int { connections.load(ordering: .relaxed) }

  func hasRoomForConnection(_ site: Site) -> Bool {
    site.isAdmin
      ? adminConnections.load(ordering: .relaxed) < Self.maxAdminConnections
      : openConnections < connectionLimit.load(ordering: .relaxed)
  }

  func connection(_ change: Int, _ site: Site) {
    if site.isAdmin {
      adminConnections.wrappingAdd(change, ordering: .relaxed)
    } else {
      connections.wrappingAdd(change, ordering: .relaxed)
    }
  }
}
