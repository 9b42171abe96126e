import Core
import Fakes
import HTTP2
import Testing

/// Case by case what RFC 9113 and RFC 7541 ask of a server, in the order of their sections.
@Suite("HTTP/2, clause by clause")
struct HTTP2CaseTests {
  private static let probe: UInt32 = 101

  @Test("frames and sections", arguments: HTTP2Case.framing)
  func framing(_ sent: HTTP2Case) throws { try check(sent) }

  @Test("states of streams", arguments: HTTP2Case.states)
  func states(_ sent: HTTP2Case) throws { try check(sent) }

  @Test("each kind of frame", arguments: HTTP2Case.frames)
  func frames(_ sent: HTTP2Case) throws { try check(sent) }

  @Test("requests", arguments: HTTP2Case.requests)
  func requests(_ sent: HTTP2Case) throws { try check(sent) }

  @Test("field compression", arguments: HTTP2Case.compression)
  func compression(_ sent: HTTP2Case) throws { try check(sent) }

  /// Whole, and a byte at a time.
  private func check(_ sent: HTTP2Case) throws {
    for size in [Int.max, 1] {
      let run = try #require(SessionRun())
      run.receive(HTTP2Frames.opening + sent.bytes, pieces: size)
      let (resets, end) = (run.frames(.reset).filter { $0.stream == 1 }, run.end)
      switch sent.outcome {
      case .served: #expect(resets.isEmpty && end == nil, "\(resets.map(\.code)) \(end ?? 0)")
      case .ignored:
        #expect(resets.isEmpty && end == nil)
        #expect(!run.events.contains(.ended(1)))
      case .connection(let codes): #expect(codes.holds(end), "\(resets.map(\.code)) \(end ?? 0)")
      case .any(let codes): #expect(codes.holds(end ?? resets.first?.code), "\(resets.map(\.code)) \(end ?? 0)")
      }
      // A connection is either over or serves what comes next.
      let before = run.events.count
      run.receive(HTTP2Frames.headers(Self.probe, HTTP2Frames.request("GET", "/health")))
      if end == nil {
        #expect(run.events.contains(.ended(Self.probe)))
      } else {
        #expect(run.session.isOver && run.events.count == before)
      }
    }
  }
}

extension Set<HTTP2Case.Code> {
  fileprivate func holds(_ code: UInt32?) -> Bool {
    guard let code, let known = HTTP2Case.Code(rawValue: code) else { return false }
    return contains(known)
  }
}
