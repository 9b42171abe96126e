import AMQP
import Core
import Platform

/// The inspector's rounds, on its thread.
final class BrokerInspectorLoop {
  private let options: BrokerInspector.Options
  private let access: BrokerAccess
  private let declarer: BrokerDeclarer
  private let board: BrokerDepths
  private let thread: BrokerThread
  private var reconnect: ReconnectMachine
  private var side: BrokerSideChannel?
  private var nextRound: Int64 = 0
  private var nextSearch: Int64 = 0

  init(
    _ options: BrokerInspector.Options, _ access: BrokerAccess, _ declarer: BrokerDeclarer, _ board: BrokerDepths,
    _ thread: BrokerThread
  ) {
    self.options = options
    self.access = access
    self.declarer = declarer
    self.board = board
    self.thread = thread
    reconnect = ReconnectMachine(options.broker)
  }

  func run() {
    attempt(reconnect.started(now: now))
    while !thread.isStopping {
      if let side {
        do throws(AMQPError) {
          try side.rest(milliseconds: Int32(clamping: max(0, nextRound - now)))
          if board.takePoke() || nextRound <= now, !thread.isStopping { try round(side) }
        } catch {
          lost()
        }
      } else {
        thread.wakeup.wait(milliseconds: Int32(clamping: max(0, (reconnect.nextDeadline ?? now) - now)))
        attempt(reconnect.timePassed(now: now))
      }
    }
    side?.close()
  }

  private var now: Int64 { Int64(Clock.monotonicNanoseconds() / 1_000_000) }

  private func attempt(_ action: ReconnectMachine.Action?) {
    var action = action
    while action == .attempt, !thread.isStopping {
      do throws(AMQPError) {
        let connection = try access.connect("inspector") { thread.isStopping }
        thread.connected(connection.cutter)
        side = BrokerSideChannel(connection, wakeup: thread.wakeup)
        reconnect.linkOpened()
        nextRound = 0
        action = nil
      } catch {
        action = reconnect.attemptFailed(now: now)
      }
    }
  }

  private func lost() {
    thread.connected(nil)
    side?.close()
    side = nil
    board.linkLost()
    attempt(reconnect.linkLost(now: now))
  }

  private func round(_ side: BrokerSideChannel) throws(AMQPError) {
    let searches = nextSearch <= now
    if searches { nextSearch = now + options.searchInterval.milliseconds }
    var missing: [String] = []
    for name in options.names where !thread.isStopping {
      switch try side.declare(.passive("\(name)")) {
      case .declared(let messages, let consumers):
        board.counted(name, messages: messages, consumers: consumers, at: Clock.monotonicNanoseconds())
      case .refused(404, _):
        board.counted(name, messages: 0, consumers: 0, at: Clock.monotonicNanoseconds())
        missing.append("\(name)")
      case .refused: break
      }
      guard searches || board.hasDead(name) else { continue }
      switch try side.declare(.passive(name.deadName)) {
      case .declared(let messages, _): board.countedDead(name, messages)
      case .refused(404, _): board.countedDead(name, nil)
      case .refused: break
      }
    }
    if !missing.isEmpty { declarer.declare(missing) }
    nextRound = now + options.interval.milliseconds
  }
}
