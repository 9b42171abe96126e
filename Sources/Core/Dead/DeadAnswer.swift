/// What became of an order.
package struct DeadAnswer: Sendable, Equatable {
  /// How many letters lie in one place.
  package struct Count: Sendable, Equatable {
    package let queue: QueueName
    package let place: DeadPlace
    package let letters: Int

    package init(queue: QueueName, place: DeadPlace, letters: Int) {
      self.queue = queue
      self.place = place
      self.letters = letters
    }
  }

  package var entries: [DeadEntry] = []
  /// Of the one letter that was read.
  package var body: [UInt8] = []
  /// False: the body is not what was stored.
  package var isIntact = true
  /// Replayed or purged.
  package var changed = 0
  /// Where to go on; `nil`: nothing is left.
  package var next: DeadCursor?
  package var counts: [Count] = []
  /// Letters at the broker that lie behind those which one request looks at.
  package var unseen = 0
  /// Why it ended early: a sentence.
  package var failure: String?

  package init() {}

  package init(failure: String) {
    self.failure = failure
  }

  package static func += (answer: inout Self, later: Self) {
    answer.entries += later.entries
    if !later.entries.isEmpty {
      answer.body = later.body
      answer.isIntact = later.isIntact
    }
    answer.changed += later.changed
    answer.next = later.next
    answer.counts += later.counts
    answer.unseen += later.unseen
    answer.failure = answer.failure ?? later.failure
  }
}
