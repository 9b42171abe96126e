import Core

extension SimulatedBroker {
  /// What a consumer asks, in order.
  enum Command: Sendable {
    case open(queue: Int)
    case lock(queue: Int)
    case unlock(queue: Int)
    case consume(queue: Int, prefetch: Int)
    case cancel(queue: Int)
    case ack(queue: Int, DeliveryTagLedger.Ack)
  }

  /// What it is told, in order.
  enum Event: Sendable {
    case locked(queue: Int)
    case consuming(queue: Int)
    case cancelAnswered(queue: Int)
    case cancelled(queue: Int)
    case closed(queue: Int, code: Int)
    case delivered(queue: Int, tag: UInt64, Message, isRedelivered: Bool)
  }

  struct Channel: Sendable {
    var isOpen = false
    var hasLock = false
    /// `nil`: nothing is consumed.
    var prefetch: Int?
    var lastTag: UInt64 = 0
    var unacked: [(tag: UInt64, message: Message, isRead: Bool)] = []
  }

  struct ConsumingLink: Sendable {
    var commands: [Command] = []
    var events: [Event] = []
    var channels = [Channel](repeating: Channel(), count: SimulatedGateway.queues)

    var isMoving: Bool { !commands.isEmpty || !events.isEmpty }
    var isIdle: Bool { !isMoving && channels.allSatisfy(\.unacked.isEmpty) }

    /// The client reads an event.
    mutating func read(_ event: Event) {
      guard case .delivered(let queue, let tag, _, _) = event,
        let index = channels[queue].unacked.firstIndex(where: { $0.tag == tag })
      else { return }
      channels[queue].unacked[index].isRead = true
    }
  }

  /// Reads one command of the consumer. What closes a channel gives its copies back; these are returned.
  mutating func obey() -> [Message] {
    guard var link = consuming, !link.commands.isEmpty else { return [] }
    let command = link.commands.removeFirst()
    consuming = link
    switch command {
    case .open(let queue): link.channels[queue].isOpen = true
    case .lock(let queue):
      guard link.channels[queue].isOpen else { return [] }
      if isLockedByOther { return close(queue, code: 405) }
      link.channels[queue].hasLock = true
      link.events.append(.locked(queue: queue))
    case .unlock(let queue): link.channels[queue].hasLock = false
    case .consume(let queue, let prefetch):
      guard link.channels[queue].isOpen else { return [] }
      guard queues[queue].exists else { return close(queue, code: 404) }
      link.channels[queue].prefetch = prefetch
      link.events.append(.consuming(queue: queue))
    case .cancel(let queue):
      guard link.channels[queue].isOpen else { return [] }
      link.channels[queue].prefetch = nil
      link.events.append(.cancelAnswered(queue: queue))
    case .ack(let queue, let ack):
      guard link.channels[queue].isOpen else { return [] }
      guard link.channels[queue].unacked.contains(where: { $0.tag == ack.tag }) else { return close(queue, code: 406) }
      link.channels[queue].unacked.removeAll { $0.tag == ack.tag || ack.isMultiple && $0.tag < ack.tag }
    }
    consuming = link
    return []
  }

  /// Ends a channel with an error. What it had given out, read or not, goes back and is returned.
  mutating func close(_ queue: Int, code: Int) -> [Message] {
    guard var link = consuming, link.channels[queue].isOpen else { return [] }
    let given = link.channels[queue].unacked.map(\.message)
    link.channels[queue] = Channel()
    link.events.append(.closed(queue: queue, code: code))
    consuming = link
    requeue(given, queue: queue)
    return given
  }

  /// The queue goes, which an operator does with empty ones; its consumer hears of it.
  mutating func delete(_ queue: Int) -> Bool {
    let unacked = consuming?.channels[queue].unacked.count ?? 0
    guard queues[queue].exists, queues[queue].messages.isEmpty, unacked == 0 else { return false }
    queues[queue].exists = false
    if consuming?.channels[queue].prefetch != nil {
      consuming?.channels[queue].prefetch = nil
      consuming?.events.append(.cancelled(queue: queue))
    }
    return true
  }

  /// Gives out what consumers have room for; `marks` are serials that were given out before.
  mutating func deliver(_ marks: inout Set<Int>) {
    guard var link = consuming else { return }
    for queue in link.channels.indices {
      guard let prefetch = link.channels[queue].prefetch else { continue }
      while link.channels[queue].unacked.count < prefetch, !queues[queue].messages.isEmpty {
        let message = queues[queue].messages.removeFirst()
        link.channels[queue].lastTag += 1
        let tag = link.channels[queue].lastTag
        link.channels[queue].unacked.append((tag, message, false))
        link.events.append(
          .delivered(queue: queue, tag: tag, message, isRedelivered: !marks.insert(message.serial).inserted))
      }
    }
    consuming = link
  }

  /// The consumer's link is gone: copies that its client has read and not acked.
  mutating func endConsuming() -> [Message] {
    guard let link = consuming else { return [] }
    consuming = nil
    for (queue, channel) in link.channels.enumerated() { requeue(channel.unacked.map(\.message), queue: queue) }
    return link.channels.flatMap { $0.unacked.filter(\.isRead).map(\.message) }
  }
}
