import Testing

@testable import Core

@Suite("Who wants which event")
struct TailFilterTests {
  private static let domains = ["a.example", "b.example"]
  private static let source = Array("shopOrderPaid\u{7D50}\u{5E33}{\"n\":1}abc".utf8)

  /// Level 9 on `b.example`; texts `OrderPaid`, 結帳, `{"n":1}` and `abc`.
  private var event: EventDraft {
    var event = EventDraft(timestamp: 0, id: EventID("id-7") ?? EventID())
    event.level = .error
    event.domain = 1
    event.program = 0..<4
    event.defName = EventDraft.Text(range: 4..<13, isPlain: true)
    event.message = EventDraft.Text(range: 13..<19, isPlain: true)
    event.extraInfo = EventDraft.Text(range: 19..<26, isPlain: false)
    event.hashValue = EventDraft.Text(range: 26..<29, isPlain: true)
    return event
  }

  private func matches(_ query: String, _ event: EventDraft) throws -> Bool {
    try TailFilter(query: query, domains: Self.domains)
      .matches(event, in: Self.source.span, defaultProgram: "default".utf8.span)
  }

  @Test(
    "every parameter must fit, each by one of its values",
    arguments: [
      ("", true), ("level=9", true), ("level=error", true), ("level=1,ERROR", true), ("level=1", false),
      ("domain=b.example", true), ("domain=a.example", false), ("domain=a.example,b.example", true),
      ("program=shop", true), ("program=default", false), ("program=x,shop", true), ("program=sho", false),
      ("q=orderpaid", true), ("q=RPAID", true), ("q=%E7%B5%90", true), ("q=%22n%22", true), ("q=AB", true),
      ("q=ID-7", true), ("q=shop", false), ("q=abcd", false), ("q=", true),
      ("level=9&domain=b.example&program=shop&q=order", true), ("level=9&q=nothing", false),
    ])
  func matches(_ query: String, _ isWanted: Bool) throws {
    #expect(try matches(query, event) == isWanted)
  }

  @Test("an event that names no program is of the default one")
  func defaultProgram() throws {
    var event = event
    event.program = nil
    #expect(try matches("program=default", event))
    #expect(try !matches("program=shop", event))
  }

  @Test(
    "what is not understood is refused, and never repeated",
    arguments: [
      "secret=1", "level=", "level=7", "level=secret", "level=1,,9", "domain=secret", "domain=", "program=a,",
      "q=%zz", "q=%FF", "q=secret&q=secret", "level=" + String(repeating: "1,", count: TailFilter.maxValues) + "1",
      "q=" + String(repeating: "s", count: TailFilter.maxTextBytes + 1),
    ])
  func refused(_ query: String) {
    #expect {
      try TailFilter(query: query, domains: Self.domains)
    } throws: {
      ($0 as? QueryProblem)?.detail.contains("secret") == false
    }
  }

  @Test("the most values and the longest text are taken")
  func limits() throws {
    let levels = Array(repeating: "9", count: TailFilter.maxValues).joined(separator: ",")
    #expect(try matches("level=\(levels)&q=", event))
    #expect(try !matches("q=" + String(repeating: "s", count: TailFilter.maxTextBytes), event))
  }
}
