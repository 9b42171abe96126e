import EventLoop
import Platform
import Synchronization

/// Spreads connections over the loops. The kernel wakes whichever loop it likes, and one that is awake finds most of them: it hands
/// those above its share to the loop that has the fewest.
final class LoopRoster: Sendable {
  private final class Member: Sendable {
    let mailbox: Mailbox<IntakeLoop.Message>
    let shard: MetricsShard
    /// Connections that lie in the mailbox.
    let arriving = Atomic(0)

    init(_ mailbox: Mailbox<IntakeLoop.Message>, _ shard: MetricsShard) {
      self.mailbox = mailbox
      self.shard = shard
    }

    var load: Int { shard.openConnections + arriving.load(ordering: .relaxed) }
  }

  private let members: [Member]
  /// Loops that may still hand one over.
  private let accepting = Atomic(0)

  init(_ mailboxes: [Mailbox<IntakeLoop.Message>], _ metrics: Metrics) {
    members = zip(mailboxes, metrics.shards).map(Member.init)
  }

  /// One more loop accepts connections.
  func joined() { accepting.wrappingAdd(1, ordering: .acquiringAndReleasing) }

  /// A loop accepts no more, and hands none over. With the last one, those that have waited for it may end.
  func left() {
    guard accepting.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
    for member in members { member.mailbox.send(.closeIdle) }
  }

  /// Who should have the connection that loop `index` has accepted, if not itself: a loop that has fewer.
  func lighter(than index: Int) -> Int? {
    guard members.count > 1 else { return nil }
    var lightest = index
    for other in members.indices where members[other].load < members[lightest].load { lightest = other }
    return lightest == index ? nil : lightest
  }

  func hand(_ socket: Socket, _ site: Site, to index: Int) {
    members[index].arriving.wrappingAdd(1, ordering: .relaxed)
    members[index].mailbox.send(.connection(socket, site))
  }

  /// Loop `index` has taken out one that was handed to it.
  func arrived(at index: Int) { members[index].arriving.wrappingSubtract(1, ordering: .relaxed) }

  /// Whether loop `index` is handed no more: all have left, and nothing lies in its mailbox.
  func isSettled(_ index: Int) -> Bool {
    accepting.load(ordering: .acquiring) == 0 && members[index].arriving.load(ordering: .relaxed) == 0
  }
}
