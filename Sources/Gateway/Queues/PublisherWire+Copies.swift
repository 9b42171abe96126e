import AMQP
import Core

/// What a copy looks like on the wire (contracts.md §6).
extension PublisherWire {
  private static let firstAttempt = attempts(0)
  /// A name that no queue has: the broker confirms such a message and drops it.
  static let probeKey = "beacongate.probe"

  func publish(_ copy: WireCopy, on connection: AMQPConnection) throws(AMQPError) {
    switch copy {
    case .row(let row, let bytes):
      let id = String(text: bytes.span.extracting(row.id))
      try publish(
        parts.names[row.queue.rawValue], id: row.audience.map { "\(id).\($0.rawValue)" } ?? id,
        headers: Self.headers(attempt: 0, ContentDigest(bytes.span.extracting(row.digest))),
        body: bytes.span.extracting(row.body), on: connection)
    case .delivery(let delivery):
      try publish(
        delivery.queue.description, id: delivery.messageID,
        headers: Self.headers(attempt: delivery.attempt, delivery.digest), body: delivery.body.span, on: connection)
    case .letter(let letter):
      try publish(
        letter.queue.deadName, id: letter.messageID, appID: letter.appID, timestamp: letter.timestamp,
        headers: Self.headers(of: letter), body: letter.body.span, on: connection)
    case .pack(let copies): try publish(pack: copies, on: connection)
    case .probe:
      let nothing: [UInt8] = []
      try connection.publish(
        Self.channel, routingKey: Self.probeKey, properties: AMQPProperties(), body: nothing.span, isMandatory: false)
    }
  }

  private func publish(
    _ queue: String, id: String, appID: String? = nil, timestamp: UInt64? = nil, headers: AMQPHeaders,
    body: Span<UInt8>, on connection: AMQPConnection
  ) throws(AMQPError) {
    let known = MessageProperties(body: body)
    var headers = headers
    if let trace = known.traceparent {
      headers.append(MessageHeader.traceparent.rawValue, .string(String(text: body.extracting(trace))))
    }
    let program = known.program.map { String(text: body.extracting($0)) }
    let properties = AMQPProperties(
      messageID: Self.short(id), appID: appID.map(Self.short) ?? program,
      // A body that an older producer has written is passed on as it came.
      type: program == nil ? nil : MessageProperties.type, contentType: MessageProperties.contentType,
      timestamp: timestamp ?? known.timestamp, headers: headers)
    try connection.publish(Self.channel, routingKey: queue, properties: properties, body: body)
  }

  /// A pack goes by the name of its first copy.
  private func publish(pack copies: [WireCopy], on connection: AMQPConnection) throws(AMQPError) {
    var body: [UInt8] = []
    CopyPack.appendOpening(count: copies.count, to: &body)
    var queue = ""
    var id = ""
    for copy in copies {
      switch copy {
      case .row(let row, let bytes):
        let suffix = row.audience.map { ".\($0.rawValue)" } ?? ""
        if queue.isEmpty {
          (queue, id) = (parts.names[row.queue.rawValue], String(text: bytes.span.extracting(row.id)) + suffix)
        }
        CopyPack.append(
          id: bytes.span.extracting(row.id), suffix: suffix, attempt: 0,
          digest: ContentDigest(bytes.span.extracting(row.digest)), body: bytes.span.extracting(row.body),
          to: &body)
      case .delivery(let delivery):
        if queue.isEmpty { (queue, id) = (delivery.queue.description, delivery.messageID) }
        CopyPack.append(
          id: delivery.messageID, attempt: delivery.attempt, digest: delivery.digest,
          body: delivery.body.span, to: &body)
      case .letter, .probe, .pack: preconditionFailure("a pack has copies for a worker, nothing else")
      }
    }
    let properties = AMQPProperties(messageID: id, type: CopyPack.type, contentType: CopyPack.contentType)
    try connection.publish(Self.channel, routingKey: queue, properties: properties, body: body.span)
  }

  private static func attempts(_ count: Int) -> AMQPHeaders {
    [MessageHeader.attempt.rawValue: .integer(Int64(count))]
  }

  private static func headers(attempt: Int, _ digest: ContentDigest?) -> AMQPHeaders {
    var headers = attempt == 0 ? firstAttempt : attempts(attempt)
    if let digest { headers.append(MessageHeader.digest.rawValue, .string(digest.hex)) }
    return headers
  }

  private static func headers(of letter: DeadLetter) -> AMQPHeaders {
    var diedAt: [UInt8] = []
    Timestamp.appendUTC(letter.diedAt, to: &diedAt)
    let lastError = String(letter.note.lastError.unicodeScalars.prefix(MessageHeader.maxErrorScalars))
    var headers: AMQPHeaders = [
      MessageHeader.attempt.rawValue: .integer(Int64(letter.note.attempt)),
      MessageHeader.reason.rawValue: .string(letter.note.reason.rawValue),
      MessageHeader.lastStatus.rawValue: .integer(Int64(letter.note.lastStatus)),
      MessageHeader.lastError.rawValue: .string(lastError),
      MessageHeader.diedAt.rawValue: .string(String(text: diedAt.span)),
    ]
    if let digest = letter.digest { headers.append(MessageHeader.digest.rawValue, .string(digest.hex)) }
    return headers
  }

  /// Cut to what AMQP's short strings hold: a copy that cannot be sent would stand in the way of all others.
  private static func short(_ text: String) -> String {
    guard text.utf8.count > AMQPProperties.maxShortStringBytes else { return text }
    var end = text.utf8.index(text.startIndex, offsetBy: AMQPProperties.maxShortStringBytes)
    while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
    return String(text[..<end])
  }
}
