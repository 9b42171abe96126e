import Core
import Fakes
import Foundation
import Platform
import Synchronization

@testable import Gateway

/// The embedded queue driven by hand on the test's own thread: every call is one turn, so that nothing is waited for and
/// nothing happens in between.
final class EmbeddedBench {
  static let logbeacon = QueueName(domain: "a.example", sink: .logbeacon)
  static let telegram = QueueName(domain: "a.example", sink: .telegram)

  /// What somebody was given since it was last asked.
  final class Inbox: Sendable {
    private let deliveries = Mutex<[Delivery]>([])

    func receive(_ new: [Delivery]) { deliveries.withLock { $0 += new } }

    func take() -> [Delivery] {
      deliveries.withLock { all in
        defer { all = [] }
        return all
      }
    }
  }

  let folder: TemporaryDirectory
  private(set) var options: EmbeddedQueue.Options
  private(set) var keeper: EmbeddedKeeper
  private(set) var board: EmbeddedBoard
  private var mailbox: Mailbox<EmbeddedCommand>
  let republisher = Inbox()
  private let consumers: [QueueName: Inbox]

  init(
    folder: TemporaryDirectory? = nil, path: String? = nil, maxBytes: Int64 = 1 << 30,
    deadMaxBytes: Int64 = 1 << 20, ordered: Set<QueueName> = []
  ) throws {
    let folder = try folder ?? TemporaryDirectory()
    self.folder = folder
    let names = [Self.logbeacon, Self.telegram]
    options = EmbeddedQueue.Options(
      folder: path ?? folder.path, names: names, maxBytes: maxBytes, deadMaxBytes: deadMaxBytes)
    options.ordered = ordered
    consumers = Dictionary(uniqueKeysWithValues: names.map { ($0, Inbox()) })
    (keeper, mailbox, board) = try Self.open(options)
  }

  private static func open(
    _ options: EmbeddedQueue.Options
  ) throws -> (EmbeddedKeeper, Mailbox<EmbeddedCommand>, EmbeddedBoard) {
    let mailbox = Mailbox<EmbeddedCommand> {}
    let board = EmbeddedBoard(now: Clock.unixMilliseconds())
    let keeper = EmbeddedKeeper(options, mailbox: mailbox, wakeup: try Wakeup(), board: board) { _, _ in }
    return (keeper, mailbox, board)
  }

  func turn(_ commands: EmbeddedCommand...) {
    for command in commands { mailbox.send(command) }
    keeper.turn()
  }

  // MARK: Orders

  @discardableResult
  func store(_ ids: [String], to name: QueueName = logbeacon, body: String = "{}") -> StoreOutcome? {
    answer { .store(Self.batch(ids, name, body), $0) }
  }

  /// The tags, or none if it was refused.
  @discardableResult
  func hold(_ ids: [String], to name: QueueName = logbeacon, body: String = "{}") -> [UInt64] {
    if case .held(let tags)? = answer({ .hold(Self.batch(ids, name, body), $0) }) { tags } else { [] }
  }

  /// `nil` if all of them are kept.
  func park(_ copies: [ForeignCopy]) -> StoreFailure? {
    answer { .park(copies, $0) } ?? .closed
  }

  func bury(_ copies: [(copy: ForeignCopy, note: DeathNote)]) -> StoreFailure? {
    answer { .bury(copies, $0) } ?? .closed
  }

  private func answer<Outcome: Sendable>(
    _ order: (@escaping @Sendable (Outcome) -> Void) -> EmbeddedOrder
  ) -> Outcome? {
    let outcome = Box<Outcome>()
    turn(.order(order { outcome.set($0) }))
    return outcome.value
  }

  private final class Box<Value: Sendable>: Sendable {
    private let held = Mutex<Value?>(nil)
    func set(_ value: Value) { held.withLock { $0 = value } }
    var value: Value? { held.withLock { $0 } }
  }

  static func batch(_ ids: [String], _ name: QueueName, _ body: String) -> CopyBatch {
    CopyBatch(
      ids: ids, queue: QueueID(domain: 0, sink: name.sink), audience: name.sink == .telegram ? .developer : nil,
      body: body)
  }

  // MARK: Giving out and settling

  func consume(_ name: QueueName = logbeacon, prefetch: Int) {
    guard let inbox = consumers[name] else { return }
    turn(.consume(name, prefetch: prefetch, receive: inbox.receive))
  }

  func republish(window: Int) {
    turn(.republish(window: window, receive: republisher.receive))
  }

  func assign(_ owner: SpoolOwner) {
    turn(.assignSpool(owner))
  }

  /// What the consumer of `name` was given since it was last asked.
  func consumed(_ name: QueueName = logbeacon) -> [Delivery] { consumers[name]?.take() ?? [] }

  func settle(_ deliveries: [Delivery], _ settlement: Settlement) {
    guard let name = deliveries.first?.queue else { return }
    turn(.settle(name, deliveries.map { ($0.tag, settlement) }))
  }

  func settleRepublished(_ deliveries: [Delivery], _ isHandedOver: Bool) {
    for (name, group) in Dictionary(grouping: deliveries, by: \.queue) {
      settleRepublished(group.map(\.tag), of: name, isHandedOver)
    }
  }

  func settleRepublished(_ tags: [UInt64], of name: QueueName = logbeacon, _ isHandedOver: Bool) {
    turn(.settleRepublished(name, tags.map { ($0, isHandedOver) }))
  }

  // MARK: What can be seen

  func figures(_ name: QueueName = logbeacon) -> QueueFigures { board.figures(name) }

  func ledger(_ name: QueueName = logbeacon) -> QueueLedger? { board.ledger(name) }

  // MARK: Opening afresh

  /// The file failed and is opened again, as after a failed write.
  func reopenFile() {
    keeper.close()
    keeper.retryAt = 0
    turn()
  }

  /// The process died at this moment: another one opens what is on the disk.
  func dieAndStart() throws {
    let copy = "\(options.folder)/next"
    try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
    for name in ["queue.db", "queue.db-wal"] {
      let target = "\(copy)/\(name)"
      try? FileManager.default.removeItem(atPath: target)
      try FileManager.default.copyItem(atPath: "\(options.folder)/\(name)", toPath: target)
    }
    keeper.close()
    for name in ["queue.db", "queue.db-wal"] {
      let target = "\(options.folder)/\(name)"
      try? FileManager.default.removeItem(atPath: target)
      try FileManager.default.moveItem(atPath: "\(copy)/\(name)", toPath: target)
    }
    (keeper, mailbox, board) = try Self.open(options)
  }
}

extension QueueLedger {
  /// What went in is accounted for.
  var isBalanced: Bool {
    stored == delivered + disabled + dead + purged + quarantined + republished + waiting + unsettled + grouped
      && waiting >= 0 && grouped >= 0
  }
}
