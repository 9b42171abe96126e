import AMQP
import Core
import Platform

/// Carries out orders for the `.dead` queues at the broker: one thread, `amqp-dead`, and a connection for each order.
final class BrokerDead: Sendable {
  /// Letters of one queue that one order looks at.
  static let maxWalked = 1000
  /// The longest time for one order, in nanoseconds.
  private static let orderTime: UInt64 = 20_000_000_000
  /// The connection's heartbeat: a send that the broker does not take ends after two of them.
  private static let heartbeat = Duration.seconds(10)

  private struct Request: Sendable {
    let order: DeadOrder
    let completion: @Sendable (DeadAnswer) -> Void
  }

  private let mailbox: Mailbox<Request>
  private let thread: BrokerThread

  init(_ access: BrokerAccess, _ names: [QueueName]) throws(SystemError) {
    let thread = try BrokerThread()
    let mailbox = Mailbox<Request> { thread.wakeup.signal() }
    self.mailbox = mailbox
    self.thread = thread
    let side = try Wakeup()
    thread.start("amqp-dead") { thread in
      while !thread.isStopping {
        thread.wakeup.wait(milliseconds: -1)
        for request in mailbox.take() {
          request.completion(Self.carryOut(request.order, names, access, thread, side))
        }
      }
      Self.refuse(mailbox.take())
    }
  }

  /// `completion` is called exactly once, on the thread of this object.
  func carryOut(_ order: DeadOrder, completion: @escaping @Sendable (DeadAnswer) -> Void) {
    mailbox.send(Request(order: order, completion: completion))
    // The thread takes the mailbox once more after it has seen the flag, so one of the two sees every request.
    if thread.isStopping { Self.refuse(mailbox.take()) }
  }

  /// Ends the thread; what was replayed or purged so far stays so. Call once.
  func stop(deadline: UInt64) {
    thread.interrupt()
    _ = thread.join(until: deadline)
    Self.refuse(mailbox.take())
  }

  private static func refuse(_ requests: [Request]) {
    for request in requests { request.completion(DeadAnswer(failure: StoreFailure.closed.deadSentence)) }
  }

  private static func carryOut(
    _ order: DeadOrder, _ names: [QueueName], _ access: BrokerAccess, _ thread: BrokerThread, _ wakeup: Wakeup
  ) -> DeadAnswer {
    let deadline = Clock.monotonicNanoseconds() + orderTime
    do throws(AMQPError) {
      guard !thread.isStopping else { return DeadAnswer(failure: StoreFailure.closed.deadSentence) }
      let connection = try access.connect("dead letters", heartbeat: heartbeat) { thread.isStopping }
      thread.connected(connection.cutter)
      let session = BrokerDeadSession(connection, wakeup: wakeup, deadline: deadline) { thread.isStopping }
      defer {
        thread.connected(nil)
        session.close()
      }
      var work = BrokerDeadWork(order, names)
      work.run(session)
      return work.answer
    } catch {
      return DeadAnswer(failure: "the broker cannot be asked: \(error)")
    }
  }
}

/// One order on its way through the queues.
private struct BrokerDeadWork {
  private let order: DeadOrder
  private let names: [QueueName]
  private let keys: Set<DeadKey>
  private(set) var answer = DeadAnswer()

  init(_ order: DeadOrder, _ names: [QueueName]) {
    self.order = order
    self.names = names
    keys = Set(order.keys)
  }

  mutating func run(_ session: BrokerDeadSession) {
    do throws(AMQPError) {
      var start = (queue: 0, offset: 0)
      if case .broker(let queue, let offset) = order.cursor { start = (queue, offset) }
      for (index, queue) in names.enumerated() where isMeant(queue) {
        let depth = try session.depth(queue)
        answer.counts.append(DeadAnswer.Count(queue: queue, place: .broker, letters: depth))
        guard depth > 0, index >= start.queue, answer.next == nil else { continue }
        let offset = index == start.queue ? start.offset : 0
        answer.unseen += max(0, depth - BrokerDead.maxWalked)
        try walk(queue, index, offset, min(depth, BrokerDead.maxWalked), session)
      }
    } catch {
      answer.failure = "the broker cannot be asked: \(error)"
    }
    answer.changed = session.settled
  }

  private func isMeant(_ queue: QueueName) -> Bool {
    guard !keys.isEmpty else { return order.filter.includes(queue) }
    let number = BrokerDeadLetter.number(of: queue)
    return keys.contains { if case .broker(number, _) = $0 { true } else { false } }
  }

  /// Letters before `offset` were looked at for an earlier answer.
  private mutating func walk(
    _ queue: QueueName, _ index: Int, _ offset: Int, _ depth: Int, _ session: BrokerDeadSession
  ) throws(AMQPError) {
    var place = 0
    var found = answer.entries
    var body = answer.body
    var next: DeadCursor?
    var left = order.limit - session.settled
    let order = order
    let keys = keys
    try session.walk(queue, limit: depth) { letter in
      defer { place += 1 }
      guard place >= offset else { return .keep }
      let entry = letter.entry
      let isMeant =
        keys.isEmpty ? order.filter.includes(reason: entry.reason, diedAt: entry.diedAt) : keys.contains(entry.key)
      guard isMeant else { return .keep }
      guard !order.task.changes else {
        guard left > 0 else {
          next = .broker(queue: index, offset: 0)
          return .stop
        }
        left -= 1
        return order.task == .replay ? .replay : .purge
      }
      guard found.count < order.limit else {
        next = .broker(queue: index, offset: place)
        return .stop
      }
      found.append(entry)
      if order.task == .read { body = letter.message.body }
      return .keep
    }
    (answer.entries, answer.body, answer.next) = (found, body, next)
  }
}
