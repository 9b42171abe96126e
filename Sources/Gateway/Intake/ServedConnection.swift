/// A connection as its loop sees it, whatever protocol it speaks. Confined to the loop.
protocol ServedConnection: AnyObject {
  var site: Site { get }
  /// The place in the loop's list, kept by the loop.
  var index: Int { get set }
  /// False if the loop could not watch the socket, which is closed then.
  func start() -> Bool
  /// Reads what has come, as if the loop had said so.
  func readOnce()
  /// Sends what is ready; called by the loop once a turn for each connection that has marked itself.
  func flush()
  /// Whether nothing is owed to the peer. A new connection is given a moment for its first request.
  func mayFinish(at now: UInt64) -> Bool
  /// Takes no more requests; closes when all answers have left.
  func finish()
  /// Called about once a second, or more often for short timeouts.
  func checkDeadline(_ timeouts: Timeouts)
  func close()
}

extension ServedConnection {
  /// How long a closed connection is read on, so that its last answers are not lost to a reset (RFC 9112 §9.6).
  static var lingering: Duration { .seconds(2) }
  /// How long a shutdown waits for the first request of a new connection, in nanoseconds.
  static var firstRequestPatience: UInt64 { 200_000_000 }
}
