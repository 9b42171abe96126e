import Synchronization

/// When each client sends its next event, whatever became of the last, and how long answers took from that time on: an answer that
/// comes late makes the next one late too, and that counts.
final class TorturePace: Sendable {
  /// Nanoseconds between two events of one client.
  let interval: UInt64
  private let milliseconds = Mutex<[Int]>([])

  /// `clients` of them send `rate` events a second together.
  init(rate: Int, clients: Int) {
    interval = UInt64(clients) * 1_000_000_000 / UInt64(rate)
  }

  func answered(after nanoseconds: UInt64) {
    milliseconds.withLock { $0.append(Int(nanoseconds / 1_000_000)) }
  }

  /// Milliseconds below which `share` of all answers came; 0 without any.
  func quantile(_ share: Double) -> Int {
    milliseconds.withLock { all in
      guard !all.isEmpty else { return 0 }
      return all.sorted()[min(all.count - 1, Int(Double(all.count) * share))]
    }
  }
}
