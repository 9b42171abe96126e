import Core
import Testing

@Suite struct DeadOrderTests {
  private static let now: Int64 = 1_800_000_000_000

  private func order(_ task: DeadOrder.Task = .list, query: String) throws(DeadOrderProblem) -> DeadOrder {
    var order = DeadOrder(task)
    try order.take(query: query, now: Self.now)
    try order.check()
    return order
  }

  @Test("a query is read with its ages, times and encodings")
  func query() throws {
    let all = try order(
      query: "domain=a%2Dshop.example&sink=telegram&reason=rejected&where=spool&older_than=2h"
        + "&newer_than=2027-01-01T08:00:00%2B08:00&limit=7&cursor=s12")
    var filter = DeadFilter()
    filter.domain = "a-shop.example"
    filter.sink = .telegram
    filter.reason = .rejected
    filter.place = .spool
    filter.diedUntil = Self.now - 7_200_000
    filter.diedFrom = 1_798_761_600_000
    #expect(all.filter == filter)
    #expect((all.limit, all.cursor) == (7, .spool(after: 12)))
    #expect(try order(query: "") == DeadOrder(.list))
  }

  @Test(
    "what is not understood is refused rather than passed over",
    arguments: [
      "domian=x", "domain=a&domain=b", "sink=tg", "reason=bad", "where=here", "older_than=soon", "older_than=",
      "limit=0", "limit=1001", "limit=x", "cursor=x1", "cursor=s", "cursor=b1", "cursor=b1.-2", "domain=%",
      "domain=%zz",
      "domain=%ff", "keys=1", "confirm=true", "older_than=99999999999999999999d",
    ])
  func refused(_ query: String) {
    #expect(throws: DeadOrderProblem.self) { try order(query: query) }
  }

  @Test(
    "members of a body are read by their types",
    arguments: [
      (.purge, "keys", .array, #"["12","b00000001000000000000000f"]"#, true),
      (.purge, "confirm", .bool, "true", true), (.purge, "confirm", .bool, "false", false),
      (.replay, "limit", .number, "10000", true), (.replay, "limit", .number, "10001", false),
      (.replay, "limit", .number, "1.5", false), (.replay, "keys", .array, "[]", false),
      (.replay, "keys", .array, #"["x"]"#, false), (.replay, "keys", .array, "[1]", false),
      (.replay, "keys", .array, #"["1",["2"]]"#, false), (.replay, "keys", .array, #"["1,2"]"#, false),
      (.replay, "confirm", .bool, "true", false), (.replay, "domain", .number, "1", false),
      (.replay, "domain", .null, "null", true), (.replay, "domains", .null, "null", false),
      (.replay, "confirm", .null, "null", false), (.list, "keys", .array, #"["1"]"#, false),
    ] as [(DeadOrder.Task, String, JSONMember.Kind, String, Bool)])
  func members(_ task: DeadOrder.Task, _ name: String, _ kind: JSONMember.Kind, _ value: String, _ isTaken: Bool) {
    var order = DeadOrder(task)
    let problem: DeadOrderProblem?
    do throws(DeadOrderProblem) {
      try order.take(name, kind, value, now: Self.now)
      try order.check()
      problem = nil
    } catch {
      problem = error
    }
    #expect((problem == nil) == isTaken, "\(problem?.detail ?? "")")
  }

  @Test("more keys than one request may have are refused")
  func manyKeys() {
    for count in [DeadOrder.maxKeys, DeadOrder.maxKeys + 1] {
      let keys = "[\((0..<count).map { "\"\($0)\"" }.joined(separator: ","))]"
      var order = DeadOrder(.replay)
      do throws(DeadOrderProblem) {
        try order.take("keys", .array, keys, now: 0)
        #expect(order.keys.count == DeadOrder.maxKeys)
      } catch {
        #expect(count > DeadOrder.maxKeys)
      }
    }
  }

  @Test("nothing is deleted by accident: without keys it must be confirmed, and keys stand alone")
  func confirmation() throws {
    #expect(throws: DeadOrderProblem.self) { try self.order(.purge, query: "domain=a") }
    var order = DeadOrder(.purge)
    try order.take("confirm", .bool, "true", now: 0)
    try order.check()
    try order.take("keys", .array, #"["1"]"#, now: 0)
    try order.take("domain", .string, "a", now: 0)
    #expect(throws: DeadOrderProblem.self) { try order.check() }
  }

  @Test("a problem never repeats what was sent")
  func silence() {
    #expect {
      try order(query: "se%0Acret=1")
    } throws: {
      ($0 as? DeadOrderProblem)?.detail.contains("cret") == false
    }
  }

  @Test(
    "keys and cursors read back as they were written",
    arguments: ["0", "4398046511105", "b00000001000000000000000f", "bffffffffffffffffffffffff"])
  func keys(_ text: String) throws {
    #expect(try #require(DeadKey(text)).description == text)
  }

  @Test("what is no key is none", arguments: ["", "-1", "+1", "b", "b1", "x12", "9223372036854775808", "1/2", " 1"])
  func noKeys(_ text: String) {
    #expect(DeadKey(text) == nil)
  }

  @Test(
    "cursors read back as they were written", arguments: [DeadCursor.spool(after: 7), .broker(queue: 2, offset: 30)])
  func cursors(_ cursor: DeadCursor) {
    #expect(DeadCursor(cursor.description) == cursor)
  }

  @Test(
    "a filter means what it says",
    arguments: [
      ("", true), ("domain=a.example", true), ("domain=b.example", false), ("sink=logbeacon", true),
      ("sink=telegram", false), ("reason=rejected", true), ("reason=unreadable", false), ("older_than=1h", true),
      ("older_than=3h", false), ("newer_than=3h", true), ("newer_than=1h", false),
    ])
  func filter(_ query: String, _ isMeant: Bool) throws {
    let filter = try order(query: query).filter
    let queue = QueueName(domain: "a.example", sink: .logbeacon)
    let isIncluded =
      filter.includes(queue) && filter.includes(reason: "rejected", diedAt: Self.now - 7_200_000)
    #expect(isIncluded == isMeant)
  }

  @Test("a letter that does not say when it died counts as old")
  func timeless() throws {
    #expect(try order(query: "older_than=100d").filter.includes(reason: "", diedAt: nil))
    #expect(try !order(query: "newer_than=100d").filter.includes(reason: "", diedAt: nil))
  }

  @Test(
    "the audience behind a message id is told apart on a Telegram queue alone",
    arguments: [
      (Sink.telegram, "e1.developer", "e1", Audience?.some(.developer)), (.telegram, "e1", "e1", nil),
      (.telegram, "e1.customer", "e1", .customer), (.logbeacon, "e1.customer", "e1.customer", nil),
    ])
  func audience(_ sink: Sink, _ messageID: String, _ id: String, _ audience: Audience?) {
    let entry = DeadEntry(
      key: .spool(1), queue: QueueName(domain: "a", sink: sink), messageID: messageID, diedAt: nil, reason: "",
      attempts: 0, lastStatus: 0, lastError: "", bytes: 0)
    #expect((entry.id, entry.audience) == (id, audience))
  }
}
