import Core

/// The batches that have not ended, by number. A ticket is a batch's number and a row in it, so that finding either costs an
/// index.
struct PublisherBatches {
  private var slots: [PublisherBatch?] = []
  private var free: [Int] = []

  var isEmpty: Bool { free.count == slots.count }

  mutating func insert(_ batch: PublisherBatch) -> Int {
    guard let number = free.popLast() else {
      slots.append(batch)
      return slots.count - 1
    }
    slots[number] = batch
    return number
  }

  subscript(number: Int) -> PublisherBatch {
    guard let batch = slots[number] else { preconditionFailure("a batch was asked for that has ended") }
    return batch
  }

  /// To be asked whenever a row of it has ended.
  mutating func removeIfEnded(_ number: Int) {
    guard slots[number]?.hasEnded == true else { return }
    slots[number] = nil
    free.append(number)
  }
}

/// The machine's name for a copy.
struct PublisherTicket {
  let batch: Int
  let row: Int

  init(batch: Int, row: Int) {
    self.batch = batch
    self.row = row
  }

  init(_ value: UInt64) {
    batch = Int(value >> 32)
    row = Int(value & 0xFFFF_FFFF)
  }

  var value: UInt64 { UInt64(batch) << 32 | UInt64(row) }
}

/// What a turn of the publisher has to send on, gathered so that it goes in one piece.
struct PublisherOutbox {
  /// To the wire.
  private var copies: [WireCopy] = []
  /// The tag of the last one, and what shares it, if anything does.
  private var tag: UInt64 = 0
  private var pack: [WireCopy] = []
  /// To the spool, rows of one batch together.
  var spooling: [(batch: Int, rows: [Int])] = []
  var shelving: [(batch: Int, rows: [Int])] = []
  var holding: [(batch: Int, rows: [Int])] = []
  var settlements: [QueueName: [(tag: UInt64, isHandedOver: Bool)]] = [:]

  /// Copies with one tag follow each other.
  mutating func publish(_ copy: WireCopy, tag: UInt64) {
    guard tag == self.tag else {
      closePack()
      copies.append(copy)
      self.tag = tag
      return
    }
    if pack.isEmpty, let first = copies.popLast() { pack.append(first) }
    pack.append(copy)
  }

  mutating func probe() {
    closePack()
    copies.append(.probe)
    tag = 0
  }

  private mutating func closePack() {
    guard !pack.isEmpty else { return }
    copies.append(.pack(pack))
    pack = []
  }

  mutating func takeCopies() -> [WireCopy] {
    closePack()
    tag = 0
    defer { copies = [] }
    return copies
  }

  static func append(_ ticket: PublisherTicket, to list: inout [(batch: Int, rows: [Int])]) {
    if let last = list.indices.last, list[last].batch == ticket.batch {
      list[last].rows.append(ticket.row)
    } else {
      list.append((ticket.batch, [ticket.row]))
    }
  }
}
