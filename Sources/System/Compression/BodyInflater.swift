package import Core

/// Inflates the bodies of requests, one after another, under limits that count what comes out; for one thread.
///
/// The memory of the libraries is kept from body to body, a zstd window beyond ``keptWindowBytes`` excepted.
package final class BodyInflater {
  package enum Outcome: Sendable, Equatable {
    case inflated
    /// More than the limit came out; nothing was inflated beyond its next byte. Of gzip data whose end names a size above the
    /// limit nothing was inflated at all, and nobody knows whether they are whole.
    case tooLarge
    /// `mayHold` has said no.
    case noRoom
    /// Corrupt, cut short, or followed by something else.
    case corrupt
    /// A zstd frame asks for a window above ``maxWindowBytes`` (RFC 9659 §3).
    case windowTooLarge
  }

  /// The largest zstd window that is read.
  package static let maxWindowBytes = 1 << ZstdStream.maxWindowLog
  /// A zstd window above this is given back after its body.
  static let keptWindowBytes = 1 << 20
  /// How much is inflated between two looks at the limits.
  static let stepBytes = 64 << 10

  /// A header, an empty block and a trailer.
  private static let leastGzipBytes = 20
  /// Bytes that deflate keeps in one at most.
  private static let mostDeflated = 1032

  private let zlib = ZlibStream()
  private var zstd: ZstdStream?

  package init() {}

  /// Appends what `coded` holds to `body`, at most `limit` bytes.
  ///
  /// `mayHold` is told how many bytes of memory inflating has come to before it goes on, so that it counts against a limit
  /// that others share.
  package func inflate(
    _ coded: Span<UInt8>, as coding: ContentCoding, into body: inout [UInt8], limit: Int, mayHold: (Int) -> Bool
  ) -> Outcome {
    switch coding {
    case .identity:
      guard coded.count <= limit else { return .tooLarge }
      guard mayHold(coded.count) else { return .noRoom }
      body.reserveCapacity(body.count + coded.count)
      for index in coded.indices { body.append(coded[index]) }
      return .inflated
    case .gzip:
      if let size = Self.namedSize(ofGzip: coded), size > limit { return .tooLarge }
      return inflate(coded, by: zlib, as: .gzip, into: &body, limit: limit, mayHold: mayHold)
    case .deflate:
      let format: ZlibStream.Format = Self.hasZlibHeader(coded) ? .zlib : .raw
      return inflate(coded, by: zlib, as: format, into: &body, limit: limit, mayHold: mayHold)
    case .zstd:
      let stream = zstd ?? ZstdStream()
      zstd = nil
      defer { if stream.heldBytes <= Self.keptWindowBytes { zstd = stream } }
      return inflate(coded, by: stream, as: (), into: &body, limit: limit, mayHold: mayHold)
    }
  }

  private func inflate<Stream: InflatingStream>(
    _ coded: Span<UInt8>, by stream: Stream, as format: Stream.Format, into body: inout [UInt8], limit: Int,
    mayHold: (Int) -> Bool
  ) -> Outcome {
    let start = body.count
    var position = 0
    stream.begin(format)
    while true {
      let inflated = body.count - start
      guard inflated <= limit else { return .tooLarge }
      guard mayHold(body.capacity + stream.heldBytes) else { return .noRoom }
      let room = min(Self.stepBytes, limit + 1 - inflated)
      if body.capacity - body.count < room {
        body.reserveCapacity(min(max(body.count + room, body.count * 2), start + limit + 1))
      }
      switch stream.step(coded.extracting(position..<coded.count), into: &body, room: room) {
      case .went(let consumed):
        // Neither taken nor given: the data ends before its end mark.
        if consumed == 0, body.count - start == inflated { return .corrupt }
        position += consumed
      case .ended(let consumed):
        position += consumed
        if position == coded.count {
          if body.count - start > limit { return .tooLarge }
          return mayHold(body.capacity + stream.heldBytes) ? .inflated : .noRoom
        }
        // Members and frames may follow one another (RFC 1952 §2.2, RFC 8878 §3).
        guard stream.beginNext() else { return .corrupt }
      case .corrupt: return .corrupt
      case .windowTooLarge: return .windowTooLarge
      }
    }
  }

  /// The size of its last member that gzip data end with (ISIZE, RFC 1952 §2.3.1); `nil` if so few bytes cannot hold as much, so
  /// that they were cut short or something follows them.
  private static func namedSize(ofGzip coded: Span<UInt8>) -> Int? {
    guard coded.count >= leastGzipBytes else { return nil }
    let size = (1...4).reduce(0) { $0 << 8 | Int(coded[coded.count - $1]) }
    return size <= coded.count * mostDeflated ? size : nil
  }

  /// CM 8, a window of at most 32 KiB, and the check bits (RFC 1950 §2.2).
  private static func hasZlibHeader(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count >= 2 else { return false }
    let (method, flags) = (UInt16(bytes[0]), UInt16(bytes[1]))
    return method & 0x0F == 8 && method >> 4 <= 7 && (method << 8 | flags) % 31 == 0
  }
}

/// One library's way to inflate a stream.
protocol InflatingStream: AnyObject {
  associatedtype Format

  /// Memory beside the output.
  var heldBytes: Int { get }
  func begin(_ format: Format)
  /// Goes on with what follows an end; false if nothing may.
  func beginNext() -> Bool
  /// Takes some of `input` and appends at most `room` bytes to `body`.
  func step(_ input: Span<UInt8>, into body: inout [UInt8], room: Int) -> InflatingStep
}

enum InflatingStep {
  case went(consumed: Int)
  /// The end mark was read, and all before it is out.
  case ended(consumed: Int)
  case corrupt
  case windowTooLarge
}
