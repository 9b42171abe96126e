/// Decodes a chunked body (RFC 9112 §7.1), wherever the bytes are cut. Extensions and trailers are checked and dropped.
struct ChunkDecoder: Sendable {
  enum Step { case needMore, complete, refuse(Refusal) }

  private enum State: UInt8 {
    case size, chunkExtension, sizeLineFeed, data, dataReturn, dataLineFeed, trailers
  }

  private var state = State.size
  /// The next byte to be looked at; after `complete`, where the next message begins.
  private(set) var position: Int
  private var digits = 0
  private var size: UInt64 = 0
  private var remaining = 0
  private var extensionBytes = 0
  private var trailerStart = 0
  private var trailers = FieldParser(at: 0)

  init(at position: Int) {
    self.position = position
  }

  /// Appends what `bytes` holds of the body to `body`. The limit counts decoded bytes, and is looked at per chunk size:
  /// a body is refused before its excess is read.
  mutating func advance(_ bytes: Span<UInt8>, into body: inout [UInt8], limits: HTTPLimits) -> Step {
    while position < bytes.count {
      if state == .trailers { return readTrailers(bytes, limits: limits) }
      let refusal: Refusal? =
        switch state {
        case .size: readSize(bytes[position], room: limits.maxBodyBytes - body.count)
        case .chunkExtension: readExtension(bytes, limit: limits.maxChunkExtensionBytes)
        case .sizeLineFeed: readSizeLineFeed(bytes[position])
        case .data: readData(bytes, into: &body)
        case .dataReturn: readDataEnd(bytes[position], .carriageReturn, then: .dataLineFeed)
        case .dataLineFeed: readDataEnd(bytes[position], .lineFeed, then: .size)
        case .trailers: nil
        }
      if let refusal { return .refuse(refusal) }
    }
    return .needMore
  }

  /// Forgets the bytes from `start` to `position`, which the caller takes out of its buffer; how many they are.
  /// The trailer section is never cut into.
  mutating func forget(from start: Int) -> Int {
    if state == .trailers { return 0 }
    let count = position - start
    position = start
    return count
  }

  private mutating func readSize(_ byte: UInt8, room: Int) -> Refusal? {
    if let digit = byte.hexadecimalValue {
      digits += 1
      if digits > HTTPLimits.maxChunkSizeDigits { return .chunkSize }
      size = size << 4 | UInt64(digit)
      position += 1
      return nil
    }
    switch byte {
    case .carriageReturn where digits > 0: state = .sizeLineFeed
    case UInt8(ascii: ";") where digits > 0: state = .chunkExtension
    case .lineFeed: return .lineEnding
    default: return .chunkSize
    }
    if size > UInt64(room) { return .bodyTooLarge }
    position += 1
    return nil
  }

  private mutating func readExtension(_ bytes: Span<UInt8>, limit: Int) -> Refusal? {
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == .carriageReturn {
        state = .sizeLineFeed
        return nil
      }
      guard byte.isVisibleOrSpace || byte == 0x09 else { return byte == .lineFeed ? .lineEnding : .chunkExtension }
      extensionBytes += 1
      if extensionBytes > limit { return .chunkExtension }
    }
    return nil
  }

  private mutating func readSizeLineFeed(_ byte: UInt8) -> Refusal? {
    if byte != .lineFeed { return .lineEnding }
    position += 1
    remaining = Int(size)
    state = .data
    if size == 0 {
      state = .trailers
      trailerStart = position
      trailers = FieldParser(at: position)
    }
    size = 0
    digits = 0
    return nil
  }

  private mutating func readData(_ bytes: Span<UInt8>, into body: inout [UInt8]) -> Refusal? {
    let count = min(remaining, bytes.count - position)
    body.append(bytes.extracting(position..<(position + count)))
    position += count
    remaining -= count
    if remaining == 0 { state = .dataReturn }
    return nil
  }

  private mutating func readDataEnd(_ byte: UInt8, _ expected: UInt8, then next: State) -> Refusal? {
    if byte != expected { return .chunkEnd }
    position += 1
    state = next
    return nil
  }

  private mutating func readTrailers(_ bytes: Span<UInt8>, limits: HTTPLimits) -> Step {
    let limit = trailerStart + limits.maxTrailerBytes
    while true {
      let step = trailers.next(bytes, upTo: min(bytes.count, limit))
      position = trailers.position
      switch step {
      case .field: continue
      case .end: return .complete
      case .refuse(let refusal): return .refuse(refusal)
      case .needMore: return bytes.count >= limit ? .refuse(.trailersTooLarge) : .needMore
      }
    }
  }
}
