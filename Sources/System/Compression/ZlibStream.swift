import CZlib

/// zlib's inflate for gzip (RFC 1952), zlib (RFC 1950) and bare deflate data (RFC 1951).
@safe final class ZlibStream: InflatingStream {
  enum Format {
    case gzip
    case zlib
    case raw

    /// As `inflateReset2` wants it: the window's logarithm, plus 16 for gzip, negative for bare data.
    fileprivate var windowBits: Int32 {
      switch self {
      case .gzip: 15 + 16
      case .zlib: 15
      case .raw: -15
      }
    }
  }

  /// The state and the window, as zlib's documentation has them.
  let heldBytes = 44 << 10
  // zlib keeps the address of its stream, which therefore must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private var format = Format.gzip

  init() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    guard unsafe beacongate_inflate_init(stream, Format.gzip.windowBits) == Z_OK else {
      preconditionFailure("zlib begins unless there is no memory")
    }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  func begin(_ format: Format) {
    self.format = format
    unsafe inflateReset2(stream, format.windowBits)
  }

  func beginNext() -> Bool {
    if format == .gzip { begin(.gzip) }
    return format == .gzip
  }

  func step(_ input: Span<UInt8>, into body: inout [UInt8], room: Int) -> InflatingStep {
    let inputCount = min(input.count, Int(UInt32.max))
    var code = Z_OK
    var consumed = 0
    unsafe input.withUnsafeBufferPointer { input in
      body.append(addingCapacity: room) { span in
        unsafe span.withUnsafeMutableBufferPointer { output, initialized in
          // zlib does not write to its input; the field lacks a const.
          unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
          unsafe stream.pointee.avail_in = UInt32(inputCount)
          unsafe stream.pointee.next_out = output.baseAddress
          unsafe stream.pointee.avail_out = UInt32(room)
          code = unsafe inflate(stream, Z_NO_FLUSH)
          consumed = unsafe inputCount - Int(stream.pointee.avail_in)
          initialized = unsafe room - Int(stream.pointee.avail_out)
        }
      }
    }
    switch code {
    case Z_STREAM_END: return .ended(consumed: consumed)
    // Z_BUF_ERROR: nothing could be done with what there was.
    case Z_OK, Z_BUF_ERROR: return .went(consumed: consumed)
    // Z_NEED_DICT too: no dictionary is agreed upon.
    default: return .corrupt
    }
  }
}
