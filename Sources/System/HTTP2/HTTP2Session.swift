import CNghttp2
package import Core

/// The server's side of one HTTP/2 connection (RFC 9113) without its socket: bytes in, requests out, answers in, bytes out.
///
/// Confined to its loop. Whatever a peer sends costs a bounded amount; one that asks for more than `HTTP2Limits`
/// allow is told GOAWAY with ENHANCE_YOUR_CALM, and the session is over.
@safe package final class HTTP2Session {
  package typealias Stream = Int32

  /// An answer's body as far as it has not left.
  struct Outgoing {
    let bytes: [UInt8]
    var position: Int
    /// More is to come.
    var isOpen = false

    var isSpent: Bool { position == bytes.count }
  }

  let session: OpaquePointer
  /// Set while the session reads or writes.
  var receiver: (any HTTP2Receiver)?
  /// Monotonic nanoseconds of the call that runs.
  var now: UInt64 = 0
  /// The request whose fields are being read.
  var head: StreamHead
  private let limits: HTTPLimits
  var trailerBytes = 0
  var continuations = 0
  var outgoing: [Stream: Outgoing] = [:]
  var idleFrames = HTTP2Limits.idleFrames
  var resets = HTTP2Limits.resets
  var provokedResets = HTTP2Limits.provokedResets
  /// The peer has gone beyond what it may.
  var isExcessive = false
  /// Streams beyond it are refused.
  private(set) var lastServed = Stream.max
  private var isTerminated = false

  /// The client's preface has come, its SETTINGS included.
  package internal(set) var isReady = false
  /// When a field section began that is not complete; `nil` between them.
  package internal(set) var fieldsBegan: UInt64?
  /// When bytes of a body last left, while any wait.
  package internal(set) var bodyLeft: UInt64 = 0
  /// The peer has answered our PING: it has seen whatever was sent before.
  package internal(set) var hasAnsweredPing = false

  /// `nil` for want of memory.
  package init?(limits: HTTPLimits) {
    guard let made = unsafe Self.makeSession() else { return nil }
    unsafe session = made
    self.limits = limits
    head = StreamHead(limits: limits)
    unsafe nghttp2_session_set_user_data(session, Unmanaged.passUnretained(self).toOpaque())
    sendSettings()
  }

  deinit { unsafe nghttp2_session_del(session) }

  var listBytes: Int { limits.maxHeaderBytes + 32 * limits.maxHeaders }
  var maxTrailerBytes: Int { limits.maxTrailerBytes }
  var maxSectionBytes: Int { limits.maxHeaderBytes * HTTP2Limits.maxHeaderExcess }

  // MARK: Bytes

  /// Takes what the peer has sent; `receiver` hears of all that it completes.
  package func receive(_ bytes: Span<UInt8>, for receiver: any HTTP2Receiver, at now: UInt64) {
    guard !bytes.isEmpty, !isTerminated else { return }
    let result = during(receiver, now) {
      unsafe bytes.withUnsafeBufferPointer { unsafe nghttp2_session_mem_recv(session, $0.baseAddress, $0.count) }
    }
    switch Int32(clamping: result) {
    case NGHTTP2_ERR_FLOODED.rawValue, NGHTTP2_ERR_TOO_MANY_CONTINUATIONS.rawValue: isExcessive = true
    case ..<0 where !isExcessive: terminate(NGHTTP2_PROTOCOL_ERROR)
    default: break
    }
    if isExcessive { terminate(NGHTTP2_ENHANCE_YOUR_CALM) }
  }

  /// Appends what is to be sent, until `output` has `limit` bytes or a frame more.
  package func write(to output: inout [UInt8], limit: Int, for receiver: any HTTP2Receiver, at now: UInt64) {
    during(receiver, now) {
      while output.count < limit {
        var frame: UnsafePointer<UInt8>?
        let count = unsafe nghttp2_session_mem_send(session, &frame)
        guard count > 0, let frame = unsafe frame else { break }
        output.append(unsafe UnsafeBufferPointer(start: frame, count: count).span)
        if isExcessive, !isTerminated { terminate(NGHTTP2_ENHANCE_YOUR_CALM) }
      }
    }
  }

  private func during<Result>(_ receiver: any HTTP2Receiver, _ now: UInt64, _ body: () -> Result) -> Result {
    self.receiver = receiver
    self.now = now
    defer { self.receiver = nil }
    return body()
  }

  /// Something waits to be sent, flow control permitting.
  package var wantsWrite: Bool { unsafe nghttp2_session_want_write(session) != 0 }

  /// Nothing will be read or sent any more.
  package var isOver: Bool { unsafe nghttp2_session_want_read(session) == 0 && !wantsWrite }

  /// Bodies of answers wait for the peer's windows.
  package var hasWaitingBodies: Bool { outgoing.values.contains { !$0.isOpen || !$0.isSpent } }

  // MARK: Ending

  /// Says that no new streams will be served soon, and asks for a sign that this was read (RFC 9113 §6.8).
  package func announceEnd() {
    unsafe nghttp2_submit_shutdown_notice(session)
    unsafe nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil)
  }

  /// Serves the streams that have come and no more; over when the last one is answered.
  package func end() {
    guard lastServed == .max, !isTerminated else { return }
    lastServed = unsafe nghttp2_session_get_last_proc_stream_id(session)
    unsafe nghttp2_submit_goaway(
      session, UInt8(NGHTTP2_FLAG_NONE.rawValue), lastServed, NGHTTP2_NO_ERROR.rawValue, nil, 0)
  }

  /// Ends the session at once: the peer has taken too long, or too much.
  package func calm() { terminate(NGHTTP2_ENHANCE_YOUR_CALM) }

  private func terminate(_ code: nghttp2_error_code) {
    guard !isTerminated else { return }
    isTerminated = true
    unsafe nghttp2_session_terminate_session(session, code.rawValue)
  }
}
