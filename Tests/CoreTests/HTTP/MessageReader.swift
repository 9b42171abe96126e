import Core

/// What a connection made of its bytes, as text.
enum Outcome: Equatable, CustomStringConvertible {
  case request(line: String, keepAlive: Bool, body: String)
  case refused(Refusal)

  var description: String {
    switch self {
    case .request(let line, let keepAlive, let body): "\(line) keepAlive:\(keepAlive) [\(body)]"
    case .refused(let refusal): "refused: \(refusal)"
    }
  }
}

/// The caller of a `RequestMachine`: it keeps a buffer, feeds it in pieces and takes complete messages off its front.
struct MessageReader: ~Copyable {
  private var machine: RequestMachine
  private(set) var outcomes: [Outcome] = []
  private(set) var continues = 0
  /// The most bytes of unfinished messages that were kept.
  private(set) var peak = 0
  private var buffer: [UInt8] = []
  private let discards: Bool

  /// `discards`: takes decoded chunk bytes out of the buffer.
  init(limits: HTTPLimits = HTTPLimits(), discards: Bool = false) {
    machine = RequestMachine(limits: limits)
    self.discards = discards
  }

  var phase: RequestMachine.Phase { machine.phase }
  var head: RequestHead { machine.head }

  mutating func receive(_ bytes: some Sequence<UInt8>) {
    buffer.append(contentsOf: bytes)
    while !buffer.isEmpty {
      if case .refused = outcomes.last { return }
      let received = buffer
      switch machine.advance(received.span) {
      case .needMore:
        if discards, let range = machine.takeDiscardable() { buffer.removeSubrange(range) }
        peak = max(peak, buffer.count)
        return
      case .sendContinue:
        continues += 1
      case .request(let consumed, let body):
        outcomes.append(describe(body))
        buffer.removeFirst(consumed)
      case .refuse(let refusal):
        outcomes.append(.refused(refusal))
      }
    }
  }

  private func describe(_ body: RequestMachine.Body) -> Outcome {
    let head = machine.head
    let method = head.method == .other ? "?" : "\(head.method.name)"
    let line = "\(method) \(text(head.path))" + (head.query.map { "?" + text($0) } ?? "")
    return switch body {
    case .range(let range): .request(line: line, keepAlive: head.keepAlive, body: text(range))
    case .decoded:
      .request(line: line, keepAlive: head.keepAlive, body: String(decoding: machine.chunkedBody, as: UTF8.self))
    }
  }

  /// The bytes of `range` of the current message.
  func text(_ range: Range<Int>) -> String {
    String(decoding: buffer[range], as: UTF8.self)
  }

  static func outcomes(
    of pieces: [ArraySlice<UInt8>], limits: HTTPLimits = HTTPLimits(), discards: Bool = false
  ) -> [Outcome] {
    var reader = MessageReader(limits: limits, discards: discards)
    for piece in pieces { reader.receive(piece) }
    return reader.outcomes
  }

  static func outcomes(of text: String, limits: HTTPLimits = HTTPLimits()) -> [Outcome] {
    outcomes(of: [Array(text.utf8)[...]], limits: limits)
  }
}

extension String {
  /// `self` sent with the least that a request needs, `GET / HTTP/1.1` and Host.
  var asHeader: String { "GET / HTTP/1.1\r\nHost: a\r\n\(self)\r\n\r\n" }
  /// `self` as the chunks of a request.
  var asChunks: String { "POST /log HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(self)" }
}
