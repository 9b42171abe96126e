import Core

/// The `Idempotency-Key` of a request: the id of a single event, or what the ids of a batch's items begin with.
enum IdempotencyKey {
  case absent
  case given([UInt8])

  init(_ field: Span<UInt8>) {
    var bytes: [UInt8] = []
    bytes.append(field)
    self = .given(bytes)
  }

  /// A batch leaves room for `:` and the item's number.
  func isValid(forBatch: Bool) -> Bool {
    guard case .given(let key) = self else { return true }
    return (forBatch ? EventID(batchKey: key.span, item: 0) : EventID(key.span)) != nil
  }

  /// The id that the key means for item `index`, or for a single event.
  func id(forItem index: Int?) -> EventID? {
    guard case .given(let key) = self else { return nil }
    return index.map { EventID(batchKey: key.span, item: $0) } ?? EventID(key.span)
  }
}
