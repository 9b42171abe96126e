import Core
import Synchronization

/// What every loop must agree on: whether intake still takes events, and how many bytes wait in memory.
final class IntakeGate: Sendable {
  private let refusing = Atomic(false)
  private let buffered = Atomic(0)
  private let unanswered = Atomic(0)
  private let lastRequest = Atomic<UInt64>(0)
  private let connections = Atomic(0)
  private let bufferLimit: Atomic<Int>
  private let connectionLimit: Atomic<Int>

  init(_ settings: Settings.HTTP) {
    bufferLimit = Atomic(settings.maxBufferedBytes)
    connectionLimit = Atomic(settings.maxConnections)
  }

  func limit(_ settings: Settings.HTTP) {
    bufferLimit.store(settings.maxBufferedBytes, ordering: .relaxed)
    connectionLimit.store(settings.maxConnections, ordering: .relaxed)
  }

  /// True once the process drains: every request is answered 503 and its connection closed.
  var isRefusing: Bool { refusing.load(ordering: .relaxed) }

  func refuse() { refusing.store(true, ordering: .relaxed) }

  /// Request bytes in memory, of all loops: unfinished requests and batches that are not durable yet.
  var bufferedBytes: Int { buffered.load(ordering: .relaxed) }

  func buffered(_ change: Int) { buffered.wrappingAdd(change, ordering: .relaxed) }

  func hasRoom(for bytes: Int) -> Bool { bufferedBytes + bytes <= bufferLimit.load(ordering: .relaxed) }

  /// Requests whose answer waits for durability.
  var unansweredRequests: Int { unanswered.load(ordering: .relaxed) }

  func unanswered(_ change: Int) { unanswered.wrappingAdd(change, ordering: .relaxed) }

  /// When a request was last seen, monotonic nanoseconds.
  var lastRequestAt: UInt64 { lastRequest.load(ordering: .relaxed) }

  func sawRequest(at now: UInt64) { lastRequest.store(now, ordering: .relaxed) }

  var openConnections: Int { connections.load(ordering: .relaxed) }

  var hasRoomForConnection: Bool { openConnections < connectionLimit.load(ordering: .relaxed) }

  func connection(_ change: Int) { connections.wrappingAdd(change, ordering: .relaxed) }
}
