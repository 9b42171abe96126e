import CNghttp2
package import Core

extension HTTP2Session {
  /// Answers a stream, once; one that is closed by now is left alone. `isOpen`: the body comes later, by ``extend``.
  package func answer(_ stream: Stream, with answer: StreamAnswer, isOpen: Bool = false) {
    guard unsafe nghttp2_session_get_stream_remote_close(session, stream) >= 0 else { return }
    var bytes = answer.bytes
    let hasBody = isOpen || !answer.body.isEmpty
    if hasBody {
      if outgoing.isEmpty { bodyLeft = now }
      outgoing[stream] = Outgoing(bytes: bytes, position: answer.body.lowerBound, isOpen: isOpen)
    }
    let result = unsafe bytes.withUnsafeMutableBufferPointer { buffer -> Int32 in
      guard let base = buffer.baseAddress else { return 0 }
      let fields = unsafe answer.fields.map { field in
        unsafe nghttp2_nv(
          name: base + field.name.lowerBound, value: base + field.value.lowerBound, namelen: field.name.count,
          valuelen: field.value.count, flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue))
      }
      guard hasBody else { return unsafe nghttp2_submit_response(session, stream, fields, fields.count, nil) }
      var provider = unsafe nghttp2_data_provider(source: nghttp2_data_source(), read_callback: Self.readBody)
      return unsafe nghttp2_submit_response(session, stream, fields, fields.count, &provider)
    }
    if result != 0 {
      outgoing[stream] = nil
      reset(stream, .failed)
    }
  }

  /// The stream's answer is open, and all that was given of its body has left.
  package func wantsMore(_ stream: Stream) -> Bool { outgoing[stream].map { $0.isOpen && $0.isSpent } ?? false }

  /// Goes on with an open answer that ``wantsMore``; with the last piece it is open no longer.
  package func extend(_ stream: Stream, with piece: [UInt8], isLast: Bool, at now: UInt64) {
    guard wantsMore(stream) else { return }
    if !hasWaitingBodies { bodyLeft = now }
    outgoing[stream] = Outgoing(bytes: piece, position: 0, isOpen: !isLast)
    unsafe nghttp2_session_resume_data(session, stream)
  }

  /// Part of the stream's answer waits, for the peer's windows or for ``extend``.
  package func isSendingBody(_ stream: Stream) -> Bool { outgoing[stream] != nil }

  /// Tells a client that waits to send its body (RFC 9110 §15.2.1).
  package func sendContinue(_ stream: Stream) {
    var text = Array(":status100".utf8)
    unsafe text.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let field = unsafe nghttp2_nv(
        name: base, value: base + 7, namelen: 7, valuelen: 3, flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue))
      unsafe nghttp2_submit_headers(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, nil, [field], 1, nil)
    }
  }

  package enum ResetReason {
    /// The request is malformed.
    case malformed
    /// There are too many; the client may try again.
    case refused
    /// There is no memory to answer with.
    case failed
    /// The answer has been given, and the rest of the request is not wanted (RFC 9113 §8.1).
    case answered
  }

  package func reset(_ stream: Stream, _ reason: ResetReason) {
    let code =
      switch reason {
      case .malformed: NGHTTP2_PROTOCOL_ERROR
      case .refused: NGHTTP2_REFUSED_STREAM
      case .failed: NGHTTP2_INTERNAL_ERROR
      case .answered: NGHTTP2_NO_ERROR
      }
    unsafe nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, code.rawValue)
  }

  func sendSettings() {
    let settings = [
      (NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, HTTP2Limits.maxConcurrentStreams),
      (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, HTTP2Limits.streamWindowBytes),
      (NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, HTTP2Limits.headerTableBytes),
      // Each field counts for 32 bytes more than it has (RFC 9113 §6.5.2).
      (NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, listBytes),
      (NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1),
    ].map { nghttp2_settings_entry(settings_id: Int32($0.rawValue), value: UInt32(clamping: $1)) }
    unsafe nghttp2_submit_settings(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), settings, settings.count)
    unsafe nghttp2_session_set_local_window_size(
      session, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, Int32(HTTP2Limits.connectionWindowBytes))
  }

  /// Hands over what fits of an answer's body.
  private static let readBody: nghttp2_data_source_read_callback = { _, stream, buffer, length, flags, _, user in
    guard let session = unsafe HTTP2Session.of(user), let buffer = unsafe buffer,
      var body = session.outgoing[stream]
    else { return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue) }
    guard !body.isOpen || !body.isSpent else { return Int(NGHTTP2_ERR_DEFERRED.rawValue) }
    let count = min(length, body.bytes.count - body.position)
    unsafe body.bytes.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      unsafe buffer.update(from: base + body.position, count: count)
    }
    body.position += count
    session.bodyLeft = session.now
    if body.isSpent, !body.isOpen {
      unsafe flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
      session.outgoing[stream] = nil
    } else {
      session.outgoing[stream] = body
    }
    return count
  }
}
