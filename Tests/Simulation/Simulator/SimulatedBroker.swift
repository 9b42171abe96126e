import Core

/// The broker: its queues, and what it knows of its two links. What it has confirmed it forgets for nothing but an ack; what
/// it took and did not confirm may be gone when it dies.
struct SimulatedBroker: Sendable {
  /// Copies that a full queue holds.
  static let maxLength = 4

  /// A copy as it lies in a message.
  struct Item: Sendable {
    let copy: Int
    let digest: UInt64
    let attempt: Int
  }

  struct Message: Sendable {
    let serial: Int
    /// One, or those of a pack.
    var items: [Item]
    /// What a dead letter says; `nil` for a copy that is to be delivered.
    var note: DeathNote?
  }

  struct Queue: Sendable {
    var exists = true
    /// Oldest first.
    var messages: [Message] = []
  }

  var queues = [Queue](repeating: Queue(), count: SimulatedGateway.queues)
  private(set) var dead: [Message] = []
  /// Dead letters find their queue.
  var hasDeadQueues = true
  var isRunning = true
  /// It does nothing, and its links stay.
  var isFrozen = false
  /// A memory alarm: it reads nothing of what is published.
  var isBlocked = false
  /// Queues refuse (nack) what goes beyond their length.
  var isFull = false
  /// Another worker has the lock of the last queue.
  var isLockedByOther = false
  var publishing: PublishingLink?
  var consuming: ConsumingLink?
  /// Messages that it has not confirmed.
  private(set) var volatile: Set<Int> = []
  private var lastSerial = 0

  var works: Bool { isRunning && !isFrozen }

  /// Copies that would be there after a power failure.
  func durableCopies(into copies: inout Set<Int>) {
    func add(_ messages: some Sequence<Message>) {
      for message in messages where !volatile.contains(message.serial) { copies.formUnion(message.items.map(\.copy)) }
    }
    for queue in queues { add(queue.messages) }
    add(dead)
    for channel in consuming?.channels ?? [] { add(channel.unacked.lazy.map(\.message)) }
  }

  func hasDurably(_ copy: Int) -> Bool {
    var copies: Set<Int> = []
    durableCopies(into: &copies)
    return copies.contains(copy)
  }

  /// Nothing waits, and nothing is under way.
  var isIdle: Bool {
    queues.allSatisfy(\.messages.isEmpty) && publishing?.holdsNoCopy ?? true && consuming?.isIdle ?? true
  }

  var isMoving: Bool { !(publishing?.isIdle ?? true) || consuming?.isMoving ?? false }

  // MARK: Taking and keeping

  mutating func nextSerial() -> Int {
    lastSerial += 1
    return lastSerial
  }

  /// Puts a message where it goes; nothing is promised yet.
  mutating func keep(_ message: Message, queue: Int) {
    volatile.insert(message.serial)
    if message.note == nil { queues[queue].messages.append(message) } else { dead.append(message) }
  }

  mutating func confirmed(_ serial: Int) { volatile.remove(serial) }

  /// Back to the head of its queue, oldest first, as RabbitMQ does with what was not acked.
  mutating func requeue(_ messages: [Message], queue: Int) {
    queues[queue].messages = (messages + queues[queue].messages).sorted { $0.serial < $1.serial }
  }

  /// It dies: of what it has not confirmed some is on its disk and some is not.
  mutating func loseVolatile(_ random: inout SeededRandom) -> Set<Int> {
    let left = (queues.flatMap(\.messages) + dead).map(\.serial).filter(volatile.contains)
    let lost = Set(left.filter { _ in random.chance(2) })
    for index in queues.indices { queues[index].messages.removeAll { lost.contains($0.serial) } }
    dead.removeAll { lost.contains($0.serial) }
    volatile = []
    return lost
  }
}
