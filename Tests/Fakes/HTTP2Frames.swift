/// HTTP/2 frames made by hand (RFC 9113 §4), so that a test can send what no client would.
package enum HTTP2Frames {
  package static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
  /// What a client opens a connection with.
  package static var opening: [UInt8] { preface + settings() }

  package static func frame(_ type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
    let count = UInt32(payload.count)
    return [UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF), type, flags] + word(stream)
      + payload
  }

  package static func data(_ stream: UInt32, _ text: String, ends: Bool = true) -> [UInt8] {
    frame(0, flags: ends ? 1 : 0, stream: stream, Array(text.utf8))
  }

  /// `isComplete: false` leaves the section to CONTINUATION frames.
  package static func headers(
    _ stream: UInt32, _ fields: [(String, String)], ends: Bool = true, isComplete: Bool = true
  ) -> [UInt8] {
    frame(1, flags: (ends ? 1 : 0) | (isComplete ? 4 : 0), stream: stream, section(fields))
  }

  package static func priority(_ stream: UInt32) -> [UInt8] { frame(2, stream: stream, [0, 0, 0, 0, 1]) }

  package static func reset(_ stream: UInt32, code: UInt32 = 8) -> [UInt8] { frame(3, stream: stream, word(code)) }

  package static func settings(_ entries: [(UInt8, UInt32)] = []) -> [UInt8] {
    frame(4, entries.flatMap { [0, $0] + word($1) })
  }

  package static func ping(isAnswer: Bool = false) -> [UInt8] {
    frame(6, flags: isAnswer ? 1 : 0, [UInt8](repeating: 0, count: 8))
  }

  package static func goAway() -> [UInt8] { frame(7, word(0) + word(0)) }

  package static func windowUpdate(_ stream: UInt32, by increment: UInt32) -> [UInt8] {
    frame(8, stream: stream, word(increment))
  }

  package static func continuation(_ stream: UInt32, _ fields: [(String, String)], isComplete: Bool) -> [UInt8] {
    frame(9, flags: isComplete ? 4 : 0, stream: stream, section(fields))
  }

  /// The fields of a request for `path`, others behind them.
  package static func request(
    _ method: String, _ path: String, _ more: [(String, String)] = []
  ) -> [(String, String)] {
    [(":method", method), (":scheme", "http"), (":authority", "localhost"), (":path", path)] + more
  }

  /// Literal fields, neither indexed nor compressed (RFC 7541 §6.2.2).
  package static func section(_ fields: [(String, String)]) -> [UInt8] {
    fields.flatMap { [0] + text($0) + text($1) }
  }

  private static func text(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
    var rest = bytes.count - 127
    var length: [UInt8] = [127]
    while rest >= 128 {
      length.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    return length + [UInt8(rest)] + bytes
  }

  private static func word(_ value: UInt32) -> [UInt8] {
    [UInt8(value >> 24), UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
  }
}

/// One frame as it came.
package struct HTTP2Frame: Sendable, Equatable {
  package enum Kind: UInt8, Sendable {
    case data, headers, priority, reset, settings, pushPromise, ping, goAway, window
  }

  /// `nil` for one that HTTP/2 does not know.
  package let kind: Kind?
  package let flags: UInt8
  package let stream: UInt32
  package let payload: [UInt8]

  /// Of DATA and HEADERS.
  package var endsStream: Bool { flags & 1 != 0 }
  package var isAnswer: Bool { flags & 1 != 0 }
  package var text: String { String(decoding: payload, as: UTF8.self) }
  /// Of RST_STREAM and GOAWAY.
  package var code: UInt32? {
    switch kind {
    case .reset: Self.word(payload, at: 0)
    case .goAway: Self.word(payload, at: 4)
    default: nil
    }
  }
  /// The last stream of a GOAWAY, the increment of a WINDOW_UPDATE.
  package var number: UInt32 { Self.word(payload, at: 0) & 0x7FFF_FFFF }

  /// The whole frames in `bytes`.
  package static func all(in bytes: [UInt8]) -> [HTTP2Frame] {
    var frames: [HTTP2Frame] = []
    var start = 0
    while bytes.count - start >= 9 {
      let count = Int(word([0] + bytes[start..<(start + 3)], at: 0))
      guard bytes.count - start - 9 >= count else { break }
      let payload = Array(bytes[(start + 9)..<(start + 9 + count)])
      frames.append(
        HTTP2Frame(
          kind: Kind(rawValue: bytes[start + 3]), flags: bytes[start + 4],
          stream: word(Array(bytes[(start + 5)..<(start + 9)]), at: 0), payload: payload))
      start += 9 + count
    }
    return frames
  }

  private static func word(_ bytes: [UInt8], at start: Int) -> UInt32 {
    guard bytes.count >= start + 4 else { return 0 }
    return bytes[start..<(start + 4)].reduce(0) { $0 << 8 | UInt32($1) }
  }
}
