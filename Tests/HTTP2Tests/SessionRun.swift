import Core
import Fakes
import HTTP2

/// A session with a peer that is made of frames, and all that either has said.
final class SessionRun: HTTP2Receiver {
  enum Event: Equatable {
    case head(UInt32, HTTPMethod, framing: BodyFraming)
    case refused(UInt32, Refusal)
    case malformed(UInt32)
    case body(UInt32, String)
    case ended(UInt32)
    case closed(UInt32)
  }

  let session: HTTP2Session
  private(set) var events: [Event] = []
  private(set) var sent: [HTTP2Frame] = []
  var now: UInt64 = 1
  /// False: bodies are not taken.
  var takesBodies = true
  /// Answers each request at once, when it is complete.
  var answersAtOnce = false

  init?(limits: HTTPLimits = HTTPLimits()) {
    guard let session = HTTP2Session(limits: limits) else { return nil }
    self.session = session
  }

  /// Reads `bytes` in pieces of `size`, and writes what there is to write after each.
  func receive(_ bytes: [UInt8], pieces size: Int = .max) {
    var start = 0
    while start < bytes.count {
      let end = start + min(size, bytes.count - start)
      session.receive(bytes[start..<end].span, for: self, at: now)
      start = end
      write()
    }
  }

  func write() {
    var output: [UInt8] = []
    repeat {
      output = []
      session.write(to: &output, limit: 16 << 10, for: self, at: now)
      sent += HTTP2Frame.all(in: output)
    } while !output.isEmpty
  }

  func frames(_ kind: HTTP2Frame.Kind) -> [HTTP2Frame] { sent.filter { $0.kind == kind } }
  /// Why the connection ended; `nil` while it has not.
  var end: UInt32? { frames(.goAway).last?.code }

  func answer(_ stream: UInt32, _ body: String = "{}") {
    var written: [UInt8] = []
    ResponseWriter.append(
      ResponseHead(.ok, .json, connection: .close), date: ResponseDate(unixSeconds: 0), body: Array(body.utf8).span,
      to: &written)
    session.answer(Int32(stream), with: StreamAnswer(written))
  }

  // MARK: What the session says

  func began(
    _ stream: HTTP2Session.Stream, _ outcome: StreamHead.Outcome, bytes: [UInt8], isHead: Bool, endsStream: Bool
  ) {
    switch outcome {
    case .head(let head): events.append(.head(UInt32(stream), head.method, framing: head.framing))
    case .refuse(let refusal): events.append(.refused(UInt32(stream), refusal))
    case .malformed:
      events.append(.malformed(UInt32(stream)))
      session.reset(stream, .malformed)
    }
  }

  func received(_ stream: HTTP2Session.Stream, _ bytes: Span<UInt8>) -> Bool {
    var text = ""
    for index in bytes.indices { text.unicodeScalars.append(Unicode.Scalar(bytes[index])) }
    if case .body(let last, let before)? = events.last, last == UInt32(stream) {
      events[events.count - 1] = .body(last, before + text)
    } else {
      events.append(.body(UInt32(stream), text))
    }
    return takesBodies
  }

  func ended(_ stream: HTTP2Session.Stream) {
    events.append(.ended(UInt32(stream)))
    if answersAtOnce { answer(UInt32(stream)) }
  }

  func closed(_ stream: HTTP2Session.Stream) { events.append(.closed(UInt32(stream))) }
}
