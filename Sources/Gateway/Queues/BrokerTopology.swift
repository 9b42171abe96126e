package import AMQP
package import Core
import Platform
import Synchronization

/// Sees to it that queues exist, on connections of its own: an error on such a connection's channel disturbs nobody.
///
/// A queue that exists is used as it is. One that does not is declared plain `durable`, so that older programs that declare
/// it the same way go on working (a different declaration is refused with 406). What is worth an operator's eye is said once
/// a queue and kind.
///
/// RabbitMQ answers a declare once Mnesia's log has it, but the record of its outcome may follow up to two seconds later (so
/// for 3 of 100 queues, RabbitMQ 3.10), and a quorum queue's entry in Ra's directory half a second later (always). A broker
/// that is killed in between comes back without the queue, or with an empty one, whatever it had confirmed. The next queue of
/// the same kind has both written: so one that nobody needs follows the last new one.
package final class BrokerTopology: Sendable {
  /// What became of a queue that was asked for.
  package enum Answer: Sendable, Equatable {
    /// It was there, or may be: the broker does not let us look.
    case existed
    case declared
    /// It is not there and cannot be declared, or the broker cannot be asked.
    case missing
  }

  /// The longest time for all queues together, in nanoseconds; those that were not asked for by then count as `existed`.
  private static let totalTime: UInt64 = 15_000_000_000

  private enum Kind: Hashable { case otherArguments, refused, declared }
  private struct Remark: Hashable {
    let kind: Kind
    let name: String
  }

  private let type: Settings.QueueType?
  private let notice: NoticeWriter
  /// Bounded by the queues that are asked for.
  private let said = Mutex<Set<Remark>>([])
  /// Queues whose arguments have been looked at.
  private let compared = Mutex<Set<String>>([])

  /// `type` is `broker.queue_type`. `notice` is called on whatever thread asks.
  package init(type: Settings.QueueType?, notice: @escaping NoticeWriter) {
    self.type = type
    self.notice = notice
  }

  /// Opens a connection, makes sure of `names` and closes it. Throws when the broker cannot be asked.
  package func prepare(
    _ names: [String], at url: AMQPURL, _ options: AMQPConnection.Options
  ) throws(AMQPError) {
    let wakeup: Wakeup
    do throws(SystemError) { wakeup = try Wakeup() } catch {
      throw AMQPError(code: .lost, description: "the process is out of descriptors", underlyingCode: Int(error.code))
    }
    var options = options
    options.name += " (declares)"
    let side = BrokerSideChannel(try AMQPConnection(url, options), wakeup: wakeup)
    defer { side.close() }
    _ = try prepare(names, on: side)
  }

  /// Makes sure of each queue.
  func prepare(_ names: [String], on side: BrokerSideChannel) throws(AMQPError) -> [Answer] {
    let deadline = Clock.monotonicNanoseconds() + Self.totalTime
    var answers: [Answer] = []
    var newest: String?
    for name in names {
      let answer = Clock.monotonicNanoseconds() < deadline ? try prepare(name, on: side, by: deadline) : .existed
      if answer == .declared { newest = name }
      answers.append(answer)
    }
    if let newest { try settle(newest, on: side) }
    return answers
  }

  /// Has the broker write down for good that `name` exists, and what it was asked for before. Somebody who may not declare
  /// the queue that it takes is told nothing: `name` is there.
  private func settle(_ name: String, on side: BrokerSideChannel) throws(AMQPError) {
    let queue = AMQPQueueDeclaration.momentary(beside: name, type: type)
    if case .declared = try side.declare(queue) { try side.delete(queue.name) }
  }

  private func prepare(_ name: String, on side: BrokerSideChannel, by deadline: UInt64) throws(AMQPError) -> Answer {
    switch try side.declare(.passive(name), by: deadline) {
    case .declared:
      try compare(name, on: side, by: deadline)
      return .existed
    case .refused(404, _):
      return try declare(name, on: side, by: deadline)
    case .refused(_, let text):
      say(.refused, name, "queue \(name) cannot be looked at: \(text)")
      return .existed
    }
  }

  private func declare(_ name: String, on side: BrokerSideChannel, by deadline: UInt64) throws(AMQPError) -> Answer {
    switch try side.declare(.durable(name, type: type), by: deadline) {
    case .declared:
      compared.withLock { _ = $0.insert(name) }
      say(.declared, name, "queue \(name) did not exist and was declared")
      return .declared
    case .refused(406, let text):
      // Somebody else may have declared it in between, another way.
      guard case .declared = try side.declare(.passive(name), by: deadline) else {
        say(.refused, name, "queue \(name) does not exist and cannot be declared: \(text)")
        return .missing
      }
      say(.otherArguments, name, "queue \(name) is used as it is: \(text)")
      return .existed
    case .refused(_, let text):
      say(.refused, name, "queue \(name) does not exist and cannot be declared: \(text)")
      return .missing
    }
  }

  /// Declares a queue that exists: nothing happens if it is as we would have it, else the broker names the difference.
  private func compare(_ name: String, on side: BrokerSideChannel, by deadline: UInt64) throws(AMQPError) {
    guard compared.withLock({ !$0.contains(name) }) else { return }
    let answer = try side.declare(.durable(name, type: type), by: deadline)
    compared.withLock { _ = $0.insert(name) }
    if case .refused(406, let text) = answer {
      say(.otherArguments, name, "queue \(name) is used as it is: \(text)")
    }
  }

  private func say(_ kind: Kind, _ name: String, _ sentence: String) {
    let isNew = said.withLock { $0.insert(Remark(kind: kind, name: name)).inserted }
    if isNew { notice(kind == .declared ? .notice : .warning, sentence) }
  }
}
