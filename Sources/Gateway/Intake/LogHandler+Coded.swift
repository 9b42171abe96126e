import Compression
import Core

/// Compressed bodies: inflated whole before they are read, which keeps them in memory no longer than the call.
extension LogHandler {
  /// Memory is kept for the next body while so many times as much would fit: to take it from the system anew costs as much
  /// as to fill it.
  private static let spareRoom = 16

  func takeCoded(_ head: RequestHead, in message: Span<UInt8>, body: Span<UInt8>, _ request: Request) {
    guard let coding = ContentCoding(head, in: message) else {
      return refuse(
        .unsupportedMediaType, "Content-Encoding must be gzip, deflate or zstd, and one of them only.", .mediaType,
        request)
    }
    guard coding != .identity else { return take(head, in: message, body: body, request) }
    var inflated = spareBody
    spareBody = []
    var held = 0
    let outcome = inflater.inflate(body, as: coding, into: &inflated, limit: maxBodyBytes) { bytes in
      gate.buffered(bytes - held)
      held = bytes
      return gate.hasRoom(for: 0)
    }
    defer {
      gate.buffered(-held)
      inflated.removeAll(keepingCapacity: gate.hasRoom(for: inflated.capacity * Self.spareRoom))
      spareBody = inflated
    }
    switch outcome {
    case .inflated: take(head, in: message, body: inflated.span, request)
    case .tooLarge:
      refuse(.contentTooLarge, "The body inflates to more than http.max_body_bytes.", .tooLarge, request)
    case .noRoom: refuseForWantOfRoom(request)
    case .corrupt:
      refuse(
        .malformedBody, "The body is not what Content-Encoding says: corrupt, cut short or followed by other bytes.",
        .invalidJSON, request)
    case .windowTooLarge:
      refuse(
        .malformedBody, "The zstd window is larger than 8 MiB (RFC 9659 section 3); compress with less.",
        .invalidJSON, request)
    }
  }
}
