import Core
import HTTP2

/// A session of HTTP/2: whatever follows the preface and however it is cut, the same requests are heard, every range of an
/// accepted head lies inside its message, and answering all of it ends well.
enum HTTP2Target {
  static func run(_ input: [UInt8]) {
    let opening = HTTP2Preface.bytes + [0, 0, 0, 4, 0, 0, 0, 0, 0]
    let whole = Peer().hear([opening + input])
    require(Peer().hear([opening] + input.map { [$0] }) == whole, "byte by byte another is heard")
    let step = max(1, input.count / 8)
    for cut in stride(from: 1, to: input.count, by: step) {
      require(Peer().hear([opening + input[..<cut], Array(input[cut...])]) == whole, "cut at \(cut) another is heard")
    }
    Peer().converse(opening, input)
  }

  /// Hears what the session says of its streams.
  private final class Peer: HTTP2Receiver {
    private static let limits: HTTPLimits = {
      var limits = HTTPLimits()
      // Small enough for a fuzzer to meet them.
      limits.maxHeaderBytes = 300
      limits.maxHeaders = 8
      limits.maxTrailerBytes = 80
      return limits
    }()

    private let session = HTTP2Session(limits: limits)
    private var heard: [[UInt8]] = []
    private var bodies: [HTTP2Session.Stream: [UInt8]] = [:]
    private var open: Set<HTTP2Session.Stream> = []
    private var output: [UInt8] = []

    /// Takes `pieces` and sends nothing meanwhile.
    func hear(_ pieces: [[UInt8]]) -> [[UInt8]] {
      for piece in pieces { session?.receive(piece.span, for: self, at: 1) }
      return heard
    }

    /// Answers each request when it has come, and takes what is sent.
    func converse(_ opening: [UInt8], _ input: [UInt8]) {
      guard let session else { return }
      session.receive(opening.span, for: self, at: 1)
      for (index, byte) in input.enumerated() {
        session.receive([byte], self)
        if index % 3 == 0 { write() }
        for stream in open { answer(stream) }
        open = []
      }
      session.end()
      write()
      session.calm()
      write()
      require(session.isOver || session.hasWaitingBodies, "a session that was ended goes on")
    }

    private func answer(_ stream: HTTP2Session.Stream) {
      var written: [UInt8] = []
      let head = ResponseHead(.ok, .json, connection: .close)
      let body: [UInt8] = [0x7B, 0x7D]
      ResponseWriter.append(head, date: ResponseDate(unixSeconds: 0), body: body.span, to: &written)
      session?.answer(stream, with: StreamAnswer(written))
    }

    private func write() {
      output.removeAll(keepingCapacity: true)
      session?.write(to: &output, limit: 1 << 16, for: self, at: 1)
    }

    func began(
      _ stream: HTTP2Session.Stream, _ outcome: StreamHead.Outcome, bytes: [UInt8], isHead: Bool, endsStream: Bool
    ) {
      var event = Array("began \(stream) \(isHead) \(endsStream)".utf8)
      switch outcome {
      case .head(let head):
        require(head.end == bytes.count, "a head of \(head.end) bytes in \(bytes.count)")
        require(bytes.count <= Self.limits.maxHeaderBytes, "a head of \(bytes.count) bytes")
        for case .some(let range) in [head.host, head.query, head.contentType, head.authorization, head.xRequestID] {
          event += bytes[range]
        }
        var machine = RequestMachine(limits: Self.limits)
        if case .refuse(let refusal) = machine.advance(bytes.span) { require(false, "HTTP/1.1 has \(refusal)") }
        event += bytes
      case .refuse(let refusal): event += Array(refusal.rawValue.utf8)
      case .malformed: event += Array("malformed".utf8)
      }
      heard.append(event)
    }

    func received(_ stream: HTTP2Session.Stream, _ bytes: Span<UInt8>) -> Bool {
      for index in bytes.indices { bodies[stream, default: []].append(bytes[index]) }
      return true
    }

    func ended(_ stream: HTTP2Session.Stream) {
      // How much of a body is heard before it turns out to be malformed is a matter of the cuts.
      heard.append(Array("ended \(stream) ".utf8) + bodies[stream, default: []])
      open.insert(stream)
    }

    func closed(_ stream: HTTP2Session.Stream) { open.remove(stream) }
  }
}

extension HTTP2Session {
  fileprivate func receive(_ bytes: [UInt8], _ receiver: any HTTP2Receiver) {
    receive(bytes.span, for: receiver, at: 1)
  }
}
