import Core

/// The request machine: whatever the bytes and however they are cut, the outcome is one, and every range lies inside.
enum RequestsTarget {
  static func run(_ input: [UInt8]) {
    let whole = outcomes(of: [input[...]], discards: false)
    require(outcomes(of: input.indices.map { input[$0...$0] }, discards: true) == whole, "byte by byte it is another")
    let step = max(1, input.count / 16)
    for cut in stride(from: 1, to: input.count, by: step) {
      let pieces = [input[..<cut], input[cut...]]
      require(outcomes(of: pieces, discards: cut % 2 == 0) == whole, "cut at \(cut) it is another")
    }
  }

  private enum Outcome: Equatable {
    case request(head: [UInt8], keepAlive: Bool, format: BodyFormat.Verdict, body: [UInt8])
    case refused(Refusal)
  }

  private static let limits: HTTPLimits = {
    var limits = HTTPLimits()
    // Small enough for a fuzzer to meet them.
    limits.maxBodyBytes = 300
    limits.maxHeaderBytes = 600
    limits.maxHeaders = 8
    limits.maxTargetBytes = 100
    limits.maxTrailerBytes = 80
    limits.maxChunkExtensionBytes = 40
    return limits
  }()

  private static func outcomes(of pieces: [ArraySlice<UInt8>], discards: Bool) -> [Outcome] {
    var machine = RequestMachine(limits: limits)
    var buffer: [UInt8] = []
    var outcomes: [Outcome] = []
    for piece in pieces {
      buffer += piece
      var waits = false
      while !buffer.isEmpty, !waits {
        let received = buffer
        switch machine.advance(received.span) {
        case .needMore:
          if discards, let range = machine.takeDiscardable() { buffer.removeSubrange(range) }
          waits = true
        case .sendContinue: break
        case .request(let consumed, let body):
          require(consumed > 0 && consumed <= buffer.count, "a message of \(consumed) bytes of \(buffer.count)")
          outcomes.append(describe(machine.head, machine.chunkedBody, body, received))
          buffer.removeFirst(consumed)
        case .refuse(let refusal):
          outcomes.append(.refused(refusal))
          return outcomes
        }
      }
    }
    return outcomes
  }

  private static func describe(
    _ head: RequestHead, _ chunked: [UInt8], _ body: RequestMachine.Body, _ bytes: [UInt8]
  ) -> Outcome {
    let content =
      switch body {
      case .range(let range): Array(bytes[range])
      case .decoded: chunked
      }
    require(content.count <= limits.maxBodyBytes, "a body of \(content.count) bytes")
    let fields = [
      head.host, head.contentType, head.contentEncoding, head.authorization, head.idempotencyKey, head.origin,
      head.traceparent, head.xRequestID, head.query,
    ]
    for case .some(let range) in fields { _ = bytes[range] }
    for byte in bytes[head.path] { require(byte > 0x20 && byte != 0x7F, "a control byte in the path") }
    let format = BodyFormat.of(head, in: bytes.span, body: content.span)
    var start = Array(bytes[head.path])
    if let key = head.idempotencyKey { start += bytes[key] }
    return .request(head: start, keepAlive: head.keepAlive, format: format, body: content)
  }
}
