import Core
import Platform
import Synchronization

/// What all loops know of events with client-given ids: drawers with a lock each, which is held for one look-up.
final class SeenEvents: Sendable {
  private static let drawerCount = 16
  /// Events in a drawer, 98,304 in all: three quarters of a power of two, so that a full table wastes no memory.
  private static let drawerCapacity = 6144

  private final class Drawer: Sendable {
    let table: Mutex<SeenTable>

    init(window: Int64) {
      table = Mutex(SeenTable(window: window, capacity: SeenEvents.drawerCapacity))
    }
  }

  private let drawers: [Drawer]
  private let window: Atomic<Int64>
  /// Of every loop, by its number.
  private let mailboxes = Mutex<[Mailbox<IntakeLoop.Message>]>([])

  init(window: Duration) {
    self.window = Atomic(window.milliseconds)
    drawers = (0..<Self.drawerCount).map { _ in Drawer(window: window.milliseconds) }
  }

  /// Whoever waits on the loop of `mailbox` is to say so with the number that this returns.
  func join(_ mailbox: Mailbox<IntakeLoop.Message>) -> Int {
    mailboxes.withLock { mailboxes in
      mailboxes.append(mailbox)
      return mailboxes.count - 1
    }
  }

  /// False while `intake.dedup_window` is 0.
  var isOn: Bool { window.load(ordering: .relaxed) > 0 }

  func update(window: Duration) {
    self.window.store(window.milliseconds, ordering: .relaxed)
    for drawer in drawers { drawer.table.withLock { $0.window = window.milliseconds } }
  }

  func recalled(_ events: [(event: SeenEvent, at: Int64)], now: Int64) {
    for (event, at) in events { drawer(event.key).table.withLock { $0.recalled(event, at: at, now: now) } }
  }

  func claimed(
    _ key: ContentDigest, _ content: ContentDigest, now: Int64, waiter: SeenTable.Waiter
  ) -> SeenTable.Verdict {
    drawer(key).table.withLock { $0.claimed(key, content, now: now, waiter: waiter) }
  }

  /// The first was made durable at `place`, or failed; whoever waits for it is told.
  func ended(_ key: ContentDigest, _ end: TwinEnd, now: Int64) {
    let waiting = drawer(key).table.withLock { table in
      if case .stored(let place) = end { table.stored(key, in: place, now: now) } else { table.failed(key) }
    }
    guard !waiting.isEmpty else { return }
    let mailboxes = mailboxes.withLock { $0 }
    for other in waiting {
      mailboxes[other.waiter.loop].send(.twinEnded(other.waiter.twin, other.isSame ? end : end.ofOther))
    }
  }

  private func drawer(_ key: ContentDigest) -> Drawer { drawers[key.drawer(of: Self.drawerCount)] }
}

/// What became of the first event with an id, for those that wait for it.
enum TwinEnd: Sendable {
  case stored(StoredIn)
  /// It is stored, and has other content.
  case conflict
  case failed(StoreFailure)

  /// The same for an event with other content.
  fileprivate var ofOther: TwinEnd {
    if case .stored = self { .conflict } else { self }
  }
}
