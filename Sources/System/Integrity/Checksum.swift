import CXXHash

/// XXH3 (64 bits) over spans: notices bytes that have changed since they were written; no defence against intent.
package struct Checksum: Sendable {
  /// The checksum of what was added so far.
  package private(set) var value: UInt64 = 0

  /// The same bytes have another checksum with another `place`, so that bytes which changed places are noticed.
  package init(place: Int = 0) {
    value = UInt64(bitPattern: Int64(place))
  }

  /// Each part is hashed with what came before as its seed, so that bytes which move between parts are noticed too.
  package mutating func add(_ span: Span<UInt8>) {
    value = unsafe span.withUnsafeBufferPointer { unsafe XXH3_64bits_withSeed($0.baseAddress, $0.count, value) }
  }
}
