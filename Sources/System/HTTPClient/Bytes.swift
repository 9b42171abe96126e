/// Bytes at an address that holds until the next ``reset(capacity:)``: what libcurl reads while a transfer runs.
@safe struct Bytes: ~Copyable {
  /// A larger block is given back when the next content is small.
  private static let keptCapacity = 1 << 16

  private var base: UnsafeMutablePointer<CChar>
  private var capacity: Int
  private(set) var count = 0

  init() {
    capacity = 256
    unsafe base = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)
  }

  deinit { unsafe base.deallocate() }

  var start: UnsafeMutablePointer<CChar> { unsafe base }
  var end: UnsafeMutablePointer<CChar> { unsafe base + count }

  /// Empties it, with room for `size` bytes.
  mutating func reset(capacity size: Int) {
    count = 0
    guard size > capacity || (capacity > Self.keptCapacity && size <= Self.keptCapacity) else { return }
    unsafe base.deallocate()
    capacity = max(256, size)
    unsafe base = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)
  }

  mutating func append(_ text: String) {
    append(text.utf8Span.span)
  }

  mutating func append(_ bytes: Span<UInt8>) {
    precondition(bytes.count <= capacity - count, "the capacity given to reset was too small")
    unsafe bytes.withUnsafeBytes { source in
      guard let address = source.baseAddress else { return }
      unsafe UnsafeMutableRawPointer(base + count).copyMemory(from: address, byteCount: source.count)
    }
    count += bytes.count
  }
}
