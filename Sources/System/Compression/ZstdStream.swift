import CZstd

/// libzstd's streaming decompression (RFC 8878), with windows of at most 8 MiB (RFC 9659 §3).
@safe final class ZstdStream: InflatingStream {
  static let maxWindowLog: Int32 = 23

  private let context: OpaquePointer

  init() {
    guard let context = unsafe ZSTD_createDCtx() else {
      preconditionFailure("a zstd context is made unless there is no memory")
    }
    unsafe self.context = context
    let code = unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.maxWindowLog)
    precondition(ZSTD_isError(code) == 0, "every libzstd since 1.4 knows the parameter")
  }

  deinit { unsafe ZSTD_freeDCtx(context) }

  var heldBytes: Int { unsafe ZSTD_sizeof_DCtx(context) }

  func begin(_ format: Void) {
    unsafe ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
  }

  /// The library begins the next frame of itself.
  func beginNext() -> Bool { true }

  func step(_ input: Span<UInt8>, into body: inout [UInt8], room: Int) -> InflatingStep {
    var result = 0
    var consumed = 0
    unsafe input.withUnsafeBufferPointer { input in
      body.append(addingCapacity: room) { span in
        unsafe span.withUnsafeMutableBufferPointer { output, initialized in
          var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
          var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: room, pos: 0)
          result = unsafe ZSTD_decompressStream(context, &target, &source)
          consumed = unsafe source.pos
          initialized = unsafe target.pos
        }
      }
    }
    if ZSTD_isError(result) != 0 {
      return ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge ? .windowTooLarge : .corrupt
    }
    return result == 0 ? .ended(consumed: consumed) : .went(consumed: consumed)
  }
}
