import Core

/// Copies that were handed in together, from then on until the last of them has ended. Confined to the publisher's thread.
final class PublisherBatch {
  enum Content {
    case intake(CopyBatch, @Sendable (StoreOutcome) -> Void)
    case spooled([Delivery])
    case letters([DeadLetter], @Sendable ([Bool]) -> Void)
  }

  let content: Content
  /// Monotonic nanoseconds.
  let handedAt: UInt64
  /// Rows of which something is still to come.
  private var openRows: Int
  private var outcomes: PublisherOutcomes
  private var confirmedLetters: [Bool] = []
  /// Rows that the spool is storing or holds, the latter with their tag there.
  private var held: [Int: UInt64?] = [:]
  /// Of these, the ones that were confirmed before the spool had stored them.
  private var confirmedEarly: Set<Int> = []

  init(_ content: Content, handedAt: UInt64) {
    self.content = content
    self.handedAt = handedAt
    switch content {
    case .intake(let batch, _): openRows = batch.rows.count
    case .spooled(let deliveries): openRows = deliveries.count
    case .letters(let letters, _):
      openRows = letters.count
      confirmedLetters = Array(repeating: false, count: letters.count)
    }
    outcomes = PublisherOutcomes(count: openRows)
  }

  /// Nothing of it is still to come.
  var hasEnded: Bool { openRows == 0 }

  /// The row as the wire publishes it.
  func copy(_ row: Int) -> WireCopy {
    switch content {
    case .intake(let batch, _): .row(batch.rows[row], bytes: batch.bytes)
    case .spooled(let deliveries): .delivery(deliveries[row])
    case .letters(let letters, _): .letter(letters[row])
    }
  }

  /// A spooled copy, which is its spool's to settle.
  func delivery(_ row: Int) -> Delivery? {
    if case .spooled(let deliveries) = content { deliveries[row] } else { nil }
  }

  /// The broker has it.
  func confirmed(_ row: Int) {
    switch content {
    case .intake:
      answer(row, .confirmed)
      if held.keys.contains(row) { confirmedEarly.insert(row) } else { openRows -= 1 }
    case .spooled: openRows -= 1
    case .letters: letterEnded(row, isConfirmed: true)
    }
  }

  /// A spooled copy went back, or a letter failed.
  func ended(_ row: Int) {
    if case .letters = content { letterEnded(row, isConfirmed: false) } else { openRows -= 1 }
  }

  // MARK: Intake copies in the spool

  func spooled(_ row: Int, _ outcome: CopyOutcome) {
    answer(row, outcome)
    openRows -= 1
  }

  func holding(_ row: Int) {
    held[row] = .some(nil)
  }

  /// The spool holds it under `tag`.
  func held(_ row: Int, tag: UInt64) {
    held[row] = tag
    if confirmedEarly.remove(row) == nil { answer(row, .spooled) }
  }

  func holdFailed(_ row: Int, _ failure: StoreFailure) {
    held[row] = nil
    if confirmedEarly.remove(row) == nil { answer(row, .unavailable(failure)) }
    openRows -= 1
  }

  /// A held copy is to be settled: its queue's number and its tag in the spool.
  func takeHeld(_ row: Int) -> (queue: QueueID, tag: UInt64)? {
    guard case .intake(let batch, _) = content, let tag = held.removeValue(forKey: row) ?? nil else { return nil }
    openRows -= 1
    return (batch.rows[row].queue, tag)
  }

  private func answer(_ row: Int, _ outcome: CopyOutcome) {
    guard case .intake(_, let completion) = content, let outcome = outcomes.answered(row, outcome) else { return }
    completion(outcome)
  }

  private func letterEnded(_ row: Int, isConfirmed: Bool) {
    confirmedLetters[row] = isConfirmed
    openRows -= 1
    if openRows == 0, case .letters(_, let completion) = content { completion(confirmedLetters) }
  }
}

extension CopyBatch {
  /// Some of the rows with their bytes, in this order.
  func extracting(_ chosen: [Int]) -> CopyBatch {
    if chosen.elementsEqual(rows.indices) { return self }
    var part = CopyBatch()
    part.readAt = readAt
    part.rows.reserveCapacity(chosen.count)
    for row in chosen.lazy.map({ rows[$0] }) {
      let body = part.append(bytes, row.body)
      // In a body of ours the id lies inside it.
      let shift = body.lowerBound - row.body.lowerBound
      let isInside = row.id.lowerBound >= row.body.lowerBound && row.id.upperBound <= row.body.upperBound
      let id = isInside ? row.id.lowerBound + shift..<row.id.upperBound + shift : part.append(bytes, row.id)
      let digest = part.append(bytes, row.digest)
      part.rows.append(Row(queue: row.queue, audience: row.audience, id: id, body: body, digest: digest))
    }
    return part
  }

  private mutating func append(_ source: [UInt8], _ range: Range<Int>) -> Range<Int> {
    let start = bytes.count
    bytes.append(source.span.extracting(range))
    return start..<bytes.count
  }
}
