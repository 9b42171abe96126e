import Core
import Platform

/// The end of a broker queue, in this order.
extension BrokerQueue {
  /// Takes nothing more from the broker. What workers give back untouched from now on stays unacked and so goes back to its
  /// queue with the connection. To be called before the workers stop.
  package func retire() {
    for consumer in consumers.values { consumer.retire() }
  }

  /// Has parked copies published back until `deadline` (monotonic nanoseconds) or `isOver`; how many remain, all of them on
  /// disk. To be called after the workers have stopped.
  package func giveBackParked(until deadline: UInt64, unless isOver: () -> Bool = { false }) -> Int {
    let remaining = { self.names.reduce(0) { $0 + self.embedded.figures($1).parked } }
    guard remaining() > 0 else { return 0 }
    for name in names { embedded.cancel(name) }
    embedded.giveBackParked(true, names)
    let nap = try? Wakeup()
    while remaining() > 0, !isOver(), publisher.status.condition == .connected,
      Clock.monotonicNanoseconds() < deadline
    {
      nap?.wait(milliseconds: 5)
    }
    embedded.giveBackParked(false, names.filter { consumers[$0.sink] != nil })
    return remaining()
  }

  /// Ends the publisher: what the broker has not confirmed by `deadline` is spooled. Call once.
  package func stopPublishing(deadline: UInt64) {
    retire()
    publisher.stop(deadline: deadline)
  }

  /// Ends consumers, inspector and what operators have asked for: what is unacked goes back to its queue. Call once, after
  /// ``stopPublishing(deadline:)``.
  package func stopConsuming(deadline: UInt64) {
    for consumer in consumers.values { consumer.beginStop(deadline: deadline) }
    for consumer in consumers.values { consumer.stop(deadline: deadline) }
    inspector.stop(deadline: deadline)
    declarer.stop(deadline: deadline)
    dead.stop(deadline: deadline)
  }

  /// Both, one after the other.
  package func stop(deadline: UInt64) {
    stopPublishing(deadline: deadline)
    stopConsuming(deadline: deadline)
  }

  /// A second signal: what is waited for ends now.
  package func hurry() {
    publisher.hurry()
    for consumer in consumers.values { consumer.hurry() }
  }
}
