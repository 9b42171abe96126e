import Fakes
import Testing

/// What a client must not send, or may send against expectation, and what RFC 9113 has a server do.
struct HTTP2Case: Sendable, CustomTestStringConvertible {
  enum Outcome: Sendable, Equatable {
    /// The connection goes on, and so do all of its streams.
    case served
    /// GOAWAY.
    case connection(Set<Code>)
    /// As `served`, but nothing of stream 1 is heard.
    case ignored
    /// RST_STREAM on stream 1, or GOAWAY, as RFC 9113 §5.4 leaves it open.
    case any(Set<Code>)
  }

  /// RFC 9113 §7.
  enum Code: UInt32, Sendable {
    case protocolError = 1
    case flowControl = 3
    case streamClosed = 5
    case frameSize = 6
    case compression = 9
  }

  let clause: String
  /// What follows the preface and an empty SETTINGS frame.
  let bytes: [UInt8]
  let outcome: Outcome

  init(_ clause: String, _ bytes: [UInt8], _ outcome: Outcome) {
    self.clause = clause
    self.bytes = bytes
    self.outcome = outcome
  }

  var testDescription: String { clause }
}

extension HTTP2Case {
  private typealias Frames = HTTP2Frames

  private static let get = Frames.request("GET", "/health")
  private static let post = Frames.request("POST", "/log")
  /// Stream 1, whose body is still to come.
  private static let open = Frames.headers(1, post, ends: false)
  /// Stream 1, whose section is still to end.
  private static let unended = Frames.headers(1, get, isComplete: false)
  private static let whole = Frames.headers(1, get)
  private static let reset = open + Frames.reset(1)
  private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
  /// HEADERS with a section as it is given.
  private static func section(_ bytes: [UInt8]) -> [UInt8] { Frames.frame(1, flags: 5, stream: 1, bytes) }
  private static let getSection = Frames.section(get)

  static let framing: [HTTP2Case] = [
    HTTP2Case("§4.1: a frame of an unknown type", Frames.frame(0xF0, stream: 1, zeros(5)) + whole, .served),
    HTTP2Case("§4.1: flags that mean nothing", Frames.frame(6, flags: 0xFE, zeros(8)) + whole, .served),
    HTTP2Case("§4.1: the reserved bit of a stream", Frames.frame(6, stream: 0x8000_0000, zeros(8)) + whole, .served),
    HTTP2Case("§4.2: DATA of 16384 bytes", open + Frames.frame(0, flags: 1, stream: 1, zeros(16384)), .served),
    HTTP2Case("§4.2: DATA of 16385 bytes", open + Frames.frame(0, stream: 1, zeros(16385)), .any([.frameSize])),
    HTTP2Case("§4.2: HEADERS of 16385 bytes", section(zeros(16385)), .connection([.frameSize])),
    HTTP2Case(
      "§4.3: PRIORITY within a section", unended + Frames.priority(1), .connection([.protocolError])),
    HTTP2Case("§4.3: HEADERS within a section", unended + Frames.headers(3, get), .connection([.protocolError])),
    HTTP2Case(
      "§5.5: an unknown frame within a section", unended + Frames.frame(0xF0, stream: 1), .connection([.protocolError])),
  ]

  static let states: [HTTP2Case] = [
    HTTP2Case("§5.1: DATA on an idle stream", Frames.data(1, "x"), .connection([.protocolError, .streamClosed])),
    HTTP2Case("§5.1: RST_STREAM on an idle stream", Frames.reset(1), .connection([.protocolError])),
    HTTP2Case("§5.1: WINDOW_UPDATE on an idle stream", Frames.windowUpdate(1, by: 9), .connection([.protocolError])),
    HTTP2Case(
      "§5.1: CONTINUATION on an idle stream", Frames.continuation(1, get, isComplete: true),
      .connection([.protocolError])),
    HTTP2Case("§5.1: DATA behind the end", whole + Frames.data(1, "x"), .any([.streamClosed])),
    HTTP2Case("§5.1: HEADERS behind the end", whole + whole, .any([.streamClosed])),
    HTTP2Case(
      "§5.1: CONTINUATION behind the end", whole + Frames.continuation(1, [], isComplete: true),
      .connection([.streamClosed, .protocolError])),
    HTTP2Case("§5.1: WINDOW_UPDATE behind the end", whole + Frames.windowUpdate(1, by: 9), .served),
    HTTP2Case("§5.1.1: an even stream", Frames.headers(2, get), .connection([.protocolError])),
    // nghttp2 takes it for trailers of a stream that is gone and lets it pass, unheard.
    HTTP2Case("§5.1.1: a stream below the last", Frames.headers(5, get) + Frames.headers(1, get), .ignored),
    HTTP2Case("§5.3.1: PRIORITY on itself", Frames.frame(2, stream: 1, [0, 0, 0, 1, 1]) + whole, .served),
  ]

  static let frames: [HTTP2Case] = [
    HTTP2Case("§6.1: DATA on stream 0", Frames.data(0, "x"), .connection([.protocolError])),
    HTTP2Case(
      "§6.1: DATA with more padding than payload", open + Frames.frame(0, flags: 9, stream: 1, [9, 0, 0]),
      .connection([.protocolError])),
    HTTP2Case("§6.1: DATA with padding", open + Frames.frame(0, flags: 9, stream: 1, [2, 0x78, 0, 0]), .served),
    HTTP2Case("§6.2: HEADERS on stream 0", Frames.headers(0, get), .connection([.protocolError])),
    HTTP2Case(
      "§6.2: HEADERS with more padding than payload",
      Frames.frame(1, flags: 0x0D, stream: 1, [UInt8(getSection.count + 9)] + getSection), .connection([.protocolError])
    ),
    HTTP2Case(
      "§6.2: HEADERS with padding and priority",
      Frames.frame(1, flags: 0x2D, stream: 1, [3, 0, 0, 0, 3, 9] + getSection + zeros(3)), .served),
    HTTP2Case("§6.3: PRIORITY on stream 0", Frames.frame(2, zeros(5)), .connection([.protocolError])),
    HTTP2Case("§6.3: PRIORITY of 4 bytes", open + Frames.frame(2, stream: 1, zeros(4)), .any([.frameSize])),
    HTTP2Case("§6.4: RST_STREAM on stream 0", Frames.reset(0), .connection([.protocolError])),
    HTTP2Case("§6.4: RST_STREAM of 3 bytes", open + Frames.frame(3, stream: 1, zeros(3)), .connection([.frameSize])),
    HTTP2Case("§6.5: SETTINGS with a payload and ACK", Frames.frame(4, flags: 1, zeros(6)), .connection([.frameSize])),
    HTTP2Case("§6.5: SETTINGS on a stream", Frames.frame(4, stream: 1, zeros(6)), .connection([.protocolError])),
    HTTP2Case("§6.5: SETTINGS of 3 bytes", Frames.frame(4, zeros(3)), .connection([.frameSize])),
    HTTP2Case("§6.5.2: ENABLE_PUSH 2", Frames.settings([(2, 2)]), .connection([.protocolError])),
    HTTP2Case("§6.5.2: INITIAL_WINDOW_SIZE 2^31", Frames.settings([(4, 1 << 31)]), .connection([.flowControl])),
    HTTP2Case("§6.5.2: MAX_FRAME_SIZE 16383", Frames.settings([(5, 16383)]), .connection([.protocolError])),
    HTTP2Case("§6.5.2: MAX_FRAME_SIZE 2^24", Frames.settings([(5, 1 << 24)]), .connection([.protocolError])),
    HTTP2Case("§6.5.2: an unknown setting", Frames.settings([(0xFF, 1)]) + whole, .served),
    HTTP2Case(
      "§6.6: PUSH_PROMISE of a client", open + Frames.frame(5, flags: 4, stream: 1, [0, 0, 0, 2] + getSection),
      .connection([.protocolError])),
    HTTP2Case("§6.7: PING on a stream", Frames.frame(6, stream: 1, zeros(8)), .connection([.protocolError])),
    HTTP2Case("§6.7: PING of 6 bytes", Frames.frame(6, zeros(6)), .connection([.frameSize])),
    HTTP2Case("§6.8: GOAWAY on a stream", Frames.frame(7, stream: 1, zeros(8)), .connection([.protocolError])),
    HTTP2Case("§6.9: WINDOW_UPDATE of 0", Frames.windowUpdate(0, by: 0), .connection([.protocolError])),
    HTTP2Case("§6.9: WINDOW_UPDATE of 0 on a stream", open + Frames.windowUpdate(1, by: 0), .any([.protocolError])),
    HTTP2Case("§6.9: WINDOW_UPDATE of 3 bytes", Frames.frame(8, zeros(3)), .connection([.frameSize])),
    HTTP2Case(
      "§6.9.1: a window above 2^31-1", Frames.windowUpdate(0, by: 0x7FFF_FFFF), .connection([.flowControl])),
    HTTP2Case(
      "§6.9.1: a stream's window above 2^31-1", open + Frames.windowUpdate(1, by: 0x7FFF_FFFF), .any([.flowControl])),
    HTTP2Case(
      "§6.9.2: a stream's window above 2^31-1 by SETTINGS",
      open + Frames.windowUpdate(1, by: 0x7FFF_0000) + Frames.settings([(4, 0x7FFF_FFFF)]), .any([.flowControl])),
    HTTP2Case(
      "§6.10: CONTINUATION twice",
      Frames.headers(1, [get[0]], isComplete: false) + Frames.continuation(1, Array(get[1...2]), isComplete: false)
        + Frames.continuation(1, [get[3]], isComplete: true), .served),
    HTTP2Case(
      "§6.10: CONTINUATION of another stream", unended + Frames.continuation(3, [], isComplete: true),
      .connection([.protocolError])),
    HTTP2Case(
      "§6.10: CONTINUATION on stream 0", unended + Frames.continuation(0, [], isComplete: true),
      .connection([.protocolError])),
    HTTP2Case(
      "§6.10: CONTINUATION behind a section", open + Frames.continuation(1, [], isComplete: true),
      .connection([.protocolError])),
    HTTP2Case(
      "§6.10: CONTINUATION behind DATA",
      open + Frames.data(1, "x", ends: false)
        + Frames.continuation(1, [], isComplete: true), .connection([.protocolError])),
  ]

  static let requests: [HTTP2Case] = [
    HTTP2Case(
      "§8.1: trailers that do not end", open + Frames.headers(1, [("x", "y")], ends: false), .any([.protocolError])),
    HTTP2Case("§8.1: a pseudo-field in trailers", open + Frames.headers(1, [(":path", "/")]), .any([.protocolError])),
    request("§8.2.1: a name in upper case", get + [("X", "y")]),
    request("§8.2.1: a name with a blank", get + [("a b", "y")]),
    request("§8.2.1: a value with LF", get + [("x", "a\nb")]),
    request("§8.2.2: connection", get + [("connection", "keep-alive")]),
    request("§8.2.2: keep-alive", get + [("keep-alive", "timeout=5")]),
    request("§8.2.2: proxy-connection", get + [("proxy-connection", "x")]),
    request("§8.2.2: transfer-encoding", get + [("transfer-encoding", "chunked")]),
    request("§8.2.2: upgrade", get + [("upgrade", "h2c")]),
    request("§8.2.2: te", get + [("te", "trailers, deflate")]),
    request("§8.3: an unknown pseudo-field", get + [(":test", "x")]),
    request("§8.3: a response's pseudo-field", get + [(":status", "200")]),
    request("§8.3: a pseudo-field behind a field", [("x", "y")] + get),
    request("§8.3: a pseudo-field between fields", Array(get.dropLast()) + [("x", "y"), get[3]]),
    request("§8.3.1: no :method", Array(get[1...])),
    request("§8.3.1: no :scheme", [get[0], get[2], get[3]]),
    request("§8.3.1: no :path", Array(get[...2])),
    request("§8.3.1: an empty :path", Array(get[...2]) + [(":path", "")]),
    request("§8.3.1: :method twice", get + [get[0]]),
    request("§8.3.1: :scheme twice", get + [get[1]]),
    request("§8.3.1: :authority twice", get + [get[2]]),
    request("§8.3.1: :path twice", get + [get[3]]),
    HTTP2Case(
      "§8.1.1: a content-length above the body",
      Frames.headers(1, post + [("content-length", "4")], ends: false) + Frames.data(1, "abc"), .any([.protocolError])),
    HTTP2Case(
      "§8.1.1: a content-length below the body",
      Frames.headers(1, post + [("content-length", "4")], ends: false) + Frames.data(1, "ab", ends: false)
        + Frames.data(1, "abc", ends: false), .any([.protocolError])),
    HTTP2Case(
      "§8.1.1: a content-length without a body", Frames.headers(1, post + [("content-length", "4")]),
      .any([.protocolError])),
  ]

  static let compression: [HTTP2Case] = [
    HTTP2Case("RFC 7541 §2.3.3: an index behind the tables", section([0xC6]), .connection([.compression])),
    HTTP2Case("RFC 7541 §2.3.3: a name's index behind the tables", section([0x7E, 0]), .connection([.compression])),
    HTTP2Case("RFC 7541 §4.2: a size at the end", section(getSection + [0x20]), .connection([.compression])),
    HTTP2Case(
      "RFC 7541 §5.1: a number without end", section([0x7F] + [UInt8](repeating: 0xFF, count: 9)),
      .connection([.compression])),
    HTTP2Case(
      "RFC 7541 §5.2: padding of 8 bits", section([0x00, 0x85, 0xF2, 0xB2, 0x4A, 0x84, 0xFF, 0x81, 0xFF]),
      .connection([.compression])),
    HTTP2Case(
      "RFC 7541 §5.2: padding of zeros", section([0x00, 0x83, 0x49, 0x50, 0x90, 0x01, 0x78]),
      .connection([.compression])),
    HTTP2Case(
      "RFC 7541 §5.2: the end's code", section([0x00, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 0x78]),
      .connection([.compression])),
    HTTP2Case("RFC 7541 §5.2: a string behind the section", section([0x00, 0x05, 0x78]), .connection([.compression])),
    HTTP2Case("RFC 7541 §6.1: index 0", section([0x80]), .connection([.compression])),
    HTTP2Case("RFC 7541 §6.3: a size above ours", section([0x3F, 0xE1, 0xFF, 0x03]), .connection([.compression])),
  ]

  private static func request(_ clause: String, _ fields: [(String, String)]) -> HTTP2Case {
    HTTP2Case(clause, Frames.headers(1, fields), .any([.protocolError]))
  }
}
