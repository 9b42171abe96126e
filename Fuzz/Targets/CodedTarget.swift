import Compression
import Core

/// Bodies under a Content-Encoding: what comes out keeps the limit, memory is told before it is taken, and a body leaves nothing
/// behind for the next one.
enum CodedTarget {
  private static let before: [UInt8] = [0x62, 0x65]
  private static let longestWindow = BodyInflater.maxWindowBytes

  /// The first byte says which coding, the second under which limit.
  static func run(_ input: [UInt8]) {
    guard input.count >= 2 else { return }
    let codings = ContentCoding.allCases
    let coding = codings[Int(input[0]) % codings.count]
    let limit = Int(input[1]) << (Int(input[0]) >> 5)
    let coded = Array(input.dropFirst(2))
    let used = BodyInflater()
    let outcome = inflate(coded, coding, limit: limit, by: used)
    for other in codings { _ = inflate(coded, other, limit: limit, by: used) }
    require(inflate(coded, coding, limit: limit, by: used) == outcome, "bodies before it change a body")
    switch outcome.outcome {
    case .inflated:
      let count = outcome.body.count
      let exact = inflate(coded, coding, limit: count, by: used)
      require(exact.outcome == .inflated && exact.body == outcome.body, "its own length is too short a limit")
      if count > 0 {
        require(inflate(coded, coding, limit: count - 1, by: used).outcome == .tooLarge, "a limit that is exceeded")
      }
      for looks in 0..<outcome.looks {
        let refused = inflate(coded, coding, limit: limit, by: used, refusedAt: looks)
        require(refused.outcome == .noRoom, "\(refused.outcome) without room")
        require(refused.looks == looks + 1, "it goes on without room")
      }
    case .tooLarge, .corrupt, .windowTooLarge: break
    case .noRoom: require(false, "no room where there is any")
    }
    field(coded)
  }

  private struct Result: Equatable {
    var outcome: BodyInflater.Outcome
    /// What came out, where all of it did.
    var body: [UInt8] = []
    /// How often it was asked whether it may hold what it holds.
    var looks = 0
  }

  private static func inflate(
    _ coded: [UInt8], _ coding: ContentCoding, limit: Int, by inflater: BodyInflater, refusedAt: Int? = nil
  ) -> Result {
    var body = before
    var looks = 0
    // What a body may cost: doubled when it grows, a step more, a window, and what the library keeps beside it.
    let most = 2 * (limit + 1) + (256 << 10) + longestWindow + (1 << 20)
    let outcome = inflater.inflate(coded.span, as: coding, into: &body, limit: limit) { bytes in
      require((0...most).contains(bytes), "\(bytes) bytes are held for at most \(limit)")
      defer { looks += 1 }
      return looks != refusedAt
    }
    require(body.starts(with: before), "what was there before is another")
    require(body.count - before.count <= limit + 1, "\(body.count) bytes under a limit of \(limit)")
    guard outcome == .inflated else { return Result(outcome: outcome, looks: looks) }
    require(body.count - before.count <= limit, "\(body.count) bytes were taken under a limit of \(limit)")
    return Result(outcome: outcome, body: Array(body.dropFirst(before.count)), looks: looks)
  }

  /// The field's value, as strangers write it.
  private static func field(_ value: [UInt8]) {
    let bytes =
      Array("POST /log HTTP/1.1\r\nHost: a\r\nContent-Encoding: ".utf8) + value.prefix(80)
      + Array("\r\nContent-Length: 0\r\n\r\n".utf8)
    var machine = RequestMachine(limits: HTTPLimits())
    guard case .request = machine.advance(bytes.span) else { return }
    _ = ContentCoding(machine.head, in: bytes.span)
  }
}
