import AMQP
import Core

/// What other threads tell the publisher's.
enum PublisherMessage: Sendable {
  case store(CopyBatch, @Sendable (StoreOutcome) -> Void)
  case send([DeadLetter], @Sendable ([Bool]) -> Void)
  /// The spool gives copies out to be published.
  case republish([Delivery])
  /// The spool has answered for `rows` of a batch.
  case spooled(batch: Int, rows: [Int], StoreOutcome)
  /// The same for rows that the broker could have had.
  case shelved(batch: Int, rows: [Int], StoreOutcome)
  case held(batch: Int, rows: [Int], HeldOutcome)
  case wire(WireEvent)
  case stop(deadline: UInt64)
  /// A stop that is under way is to end now.
  case hurry
}

/// What the publisher's thread asks of the wire. Links are numbered from 1.
enum WireCommand: Sendable {
  /// Try every URL; `opened` or `failed` follows.
  case connect(link: Int)
  /// In this order; the first of a link has the tag 1. Those of a link that is gone are forgotten.
  case publish(link: Int, [WireCopy])
  /// Say goodbye; `lost` follows.
  case close(link: Int)
}

/// What the wire tells. Events of one link come in order, between its `opened` and its `lost`.
enum WireEvent: Sendable {
  /// `place` is its URL without a password.
  case opened(link: Int, place: String, AMQPCutter)
  case failed(AMQPError)
  case received(link: Int, [AMQPEvent])
  case lost(link: Int, AMQPError)
}

/// A copy as the wire gets it. Bytes are shared, not copied.
enum WireCopy: Sendable {
  case row(CopyBatch.Row, bytes: [UInt8])
  case delivery(Delivery)
  case letter(DeadLetter)
  /// Rows and deliveries of one queue that go in one message.
  case pack([WireCopy])
  /// A message that no queue takes: only its confirm is wanted.
  case probe
}
