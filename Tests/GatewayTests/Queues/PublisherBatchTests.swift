import Core
import Synchronization
import Testing

@testable import Gateway

@Suite struct PublisherBatchTests {
  private func batch(_ ids: [String]) -> CopyBatch {
    var batch = CopyBatch()
    for (index, id) in ids.enumerated() {
      let start = batch.bytes.count
      batch.bytes += Array(#"{"v":1,"id":"\#(id)"}"#.utf8)
      let id = start + 13..<batch.bytes.count - 2
      batch.rows.append(
        CopyBatch.Row(
          queue: QueueID(domain: index, sink: .logbeacon), audience: nil, id: id, body: start..<batch.bytes.count))
    }
    return batch
  }

  @Test("some rows of a batch keep their bytes, wherever the id lies", arguments: [[2, 0], [1], [0, 1, 2], []])
  func extracting(rows: [Int]) {
    let ids = ["a", "bb", "ccc"]
    for whole in [batch(ids), CopyBatch(ids: ids, body: #"{"n":1}"#)] {
      let part = whole.extracting(rows)
      #expect(part.rows.map(\.queue) == rows.map { whole.rows[$0].queue })
      #expect(part.rows.map { String(decoding: part.bytes[$0.id], as: UTF8.self) } == rows.map { ids[$0] })
      #expect(part.rows.map { part.bytes[$0.body] } == rows.map { whole.bytes[whole.rows[$0].body] })
    }
  }

  @Test("outcomes that are alike are one word, others are told row by row, and only the last row brings them")
  func outcomes() {
    var alike = PublisherOutcomes(count: 2)
    #expect(alike.answered(1, .spooled) == nil)
    #expect(alike.answered(0, .spooled) == .spooled)
    var refused = PublisherOutcomes(count: 1)
    #expect(refused.answered(0, .unavailable(.full)) == .unavailable(.full))
    var mixed = PublisherOutcomes(count: 4)
    #expect(mixed.answered(3, .confirmed) == nil)
    #expect(mixed.answered(1, .confirmed) == nil)
    #expect(mixed.answered(0, .unavailable(.diskFull)) == nil)
    #expect(mixed.answered(2, .spooled) == .mixed([.unavailable(.diskFull), .confirmed, .spooled, .confirmed]))
  }

  @Test("a copy that is confirmed while the spool stores it is answered once, and ends when the spool's row is settled")
  func confirmedWhileHolding() {
    let answers = Answers()
    let batch = PublisherBatch(.intake(batch(["a"]), { answers.append($0) }), handedAt: 0)
    batch.holding(0)
    batch.confirmed(0)
    #expect(answers.all == [.confirmed])
    #expect(!batch.hasEnded)
    batch.held(0, tag: 7)
    #expect(batch.takeHeld(0)?.tag == 7)
    #expect(batch.takeHeld(0) == nil)
    #expect(batch.hasEnded)
    #expect(answers.all == [.confirmed])
  }
}

/// What a completion was called with.
private final class Answers: Sendable {
  private let answers = Mutex<[StoreOutcome]>([])
  func append(_ outcome: StoreOutcome) { answers.withLock { $0.append(outcome) } }
  var all: [StoreOutcome] { answers.withLock { $0 } }
}
