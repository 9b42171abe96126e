import Core
import Platform

/// The batches of one loop that the queue has and has not answered for. Confined to the loop.
final class IntakeOutbox {
  struct Sent {
    let waiting: [WaitingAnswer]
    let lines: [UInt8]
    let bytes: Int
    let claims: [CopyBatch.Claim]
    let tailed: TailedEvents?
  }

  private let queue: any Queue
  private let gate: IntakeGate
  private let mailbox: Mailbox<IntakeLoop.Message>
  private var sent: [UInt64: Sent] = [:]
  private var next: UInt64 = 0
  /// Bytes of all that is in `sent`.
  private(set) var bytes = 0
  /// Since when each batch has been waiting, monotonic nanoseconds, the oldest first; those answered are dropped from the front.
  private var handedOver = FIFO<(number: UInt64, at: UInt64)>()

  init(_ parts: IntakeParts, mailbox: Mailbox<IntakeLoop.Message>) {
    queue = parts.queue
    gate = parts.gate
    self.mailbox = mailbox
  }

  func submit(_ turn: inout IntakeTurn) {
    let tailed = turn.takeTailed()
    let (batch, waiting, lines) = turn.take()
    let number = next
    next += 1
    sent[number] = Sent(waiting: waiting, lines: lines, bytes: batch.bytes.count, claims: batch.claims, tailed: tailed)
    handedOver.append((number, batch.readAt))
    gate.unanswered(waiting.count)
    gate.buffered(batch.bytes.count)
    bytes += batch.bytes.count
    queue.store(batch) { [mailbox] outcome in mailbox.send(.stored(batch: number, outcome)) }
  }

  /// Events without copies, for the next start.
  func remember(_ events: [SeenEvent]) { queue.remember(events) }

  /// Since when the oldest batch without an outcome has been waiting.
  var oldest: UInt64? {
    while let first = handedOver.first, sent[first.number] == nil { _ = handedOver.removeFirst() }
    return handedOver.first?.at
  }

  func take(_ batch: UInt64) -> Sent? {
    guard let taken = sent.removeValue(forKey: batch) else { return nil }
    bytes -= taken.bytes
    return taken
  }
}
