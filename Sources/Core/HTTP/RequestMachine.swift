/// Finds the requests in one connection's bytes (RFC 9112): a connection has one of these, and feeds it all it receives.
///
/// It keeps no bytes but a chunked body's, looks at each byte once, and gives the same outcome however they were cut.
package struct RequestMachine: ~Copyable, Sendable {
  package enum Step: Sendable, Equatable {
    /// Nothing yet: call again with more bytes.
    case needMore
    /// The client waits: write `100 Continue`, then call again. `head` is complete; the caller may as well answer and
    /// close. At most once a request, and only if nothing of the body has come.
    case sendContinue
    /// Complete: `head` is valid for the same bytes until the next call, which begins at byte `consumed`.
    case request(consumed: Int, body: Body)
    /// Answer this and close; nothing that follows on the connection is looked at.
    case refuse(Refusal)
  }

  package enum Body: Sendable, Equatable {
    /// Where the body lies in the message's bytes; empty without one.
    case range(Range<Int>)
    /// The body is `chunkedBody`.
    case decoded
  }

  /// How far the current message has come: each phase has its own deadline.
  package enum Phase: UInt8, Sendable, Equatable {
    /// No byte of a message, empty lines aside.
    case idle
    case head
    case body
  }

  private enum State: Sendable {
    /// The last message is complete, or none has begun.
    case between
    case head
    /// The body is complete when the message has so many bytes.
    case length(Int)
    case chunked
    case refused(Refusal)
  }

  private let limits: HTTPLimits
  private var state = State.between
  private var parser = HeadParser()
  private var decoder = ChunkDecoder(at: 0)
  private var continueSent = false
  /// The decoded body of a `.decoded` request, until the next call of `advance`.
  package private(set) var chunkedBody: [UInt8] = []

  package init(limits: HTTPLimits) {
    self.limits = limits
  }

  /// The request line and headers, complete from the step `sendContinue` or `request` on. After a refusal it holds what
  /// was understood: an answer to a `head` has no body even then.
  package var head: RequestHead { parser.head }

  package var phase: Phase {
    switch state {
    case .between, .refused: .idle
    case .head: parser.hasBegun ? .head : .idle
    case .length, .chunked: .body
    }
  }

  /// `bytes` begins at the first byte of the current message and holds everything received of it so far, what
  /// `takeDiscardable` gave away excepted.
  package mutating func advance(_ bytes: Span<UInt8>) -> Step {
    switch state {
    case .refused(let refusal): return .refuse(refusal)
    case .between:
      begin()
      return readHead(bytes)
    case .head: return readHead(bytes)
    case .length(let end): return readLength(bytes, end: end)
    case .chunked: return readChunks(bytes)
    }
  }

  /// The bytes of a chunked body that are decoded already, if there are any: the caller must take them out of its
  /// buffer before it calls `advance` again. So no more of a body than its decoded bytes stays in memory.
  package mutating func takeDiscardable() -> Range<Int>? {
    guard case .chunked = state else { return nil }
    let start = parser.head.end
    let count = decoder.forget(from: start)
    return count == 0 ? nil : start..<(start + count)
  }

  private mutating func begin() {
    state = .head
    parser = HeadParser()
    continueSent = false
    if chunkedBody.capacity > HTTPLimits.keptBodyBytes {
      chunkedBody = []
    } else {
      chunkedBody.removeAll(keepingCapacity: true)
    }
  }

  private mutating func readHead(_ bytes: Span<UInt8>) -> Step {
    switch parser.advance(bytes, limits: limits) {
    case .needMore: return .needMore
    case .refuse(let refusal): return refuse(refusal)
    case .complete: break
    }
    let end = parser.head.end
    switch parser.head.framing {
    case .none:
      return complete(consumed: end, .range(end..<end))
    case .length(let count):
      state = .length(end + count)
      return readLength(bytes, end: end + count)
    case .chunked:
      state = .chunked
      decoder = ChunkDecoder(at: end)
      return readChunks(bytes)
    }
  }

  private mutating func readLength(_ bytes: Span<UInt8>, end: Int) -> Step {
    if bytes.count >= end { return complete(consumed: end, .range(parser.head.end..<end)) }
    return wait(bytes)
  }

  private mutating func readChunks(_ bytes: Span<UInt8>) -> Step {
    switch decoder.advance(bytes, into: &chunkedBody, limits: limits) {
    case .needMore: wait(bytes)
    case .refuse(let refusal): refuse(refusal)
    case .complete: complete(consumed: decoder.position, .decoded)
    }
  }

  /// RFC 9110 §10.1.1: no interim answer once body bytes have come.
  private mutating func wait(_ bytes: Span<UInt8>) -> Step {
    if !parser.head.expectsContinue || continueSent { return .needMore }
    continueSent = true
    return bytes.count == parser.head.end ? .sendContinue : .needMore
  }

  private mutating func complete(consumed: Int, _ body: Body) -> Step {
    state = .between
    return .request(consumed: consumed, body: body)
  }

  private mutating func refuse(_ refusal: Refusal) -> Step {
    state = .refused(refusal)
    return .refuse(refusal)
  }
}
