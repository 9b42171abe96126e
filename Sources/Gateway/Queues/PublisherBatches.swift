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
  var copies: [WireCopy] = []
  /// To the spool, rows of one batch together.
  var spooling: [(batch: Int, rows: [Int])] = []
  var holding: [(batch: Int, rows: [Int])] = []
  var settlements: [QueueName: [(tag: UInt64, isHandedOver: Bool)]] = [:]

  static func append(_ ticket: PublisherTicket, to list: inout [(batch: Int, rows: [Int])]) {
    if let last = list.indices.last, list[last].batch == ticket.batch {
      list[last].rows.append(ticket.row)
    } else {
      list.append((ticket.batch, [ticket.row]))
    }
  }
}
