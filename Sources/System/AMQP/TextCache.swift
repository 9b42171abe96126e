import CRabbitMQ
import Glibc

/// Strings made of the library's bytes. The few that come with every message (tags, queue names, types) are made once.
struct TextCache {
  private static let capacity = 64
  private var known: [String] = []

  /// For texts of which there are few.
  mutating func text(_ bytes: amqp_bytes_t) -> String {
    for text in known where unsafe text.isEqual(bytes) { return text }
    let text = unsafe String(bytes)
    // A peer that sends ever new texts gains nothing.
    if known.count == Self.capacity { known.removeAll(keepingCapacity: true) }
    known.append(text)
    return text
  }
}

extension amqp_bytes_t {
  /// Valid until the library's buffers are released.
  var buffer: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : len)
  }
}

extension String {
  /// Bytes that are not UTF-8 are repaired.
  init(_ bytes: amqp_bytes_t) {
    self = unsafe String(decoding: bytes.buffer, as: UTF8.self)
  }

  fileprivate func isEqual(_ bytes: amqp_bytes_t) -> Bool {
    let span = utf8Span.span
    let other = unsafe bytes.buffer
    guard span.count == other.count else { return false }
    return unsafe span.withUnsafeBytes { own in
      guard let left = own.baseAddress, let right = other.baseAddress else { return true }
      return unsafe memcmp(left, right, other.count) == 0
    }
  }
}
