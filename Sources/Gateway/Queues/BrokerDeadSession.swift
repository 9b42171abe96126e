import AMQP
import Core
import Platform

/// A throw-away connection for what an operator wants of `.dead` queues. Confined to its thread.
///
/// Letters are got one after another and stay unacked; those that are not settled go back to their places when the channel
/// closes, or the connection is lost.
final class BrokerDeadSession {
  enum Verdict: Equatable {
    case keep
    /// To its main queue: acked once the broker has confirmed the copy there.
    case replay
    case purge
    /// Neither this one nor those behind it.
    case stop
  }

  /// Letters that are got, and copies that are published, before answers are waited for.
  static let window = 16
  private static let channel: UInt16 = 2

  private let connection: AMQPConnection
  private let side: BrokerSideChannel
  private let wakeup: Wakeup
  private let deadline: UInt64
  private let isStopping: () -> Bool
  private var events: [AMQPEvent] = []
  private var position = 0
  private var published: UInt64 = 0
  /// Settled for good since the session began.
  private(set) var settled = 0

  /// Whatever takes until `deadline` (monotonic nanoseconds) ends with an error.
  init(_ connection: AMQPConnection, wakeup: Wakeup, deadline: UInt64, isStopping: @escaping () -> Bool) {
    self.connection = connection
    self.wakeup = wakeup
    self.deadline = deadline
    self.isStopping = isStopping
    side = BrokerSideChannel(connection, wakeup: wakeup)
  }

  func close() { side.close() }

  /// How many letters are ready; 0 where there is no such queue.
  func depth(_ queue: QueueName) throws(AMQPError) -> Int {
    switch try side.declare(.passive(queue.deadName), by: deadline) {
    case .declared(let messages, _): return messages
    case .refused(404, _): return 0
    case .refused(_, let text):
      throw AMQPError(code: .closedByServer, description: "queue \(queue.deadName) cannot be looked at: \(text)")
    }
  }

  /// Looks at the first `limit` letters of a queue that exists, oldest first.
  func walk(_ queue: QueueName, limit: Int, _ decide: (BrokerDeadLetter) -> Verdict) throws(AMQPError) {
    try openChannel()
    var walked = 0
    while walked < limit {
      let wanted = min(Self.window, limit - walked)
      var decided: [(BrokerDeadLetter, Verdict)] = []
      for letter in try get(queue, wanted) {
        let verdict = decide(letter)
        if verdict == .stop { break }
        decided.append((letter, verdict))
      }
      walked += decided.count
      try settle(decided)
      if decided.count < wanted { break }
    }
    try connection.closeChannel(Self.channel)
    while try next() != .channelCloseOK(Self.channel) {}
  }

  private func openChannel() throws(AMQPError) {
    try connection.openChannel(Self.channel)
    try connection.selectConfirms(Self.channel)
    published = 0
    while try next() != .confirmsSelected(Self.channel) {}
  }

  private func get(_ queue: QueueName, _ count: Int) throws(AMQPError) -> [BrokerDeadLetter] {
    for _ in 0..<count { try connection.get(Self.channel, queue: queue.deadName) }
    var letters: [BrokerDeadLetter] = []
    var answers = 0
    while answers < count {
      switch try next() {
      case .delivered(let message):
        letters.append(BrokerDeadLetter(queue: queue, message: message))
        answers += 1
      case .getEmpty: answers += 1
      default: break
      }
    }
    return letters
  }

  // MARK: Settling

  private func settle(_ letters: [(BrokerDeadLetter, Verdict)]) throws(AMQPError) {
    var copies: [(tag: UInt64, letter: BrokerDeadLetter, counts: Bool)] = []
    for (letter, verdict) in letters {
      switch verdict {
      case .purge:
        try connection.ack(Self.channel, deliveryTag: letter.message.deliveryTag, multiple: false)
        settled += 1
      case .replay:
        copies.append((try publish(letter, "\(letter.queue)", letter.replayed), letter, true))
      case .keep where letter.isWorn:
        copies.append((try publish(letter, letter.queue.deadName, letter.renewed), letter, false))
      case .keep, .stop: break
      }
    }
    try conclude(copies)
  }

  private func publish(
    _ letter: BrokerDeadLetter, _ queue: String, _ properties: AMQPProperties
  ) throws(AMQPError) -> UInt64 {
    try connection.publish(Self.channel, routingKey: queue, properties: properties, body: letter.message.body.span)
    published += 1
    return published
  }

  /// Acks each letter whose copy the broker has confirmed and not returned; throws if there is one that it has not.
  private func conclude(_ copies: [(tag: UInt64, letter: BrokerDeadLetter, counts: Bool)]) throws(AMQPError) {
    var open = Set(copies.map(\.tag))
    var refused: Set<UInt64> = []
    var returned: Set<String?> = []
    while !open.isEmpty {
      switch try next() {
      case .acked(let tag, let multiple): Self.end(tag, multiple, of: &open)
      case .nacked(let tag, let multiple): refused.formUnion(Self.end(tag, multiple, of: &open))
      case .returned(let message): returned.insert(message.messageID)
      case .blocked(let reason):
        throw AMQPError(code: .closedByServer, description: "the broker takes nothing at the moment: \(reason)")
      default: break
      }
    }
    var failure: AMQPError?
    for (tag, letter, counts) in copies {
      // A return names its message alone: where two have one id, both stay.
      guard !refused.contains(tag), !returned.contains(letter.message.properties.messageID) else {
        failure = AMQPError(code: .closedByServer, description: "queue \(letter.queue) does not take the copy")
        continue
      }
      try connection.ack(Self.channel, deliveryTag: letter.message.deliveryTag, multiple: false)
      if counts { settled += 1 }
    }
    if let failure { throw failure }
  }

  @discardableResult
  private static func end(_ tag: UInt64, _ multiple: Bool, of open: inout Set<UInt64>) -> Set<UInt64> {
    let ended = open.filter { $0 == tag || (multiple && $0 < tag) }
    open.subtract(ended)
    return ended
  }

  // MARK: Events

  private func next() throws(AMQPError) -> AMQPEvent {
    while true {
      if position < events.count {
        defer { position += 1 }
        if case .channelClosed(_, _, let text) = events[position] {
          throw AMQPError(code: .closedByServer, description: text)
        }
        return events[position]
      }
      events.removeAll(keepingCapacity: true)
      position = 0
      if try connection.receive(into: &events) || !events.isEmpty { continue }
      let now = Clock.monotonicNanoseconds()
      guard now < deadline, !isStopping() else {
        throw AMQPError(code: .timeout, description: "the broker did not answer in time")
      }
      connection.wait(for: wakeup, milliseconds: Int32(clamping: min(100, (deadline - now) / 1_000_000 + 1)))
    }
  }
}
