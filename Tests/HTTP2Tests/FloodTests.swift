import Core
import Fakes
import HTTP2
import Testing

@Suite("HTTP/2 floods")
struct FloodTests {
  static let get: [(String, String)] = HTTP2Frames.request("GET", "/health")
  private static let calm: UInt32 = 11

  /// What is sent again and again, by the number of the round.
  struct Flood: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let round: @Sendable (UInt32) -> [UInt8]
    var before: [UInt8] = []
  }

  static let floods = [
    Flood(testDescription: "PING") { _ in HTTP2Frames.ping() },
    Flood(testDescription: "PING answers") { _ in HTTP2Frames.ping(isAnswer: true) },
    Flood(testDescription: "SETTINGS") { _ in HTTP2Frames.settings() },
    Flood(testDescription: "PRIORITY") { _ in HTTP2Frames.priority(1) },
    Flood(testDescription: "WINDOW_UPDATE") { _ in HTTP2Frames.windowUpdate(0, by: 1) },
    Flood(
      testDescription: "empty DATA", round: { _ in HTTP2Frames.data(1, "", ends: false) },
      before: HTTP2Frames.headers(1, HTTP2Frames.request("POST", "/log"), ends: false)),
    Flood(testDescription: "rapid reset") { HTTP2Frames.headers(2 * $0 + 1, get) + HTTP2Frames.reset(2 * $0 + 1) },
    Flood(testDescription: "resets that we are made to send") {
      HTTP2Frames.headers(2 * $0 + 1, get) + HTTP2Frames.windowUpdate(2 * $0 + 1, by: 0x7FFF_FFFF)
    },
    Flood(testDescription: "malformed requests") { HTTP2Frames.headers(2 * $0 + 1, get + [("te", "x")]) },
  ]

  @Test("is ended with ENHANCE_YOUR_CALM, soon and for good", arguments: floods)
  func ending(flood: Flood) throws {
    let run = try #require(SessionRun())
    run.receive(HTTP2Frames.opening + flood.before)
    var rounds: UInt32 = 0
    while run.end == nil, rounds < 5000 {
      run.receive(flood.round(rounds))
      rounds += 1
    }
    #expect(rounds > 100 && rounds < 1500, "\(rounds) rounds")
    #expect(run.end == Self.calm)
    #expect(run.session.isOver)
    let events = run.events.count
    run.receive(HTTP2Frames.headers(99_999, Self.get))
    #expect(run.events.count == events)
  }

  @Test("at a leisurely pace is none", arguments: floods)
  func pace(flood: Flood) throws {
    let run = try #require(SessionRun())
    run.receive(HTTP2Frames.opening + flood.before)
    for round in 0..<3000 {
      run.now += 60_000_000
      run.receive(flood.round(UInt32(round)))
    }
    #expect(run.end == nil)
  }

  @Test("many requests, each with the frames that busy clients send along, are none")
  func busyClient() throws {
    let run = try #require(SessionRun())
    run.answersAtOnce = true
    run.receive(HTTP2Frames.opening)
    for number: UInt32 in 0..<10_000 {
      run.receive(
        HTTP2Frames.headers(2 * number + 1, Self.get) + HTTP2Frames.windowUpdate(0, by: 10) + HTTP2Frames.ping()
          + HTTP2Frames.windowUpdate(0, by: 10))
    }
    #expect(run.end == nil)
    #expect(run.frames(.data).count == 10_000)
  }

  @Test("CONTINUATION without end is cut, and so is a section of many times the limit")
  func sections() throws {
    let endless = try #require(SessionRun())
    endless.receive(HTTP2Frames.opening + HTTP2Frames.headers(1, Self.get, isComplete: false))
    var rounds = 0
    while endless.end == nil, rounds < 1000 {
      endless.receive(HTTP2Frames.continuation(1, [("x", "y")], isComplete: false))
      rounds += 1
    }
    #expect(rounds <= 9)
    #expect(endless.end == Self.calm)

    let large = try #require(SessionRun())
    let field = ("x", String(repeating: "y", count: 16000))
    large.receive(HTTP2Frames.opening + HTTP2Frames.headers(1, Self.get, isComplete: false))
    for _ in 0..<2 { large.receive(HTTP2Frames.continuation(1, [field], isComplete: false)) }
    large.receive(HTTP2Frames.continuation(1, [], isComplete: true))
    #expect(large.events.first == .refused(1, .headTooLarge))
    #expect(large.end == nil)
    var limits = HTTPLimits()
    limits.maxHeaderBytes = 1000
    let small = try #require(SessionRun(limits: limits))
    small.receive(HTTP2Frames.opening + HTTP2Frames.headers(1, [field]))
    #expect(small.end == Self.calm)
  }

  @Test("an unfinished section is known with the time that it began")
  func openSection() throws {
    let run = try #require(SessionRun())
    run.receive(HTTP2Frames.opening)
    #expect(run.session.fieldsBegan == nil)
    run.now = 7
    run.receive(HTTP2Frames.headers(1, Self.get, isComplete: false))
    #expect(run.session.fieldsBegan == 7)
    run.receive(HTTP2Frames.continuation(1, [], isComplete: true))
    #expect(run.session.fieldsBegan == nil)
  }

  @Test("trailers are bounded")
  func trailers() throws {
    let run = try #require(SessionRun())
    run.receive(
      HTTP2Frames.opening + HTTP2Frames.headers(1, HTTP2Frames.request("POST", "/log"), ends: false)
        + HTTP2Frames.headers(1, [("x", String(repeating: "y", count: 5000))]))
    #expect(run.end == Self.calm)
  }

  @Test("more streams than are allowed are refused, those that are allowed go on")
  func streams() throws {
    let run = try #require(SessionRun())
    run.receive(HTTP2Frames.opening)
    for number: UInt32 in 0..<130 { run.receive(HTTP2Frames.headers(2 * number + 1, Self.get)) }
    #expect(run.events.filter { if case .ended = $0 { true } else { false } }.count == 128)
    #expect(run.frames(.reset).map(\.code) == [7, 7])
  }

  @Test(
    "what is no HTTP/2 ends the session",
    arguments: [
      [], HTTP2Frames.frame(4, [0, 3, 0]), HTTP2Frames.data(1, "x"),
      HTTP2Frames.frame(1, flags: 5, stream: 1, [0xFF, 0xFF, 0xFF]),
      HTTP2Frames.frame(9, stream: 1), HTTP2Frames.windowUpdate(0, by: 0), HTTP2Frames.headers(2, get),
      HTTP2Frames.frame(0, stream: 1, [UInt8](repeating: 0, count: 16385)), HTTP2Frames.settings([(4, 0x8000_0000)]),
      HTTP2Frames.settings([(2, 7)]),
    ])
  func nonsense(frame: [UInt8]) throws {
    let run = try #require(SessionRun())
    run.receive(
      frame.isEmpty
        ? Array("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n".utf8) + HTTP2Frames.settings() : HTTP2Frames.opening + frame)
    #expect(run.session.isOver)
    #expect(run.end != nil && run.end != 0)
    #expect(run.events.allSatisfy { if case .head = $0 { false } else { true } })
  }
}
