import Core
import Synchronization

/// Who reads along: every loop asks once a turn, and gives what it has taken to each of them.
final class TailHub: Sendable {
  /// Readers at once; the next one is answered 503.
  static let maxTails = 16

  private struct State {
    var tails: [Tail] = []
    var hasEnded = false
  }

  private let state = Mutex(State())
  /// Whether there is any: all that an event costs while nobody reads.
  private let watched = Atomic(false)

  var isWatched: Bool { watched.load(ordering: .relaxed) }

  /// Those that read now.
  var tails: [Tail] { state.withLock(\.tails) }

  /// False if there is no room, or the gateway stops.
  func join(_ tail: Tail) -> Bool {
    state.withLock { state in
      guard !state.hasEnded, state.tails.count < Self.maxTails else { return false }
      state.tails.append(tail)
      watched.store(true, ordering: .relaxed)
      return true
    }
  }

  func leave(_ tail: Tail) {
    state.withLock { state in
      state.tails.removeAll { $0 === tail }
      watched.store(!state.tails.isEmpty, ordering: .relaxed)
    }
  }

  /// The gateway stops: each gets what waits for it and the end.
  func end() {
    let tails = state.withLock { state in
      state.hasEnded = true
      return state.tails
    }
    for tail in tails { tail.change { $0.ended() } }
  }
}
