import Core
import Platform

/// What is taken over from a damaged file: which copies, and as what.
struct SalvageHaul {
  /// What is stored at once.
  struct Load: Sendable {
    var waiting = CopyBatch()
    var parked: [ForeignCopy] = []
    var dead: [(copy: ForeignCopy, note: DeathNote)] = []
  }

  private let file: SpoolFile
  private let names: [String: (name: QueueName, id: QueueID)]
  private let firsts: [Int64: Int64]
  /// A later time to wait for is damaged.
  private let horizon = Clock.unixMilliseconds() + EmbeddedKeeper.longestWait
  private var load = Load()
  /// Copies in `load`.
  private var count = 0
  private(set) var taken = 0
  /// Not whole, or of a queue that is not configured.
  private(set) var left = 0

  /// `names` are the configured queues, `firsts` by a queue's number the first copy that is wanted of it.
  init(_ file: SpoolFile, _ names: [QueueName], from firsts: [Int64: Int64]) {
    self.file = file
    self.firsts = firsts
    self.names = Dictionary(
      names.enumerated().map { ($0.element.description, ($0.element, QueueID(place: $0.offset))) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Returns how many copies the load has now.
  mutating func take(_ copy: SpoolCopy) -> Int {
    if let first = firsts[copy.queue], copy.sequence < first { return count }
    guard copy.isIntact, let queue = names[file.queue(of: copy).name] else {
      left += 1
      return count
    }
    taken += 1
    count += 1
    switch (copy.state, copy.death) {
    case (.dead, let death?):
      let note = DeathNote(
        reason: DeathReason(rawValue: death.reason) ?? .rejected, attempt: copy.attempt,
        lastStatus: Int(clamping: death.lastStatus), lastError: death.lastError)
      load.dead.append((foreign(copy, queue.name), note))
    case (.parked, _): load.parked.append(foreign(copy, queue.name))
    default: load.waiting.append(copy, queue.id)
    }
    return count
  }

  /// The load so far; the next one begins empty.
  mutating func next() -> Load {
    defer {
      load = Load()
      count = 0
    }
    return load
  }

  private func foreign(_ copy: SpoolCopy, _ queue: QueueName) -> ForeignCopy {
    let dueAt = copy.dueAt ?? 0
    return ForeignCopy(
      queue: queue, messageID: EmbeddedRow.messageID(copy.id, copy.audience), attempt: copy.attempt, body: copy.body,
      digest: copy.digest, dueAt: dueAt > horizon ? 0 : dueAt)
  }
}

extension CopyBatch {
  fileprivate mutating func append(_ copy: SpoolCopy, _ queue: QueueID) {
    let start = bytes.count
    bytes += copy.id
    let middle = bytes.count
    bytes += copy.body
    let end = bytes.count
    copy.digest?.append(to: &bytes)
    rows.append(
      Row(
        queue: queue, audience: copy.audience, id: start..<middle, body: middle..<end, digest: end..<bytes.count))
  }
}
