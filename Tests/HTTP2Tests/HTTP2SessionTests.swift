import Core
import Fakes
import HTTP2
import Testing

@Suite("HTTP/2 sessions")
struct HTTP2SessionTests {
  private typealias Frames = HTTP2Frames
  private static let get = Frames.request("GET", "/health")
  private static let post = Frames.request("POST", "/log")

  @Test("requests come out the same however their bytes are cut", arguments: [1, 2, 7, 9, 100, Int.max])
  func cuts(size: Int) throws {
    let run = try #require(SessionRun())
    run.receive(
      Frames.opening + Frames.headers(1, Self.post + [("content-length", "6")], ends: false)
        + Frames.headers(3, Self.get) + Frames.data(1, "abc", ends: false)
        + Frames.headers(5, [Self.get[0]], ends: true, isComplete: false)
        + Frames.continuation(5, Array(Self.get.dropFirst()), isComplete: true) + Frames.data(1, "def"),
      pieces: size)
    #expect(
      run.events == [
        .head(1, .post, framing: .length(6)), .head(3, .get, framing: .length(0)), .ended(3), .body(1, "abc"),
        .head(5, .get, framing: .length(0)), .ended(5), .body(1, "def"), .ended(1),
      ])
    #expect(run.session.isReady)
    #expect(run.end == nil, "\(run.frames(.goAway).map(\.text))")
    for stream: UInt32 in [5, 1, 3] { run.answer(stream) }
    run.write()
    #expect(run.frames(.headers).map(\.stream) == [5, 1, 3])
    #expect(run.frames(.data).map(\.text) == ["{}", "{}", "{}"])
    #expect(run.frames(.data).filter(\.endsStream).count == 3)
    #expect(run.events.suffix(3) == [.closed(1), .closed(3), .closed(5)])
  }

  @Test("our SETTINGS say what a connection may ask of us")
  func settings() throws {
    let run = try #require(SessionRun())
    run.write()
    let payload = try #require(run.frames(.settings).first).payload
    func value(_ id: UInt8) -> UInt32? {
      stride(from: 0, to: payload.count, by: 6).first { payload[$0 + 1] == id }.map {
        payload[($0 + 2)..<($0 + 6)].reduce(0) { $0 << 8 | UInt32($1) }
      }
    }
    #expect(value(3) == 128)
    #expect(value(4) == 262_144)
    #expect(value(6) == 19584)
    #expect(value(9) == 1)
  }

  static let malformed: [[(String, String)]] = [
    [("connection", "close")], [("upgrade", "h2c")], [("transfer-encoding", "chunked")], [("te", "gzip")],
    [("X", "y")], [("a b", "c")], [("x", " y")], [("x", "a\r\nb")], [("host", "other")], [(":path", "/b")],
  ]

  @Test("a malformed request resets its stream and no other", arguments: malformed.indices)
  func malformedRequests(index: Int) throws {
    let run = try #require(SessionRun())
    run.receive(Frames.opening + Frames.headers(1, Self.get + Self.malformed[index]) + Frames.headers(3, Self.get))
    #expect(run.frames(.reset).map(\.stream) == [1])
    #expect(run.frames(.reset).first?.code == 1)
    #expect(run.events.contains(.ended(3)) && run.end == nil)
  }

  @Test("a body that is not as long as Content-Length says resets its stream", arguments: ["abc", "abcde"])
  func lengths(body: String) throws {
    let run = try #require(SessionRun())
    run.receive(
      Frames.opening + Frames.headers(1, Self.post + [("content-length", "4")], ends: false) + Frames.data(1, body))
    #expect(run.frames(.reset).first?.code == 1)
    #expect(!run.events.contains(.ended(1)))
  }

  @Test("trailers end a request and are not looked at")
  func trailers() throws {
    let run = try #require(SessionRun())
    run.receive(
      Frames.opening + Frames.headers(1, Self.post, ends: false) + Frames.data(1, "a", ends: false)
        + Frames.headers(1, [("x", "y")]))
    #expect(run.events == [.head(1, .post, framing: .chunked), .body(1, "a"), .ended(1)])
  }

  @Test("a window is given back as the body is taken, and not when it is not")
  func windows() throws {
    for isTaken in [true, false] {
      let run = try #require(SessionRun())
      run.takesBodies = isTaken
      run.receive(Frames.opening + Frames.headers(1, Self.post, ends: false))
      let piece = Frames.data(1, String(repeating: "x", count: 16000), ends: false)
      for _ in 0..<16 { run.receive(piece) }
      #expect(run.frames(.window).contains { $0.stream == 1 } == isTaken)
      #expect(run.end == nil)
    }
  }

  @Test("an answer waits for the peer's window and leaves piece by piece")
  func stalledReader() throws {
    let run = try #require(SessionRun())
    run.receive(Frames.preface + Frames.settings([(4, 0)]) + Frames.headers(1, Self.get))
    run.now = 5
    run.answer(1, "abcdef")
    run.write()
    #expect(run.session.hasWaitingBodies && run.session.isSendingBody(1))
    #expect(run.frames(.data).isEmpty)
    for second: UInt64 in 6...7 {
      run.now = second
      run.receive(Frames.windowUpdate(1, by: 3))
    }
    #expect(run.frames(.data).map(\.text) == ["abc", "def"])
    #expect(run.session.bodyLeft == 7)
    #expect(!run.session.hasWaitingBodies)
  }

  @Test("100 Continue comes before the answer")
  func interim() throws {
    let run = try #require(SessionRun())
    run.receive(Frames.opening + Frames.headers(1, Self.post, ends: false))
    run.session.sendContinue(1)
    run.receive(Frames.data(1, "a"))
    run.answer(1)
    run.write()
    #expect(run.frames(.headers).count == 2)
    #expect(run.frames(.headers).allSatisfy { !$0.endsStream })
  }

  @Test("the end comes in two steps, and what had come by then is answered")
  func graceful() throws {
    let run = try #require(SessionRun())
    run.receive(Frames.opening + Frames.headers(1, Self.get))
    run.session.announceEnd()
    run.write()
    #expect(run.frames(.goAway).map(\.number) == [0x7FFF_FFFF])
    #expect(run.frames(.ping).count == 1 && !run.session.hasAnsweredPing)
    // On its way when the end was announced.
    run.receive(Frames.headers(3, Self.get) + Frames.ping(isAnswer: true))
    #expect(run.session.hasAnsweredPing && run.events.contains(.ended(3)))
    run.session.end()
    run.session.end()
    run.receive(Frames.headers(5, Self.get))
    #expect(run.frames(.goAway).map(\.number) == [0x7FFF_FFFF, 3])
    #expect(run.frames(.goAway).allSatisfy { $0.code == 0 })
    #expect(!run.events.contains(.ended(5)))
    #expect(!run.session.isOver)
    for stream: UInt32 in [1, 3] { run.answer(stream) }
    run.write()
    #expect(run.frames(.data).count == 2)
    #expect(run.session.isOver)
  }

  @Test("a client that says goodbye gets what it is owed, then the session is over")
  func goodbye() throws {
    let run = try #require(SessionRun())
    run.receive(Frames.opening + Frames.headers(1, Self.get) + Frames.goAway())
    #expect(!run.session.isOver)
    run.answer(1)
    run.write()
    #expect(run.session.isOver)
  }

  @Test("an answer to a stream that is gone changes nothing")
  func lateAnswer() throws {
    let run = try #require(SessionRun())
    run.receive(Frames.opening + Frames.headers(1, Self.get) + Frames.reset(1))
    #expect(run.events.last == .closed(1))
    run.answer(1)
    run.write()
    #expect(run.frames(.data).isEmpty && run.end == nil && !run.session.hasWaitingBodies)
  }
}
