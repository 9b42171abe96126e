import CZlib

/// CRC-32 (ISO-HDLC, as zlib computes it) over one or more spans.
package struct Checksum: Sendable {
  /// The checksum of what was added so far.
  package private(set) var value: UInt32 = 0

  package init() {}

  package mutating func add(_ span: Span<UInt8>) {
    value = unsafe span.withUnsafeBufferPointer {
      unsafe UInt32(truncatingIfNeeded: crc32_z(UInt(value), $0.baseAddress, $0.count))
    }
  }
}
