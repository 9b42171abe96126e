package import Core
import Synchronization

/// One event loop's counters: preallocated, bounded, a few nanoseconds a count.
///
/// Each loop has its own, so that no two cores write one cache line; a scrape sums them. Safe from any thread.
package final class MetricsShard: Sendable {
  // Literals, so that a place in an array is known without asking for `allCases`; `init` holds them to it.
  private static let paths = 6
  private static let statuses = 23

  let domains: [DomainCounters]
  private let rejections = InlineArray<16, Atomic<Int>> { _ in Atomic(0) }
  private let truncations = InlineArray<2, Atomic<Int>> { _ in Atomic(0) }
  private let requests = InlineArray<1104, Atomic<Int>> { _ in Atomic(0) }
  private let duplicateEvents = Atomic(0)
  private let connections = Atomic(0)
  private let requestDurations = HistogramCounter()

  init(domains: Int) {
    precondition(
      RejectionReason.allCases.count <= 16 && HTTPMethod.allCases.count == 8
        && MetricPath.allCases.count == Self.paths && HTTPStatus.allCases.count == Self.statuses,
      "every label has a counter")
    self.domains = (0..<domains).map { _ in DomainCounters() }
  }

  // MARK: Counting

  /// An event was answered 202. `domain` is its place in the configuration.
  package func accepted(domain: Int, level: Level, stored: StoredIn) {
    domains[domain].add(level, stored)
  }

  package func rejected(_ reason: RejectionReason, count: Int = 1) {
    rejections[reason.index].wrappingAdd(count, ordering: .relaxed)
  }

  /// An event was answered 202 that had been stored before.
  package func duplicate() {
    duplicateEvents.wrappingAdd(1, ordering: .relaxed)
  }

  package func truncated(_ field: TruncatedField) {
    truncations[field == .message ? 0 : 1].wrappingAdd(1, ordering: .relaxed)
  }

  /// A request was answered; `nanoseconds` from its last byte to the answer.
  package func answered(_ method: HTTPMethod, _ path: MetricPath, status: HTTPStatus, nanoseconds: Int) {
    requests[Self.cell(method, path, status)].wrappingAdd(1, ordering: .relaxed)
    requestDurations.record(nanoseconds: nanoseconds)
  }

  package func connectionOpened() {
    connections.wrappingAdd(1, ordering: .relaxed)
  }

  package func connectionClosed() {
    connections.wrappingSubtract(1, ordering: .relaxed)
  }

  // MARK: Reading

  func rejections(_ reason: RejectionReason) -> Int {
    rejections[reason.index].load(ordering: .relaxed)
  }

  var duplicates: Int { duplicateEvents.load(ordering: .relaxed) }

  func truncations(_ field: TruncatedField) -> Int {
    truncations[field == .message ? 0 : 1].load(ordering: .relaxed)
  }

  func requests(_ method: HTTPMethod, _ path: MetricPath, _ status: HTTPStatus) -> Int {
    requests[Self.cell(method, path, status)].load(ordering: .relaxed)
  }

  var openConnections: Int { connections.load(ordering: .relaxed) }

  var requestSeconds: HistogramSnapshot { requestDurations.snapshot() }

  private static func cell(_ method: HTTPMethod, _ path: MetricPath, _ status: HTTPStatus) -> Int {
    (Int(method.rawValue) * paths + path.index) * statuses + status.index
  }
}

/// Accepted events of one domain, by level and by where they are stored.
final class DomainCounters: Sendable {
  private let cells = InlineArray<18, Atomic<Int>> { _ in Atomic(0) }

  func add(_ level: Level, _ stored: StoredIn) {
    cells[level.index * 3 + stored.index].wrappingAdd(1, ordering: .relaxed)
  }

  func count(_ level: Level, _ stored: StoredIn) -> Int {
    cells[level.index * 3 + stored.index].load(ordering: .relaxed)
  }
}
