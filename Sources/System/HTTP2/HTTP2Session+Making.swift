import CNghttp2
import Core

private let goOn: Int32 = 0
private let stop = NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
/// The stream alone is at fault.
private let resetStream = NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue

/// The session as nghttp2 makes it: its options, and the functions that it calls back.
extension HTTP2Session {
  static func makeSession() -> OpaquePointer? {
    var (callbacks, options, session): (OpaquePointer?, OpaquePointer?, OpaquePointer?)
    guard unsafe nghttp2_session_callbacks_new(&callbacks) == 0 else { return nil }
    defer { unsafe nghttp2_session_callbacks_del(callbacks) }
    guard unsafe nghttp2_option_new(&options) == 0 else { return nil }
    defer { unsafe nghttp2_option_del(options) }
    unsafe set(callbacks)
    unsafe limit(options)
    guard unsafe nghttp2_session_server_new2(&session, callbacks, nil, options) == 0 else { return nil }
    return unsafe session
  }

  private static func limit(_ options: OpaquePointer?) {
    unsafe nghttp2_option_set_no_auto_window_update(options, 1)
    unsafe nghttp2_option_set_no_closed_streams(options, 1)
    unsafe nghttp2_option_set_max_deflate_dynamic_table_size(options, HTTP2Limits.headerTableBytes)
    unsafe nghttp2_option_set_max_settings(options, HTTP2Limits.maxSettings)
    unsafe nghttp2_option_set_max_outbound_ack(options, HTTP2Limits.maxWaitingAcknowledgements)
    // nghttp2 counts a frame again for each piece that its 9 bytes of header come in; we count frames.
    unsafe nghttp2_option_set_max_continuations(options, HTTP2Limits.maxContinuations * 10)
    // We count resets ourselves, by the caller's clock; nghttp2 does so by its own, which is left some room.
    unsafe nghttp2_option_set_stream_reset_rate_limit(
      options, UInt64(HTTP2Limits.resets.burst * 20), UInt64(HTTP2Limits.resets.perSecond * 20))
  }

  static func of(_ user: UnsafeMutableRawPointer?) -> HTTP2Session? {
    unsafe user.map { unsafe Unmanaged<HTTP2Session>.fromOpaque($0).takeUnretainedValue() }
  }

  fileprivate static func isRequest(_ frame: UnsafePointer<nghttp2_frame>) -> Bool {
    unsafe frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
  }

  private static func set(_ callbacks: OpaquePointer?) {
    unsafe nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) { _, frame, user in
      guard let session = unsafe HTTP2Session.of(user), let frame = unsafe frame else { return goOn }
      return unsafe session.frameBegan(frame.pointee) ? goOn : stop
    }
    unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, user in
      guard let session = unsafe HTTP2Session.of(user), let frame = unsafe frame else { return goOn }
      session.fieldsBegan(isRequest: unsafe HTTP2Session.isRequest(frame))
      return goOn
    }
    unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks) {
      _, frame, name, nameCount, value, valueCount, _, user in
      guard let session = unsafe HTTP2Session.of(user), let frame = unsafe frame else { return goOn }
      let name = unsafe UnsafeBufferPointer(start: name, count: nameCount)
      let value = unsafe UnsafeBufferPointer(start: value, count: valueCount)
      return unsafe session.field(isRequest: HTTP2Session.isRequest(frame), name.span, value.span) ? goOn : stop
    }
    // Without this a field that cannot be is left out silently; malformed requests are no requests.
    unsafe nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks) { _, _, _, _, _, _, _, _ in resetStream }
    unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, stream, bytes, count, user in
      guard let session = unsafe HTTP2Session.of(user) else { return goOn }
      session.body(stream, unsafe UnsafeBufferPointer(start: bytes, count: count).span)
      return goOn
    }
    unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, user in
      guard let session = unsafe HTTP2Session.of(user), let frame = unsafe frame else { return goOn }
      unsafe session.received(frame)
      return goOn
    }
    unsafe nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, user in
      guard let session = unsafe HTTP2Session.of(user), let frame = unsafe frame else { return goOn }
      let isReset = unsafe UInt32(frame.pointee.hd.type) == NGHTTP2_RST_STREAM.rawValue
      if isReset { session.sentReset(unsafe frame.pointee.rst_stream.error_code) }
      return goOn
    }
    unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, stream, _, user in
      unsafe HTTP2Session.of(user)?.closed(stream)
      return goOn
    }
  }

  private func received(_ frame: UnsafePointer<nghttp2_frame>) {
    let header = unsafe frame.pointee.hd
    switch UInt32(header.type) {
    case NGHTTP2_HEADERS.rawValue:
      fieldsEnded(
        header.stream_id, isRequest: unsafe Self.isRequest(frame), endsStream: Self.endsStream(header))
    case NGHTTP2_DATA.rawValue: if Self.endsStream(header) { receiver?.ended(header.stream_id) }
    case NGHTTP2_SETTINGS.rawValue: isReady = true
    case NGHTTP2_PING.rawValue: if header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0 { hasAnsweredPing = true }
    default: break
    }
  }
}
