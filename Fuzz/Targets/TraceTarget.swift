import Core
import JSON

/// A `traceparent` of anybody: it goes as it stands or not at all, and is found where the encoder has put it and nowhere else.
enum TraceTarget {
  private static let encoder = BodyEncoder(settings: Settings())
  private static let rules = EventRules(settings: Settings())

  /// The first line is the field's value, what follows a text of the event; all of it is a body of another producer too.
  static func run(_ input: [UInt8]) {
    let lines = input.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
    let value = Array(lines.first ?? [])
    let trace = TraceParent(value.span)
    if let trace { require(written(trace) == value, "a traceparent that is sent is another") }
    field(value, isTaken: trace != nil)
    foreign(input)
    encoded(trace, text: lines.count > 1 ? Array(lines[1]) : value)
  }

  private static func written(_ trace: TraceParent) -> [UInt8] {
    var bytes: [UInt8] = []
    trace.append(to: &bytes)
    return bytes
  }

  /// As a field of a request: once it is taken, twice it is ignored (W3C Trace Context §3.2).
  private static func field(_ value: [UInt8], isTaken: Bool) {
    for times in 1...2 {
      var bytes = Array("POST /log HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n".utf8)
      for _ in 0..<times { bytes += Array("TraceParent: ".utf8) + value + Array("\r\n".utf8) }
      bytes += Array("\r\n".utf8)
      var machine = RequestMachine(limits: HTTPLimits())
      guard case .request(let consumed, _) = machine.advance(bytes.span), consumed == bytes.count else {
        require(!isTaken, "a good traceparent spoils its request")
        return
      }
      guard let range = machine.head.traceparent else { fatalError("the field is not found") }
      let found = TraceParent(bytes.span.extracting(range))
      if times == 2 { require(found == nil, "one of two is taken") }
      if times == 1, isTaken { require(found.map(written) == value, "another is taken") }
    }
  }

  /// A body that somebody else has written.
  private static func foreign(_ body: [UInt8]) {
    let known = MessageProperties(body: body.span)
    if let program = known.program { require(program.upperBound <= body.count, "a program behind the body") }
    guard let range = known.traceparent else { return }
    require(range.upperBound <= body.count, "a traceparent behind the body")
    let isValid = TraceParent(body.span.extracting(range)) != nil
    require(isValid, "a traceparent that is none")
  }

  /// A body of ours.
  private static func encoded(_ trace: TraceParent?, text: [UInt8]) {
    var event = Array(#"{"level":91,"def_name":"f","message":"m","hash_value":""#.utf8)
    event.append(json: Array(String(decoding: text.prefix(120), as: UTF8.self).utf8).span)
    event += Array(#""}"#.utf8)
    let reader = JSONReader(maxItems: 1)
    guard reader.read(event.span, as: .value) == .object else { fatalError("the event is no object") }
    reader.withItem(0) { members, text in
      let made = EventID.uuidV7(milliseconds: 1_736_908_200_000, random: (1, 2))
      guard case .valid(let draft) = rules.check(members, text: text, arrival: 1_736_908_200_000, makeID: { made })
      else { return }
      for audience in [nil, Audience.developer, .customer] {
        var body: [UInt8] = []
        encoder.appendBody(draft, text: text, audience: audience, trace: trace, to: &body)
        let found = MessageProperties(body: body.span).traceparent.map { Array(body[$0]) }
        require(found == trace.map(written), "another traceparent is found in the body")
      }
    }
  }
}
