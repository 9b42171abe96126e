import Core
import Platform

/// The batches of one loop that the queue has and has not answered for. Confined to the loop.
final class IntakeOutbox {
  struct Sent {
    let waiting: [WaitingAnswer]
    let lines: [UInt8]
    let bytes: Int
    let claims: [CopyBatch.Claim]
  }

  private let queue: any Queue
  private let gate: IntakeGate
  private let mailbox: Mailbox<IntakeLoop.Message>
  private var sent: [UInt64: Sent] = [:]
  private var next: UInt64 = 0

  init(_ parts: IntakeParts, mailbox: Mailbox<IntakeLoop.Message>) {
    queue = parts.queue
    gate = parts.gate
    self.mailbox = mailbox
  }

  func submit(_ turn: inout IntakeTurn) {
    let (batch, waiting, lines) = turn.take()
    let number = next
    next += 1
    sent[number] = Sent(waiting: waiting, lines: lines, bytes: batch.bytes.count, claims: batch.claims)
    gate.unanswered(waiting.count)
    gate.buffered(batch.bytes.count)
    queue.store(batch) { [mailbox] outcome in mailbox.send(.stored(batch: number, outcome)) }
  }

  /// Events without copies, for the next start.
  func remember(_ events: [SeenEvent]) { queue.remember(events) }

  func take(_ batch: UInt64) -> Sent? { sent.removeValue(forKey: batch) }
}
