import Core
import Integrity

/// A copy as the embedded queue holds it.
struct EmbeddedRow: Sendable {
  let sequence: Int64
  let id: [UInt8]
  let audience: Audience?
  let digest: ContentDigest?
  /// Failed attempts so far.
  var attempt: Int
  let body: [UInt8]
  /// Arrival, Unix milliseconds.
  let at: Int64
  /// False: its bytes are not those that were written.
  private(set) var isIntact: Bool
  /// The first sequence number of its pack; `nil` for a parked copy, which is a row of its own.
  let pack: Int64?
  /// What a parked copy waits for.
  var lane: String?

  /// It is counted, and waits for its digest.
  var isGrouped: Bool { lane?.hasPrefix(DigestLane.prefix) ?? false }

  /// The event id, with the audience on a `_tg` queue.
  var messageID: String { Self.messageID(id, audience) }

  static func messageID(_ id: [UInt8], _ audience: Audience?) -> String {
    let id = String(decoding: id, as: UTF8.self)
    return audience.map { "\(id).\($0.rawValue)" } ?? id
  }

  func delivery(of queue: QueueName) -> Delivery {
    Delivery(
      tag: UInt64(sequence), queue: queue, messageID: messageID, attempt: attempt, body: body, digest: digest,
      isParked: pack == nil, lane: lane, storedAt: at)
  }

  /// The same copy, known to have changed.
  var damaged: EmbeddedRow {
    var row = self
    row.isIntact = false
    return row
  }

  /// What a row of its own keeps to be checked against.
  var checksum: Int64 {
    var checksum = Checksum()
    checksum.add(id.span)
    checksum.add(body.span)
    if let digest { checksum.add(digest.bytes.span) }
    return Int64(bitPattern: checksum.value)
  }
}

extension Optional<Audience> {
  /// How a row keeps the audience.
  var code: UInt8 {
    switch self {
    case nil: 0
    case .developer: 1
    case .customer: 2
    }
  }

  init(code: UInt8) {
    switch code {
    case 1: self = .developer
    case 2: self = .customer
    default: self = nil
    }
  }
}
