import CNghttp2
import Core

/// What nghttp2 says while it reads and writes. False ends the session: with ENHANCE_YOUR_CALM where a limit is passed, otherwise with
/// PROTOCOL_ERROR.
extension HTTP2Session {
  /// Each frame, before anything else is known of it.
  func frameBegan(_ frame: nghttp2_frame_hd) -> Bool {
    if UInt32(frame.type) != NGHTTP2_CONTINUATION.rawValue { fieldsBegan = nil }
    // nghttp2 does not look at priorities, which leaves this to us (RFC 9113 §6.3).
    if UInt32(frame.type) == NGHTTP2_PRIORITY.rawValue, frame.stream_id == 0 { return false }
    let isAllowed =
      switch UInt32(frame.type) {
      case NGHTTP2_HEADERS.rawValue: true
      case NGHTTP2_CONTINUATION.rawValue: countContinuation()
      case NGHTTP2_DATA.rawValue: frame.length > 0 || Self.endsStream(frame) || idleFrames.spend(at: now)
      case NGHTTP2_RST_STREAM.rawValue: resets.spend(at: now)
      default: idleFrames.spend(at: now)
      }
    return isAllowed || excess()
  }

  func fieldsBegan(isRequest: Bool) {
    fieldsBegan = now
    trailerBytes = 0
    continuations = 0
    if isRequest { head.begin() }
  }

  func field(isRequest: Bool, _ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool {
    if isRequest {
      head.add(name, value)
      return head.size <= maxSectionBytes || excess()
    }
    trailerBytes += name.count + value.count
    return trailerBytes <= maxTrailerBytes || excess()
  }

  func fieldsEnded(_ stream: Stream, isRequest: Bool, endsStream: Bool) {
    fieldsBegan = nil
    // The peer was told, or is about to be, that this one is not served.
    guard stream <= lastServed else { return reset(stream, .refused) }
    if isRequest {
      idleFrames.credit(HTTP2Limits.idleFramesPerRequest)
      let outcome = head.finish(endsStream: endsStream)
      receiver?.began(stream, outcome, bytes: head.takeBytes(), isHead: head.isHead, endsStream: endsStream)
    }
    if endsStream { receiver?.ended(stream) }
  }

  func body(_ stream: Stream, _ bytes: Span<UInt8>) {
    let isTaken = receiver?.received(stream, bytes) ?? false
    if isTaken {
      unsafe nghttp2_session_consume(session, stream, bytes.count)
    } else {
      unsafe nghttp2_session_consume_connection(session, bytes.count)
    }
  }

  /// We have reset a stream; by `code` NO_ERROR after its answer.
  func sentReset(_ code: UInt32) {
    if code != NGHTTP2_NO_ERROR.rawValue, !provokedResets.spend(at: now) { _ = excess() }
  }

  func closed(_ stream: Stream) {
    outgoing[stream] = nil
    receiver?.closed(stream)
  }

  private func countContinuation() -> Bool {
    continuations += 1
    return continuations <= HTTP2Limits.maxContinuations
  }

  private func excess() -> Bool {
    isExcessive = true
    return false
  }

  static func endsStream(_ frame: nghttp2_frame_hd) -> Bool {
    frame.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
  }
}
