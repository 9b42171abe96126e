import Core
import Testing

@Suite("What waits for a reader of the tail")
struct TailBacklogTests {
  private func frame(_ count: Int) -> [UInt8] { Array(repeating: UInt8(ascii: "x"), count: count) }

  private func offer(_ bytes: [UInt8], to backlog: inout TailBacklog) -> Bool {
    backlog.offered(bytes.span)
    return backlog.calls()
  }

  private func take(_ backlog: inout TailBacklog) -> (bytes: [UInt8], isLast: Bool) { backlog.taken() }

  private func calls(_ backlog: inout TailBacklog) -> Bool { backlog.calls() }

  @Test("a reader that has found nothing is called once when something comes, and takes it all")
  func calls() {
    var backlog = TailBacklog()
    #expect(!offer(frame(1), to: &backlog), "nobody waits yet")
    #expect(take(&backlog) == (frame(1), false))
    #expect(!offer(frame(1), to: &backlog), "it will ask again by itself")
    #expect(take(&backlog) == (frame(1), false))
    #expect(take(&backlog) == ([], false))
    #expect(!calls(&backlog), "there is nothing")
    #expect(offer(frame(2), to: &backlog))
    #expect(!offer(frame(3), to: &backlog), "it is called already")
    #expect(take(&backlog) == (frame(5), false))
  }

  @Test("what does not fit is counted with everything behind it, and told where it is missing")
  func drops() {
    var backlog = TailBacklog()
    #expect(!offer(frame(TailBacklog.maxBytes), to: &backlog))
    for _ in 0..<3 { #expect(!offer(frame(1), to: &backlog)) }
    let told = Array("event: dropped\ndata: {\"dropped\":3}\n\n".utf8)
    #expect(take(&backlog) == (frame(TailBacklog.maxBytes) + told, false))
    _ = offer(frame(1), to: &backlog)
    #expect(take(&backlog) == (frame(1), false), "it is told once")
  }

  @Test("an event that is larger than everything that may wait is told as missing to a reader that waits")
  func tooLarge() {
    var backlog = TailBacklog()
    _ = backlog.taken()
    #expect(offer(frame(TailBacklog.maxBytes + 1), to: &backlog))
    #expect(String(decoding: take(&backlog).bytes, as: UTF8.self) == "event: dropped\ndata: {\"dropped\":1}\n\n")
  }

  @Test("the end comes behind what waits, and nothing behind the end")
  func end() {
    var backlog = TailBacklog()
    _ = backlog.taken()
    _ = offer(frame(1), to: &backlog)
    backlog.ended()
    #expect(!offer(frame(1), to: &backlog))
    #expect(take(&backlog) == (frame(1) + Array("event: end\ndata: {}\n\n".utf8), true))
    var waiting = TailBacklog()
    _ = waiting.taken()
    waiting.ended()
    #expect(calls(&waiting))
  }
}
