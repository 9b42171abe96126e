import Core
import Testing

@Suite struct EventRulesTests {
  @Test(
    "levels are read by number and by name in any case",
    arguments: [
      (.json(.number, "0"), .debug), (.json(.number, "1"), .info), (.json(.number, "9"), .error),
      (.json(.number, "11"), .infoCTG), (.json(.number, "91"), .errorCTG), (.json(.number, "99"), .monitor),
      (.text("Debug"), .debug), (.text("info"), .info), (.text("ERROR"), .error), (.text("Info_CTG"), .infoCTG),
      (.text("error_ctg"), .errorCTG), (.text("mOnItOr"), .monitor),
    ] as [(EventSample.Value, Level)])
  func levels(value: EventSample.Value, level: Level) {
    #expect(EventSample([("level", value)]).draft()?.level == level)
  }

  @Test(
    "every broken rule is found under its field and code",
    arguments: [
      ("level", .json(.number, "2"), .level, .range), ("level", .json(.number, "-1"), .level, .range),
      ("level", .json(.number, "256"), .level, .range),
      ("level", .json(.number, "100000000000000000000"), .level, .range),
      ("level", .json(.number, "1.0"), .level, .type), ("level", .json(.number, "1e0"), .level, .type),
      ("level", .text("9"), .level, .range), ("level", .text("warn"), .level, .range),
      ("level", .text(""), .level, .range),
      ("level", .text("infо"), .level, .range), ("level", .json(.bool, "true"), .level, .type),
      ("level", .json(.array, "[1]"), .level, .type), ("level", .json(.null, "null"), .level, .required),
      ("def_name", .json(.null, "null"), .defName, .required), ("def_name", .json(.number, "1"), .defName, .type),
      ("def_name", .text(""), .defName, .length),
      ("message", .json(.null, "null"), .message, .required), ("message", .json(.object, "{}"), .message, .type),
      ("hash_value", .json(.number, "1"), .hashValue, .type),
      ("program_name", .text(""), .programName, .length), ("program_name", .text(".a"), .programName, .charset),
      ("program_name", .text("a b"), .programName, .charset), ("program_name", .text("a/b"), .programName, .charset),
      ("program_name", .text("程式"), .programName, .charset), ("program_name", .text("a:b"), .programName, .charset),
      ("program_name", .json(.bool, "true"), .programName, .type),
      ("domain", .text("nope.example"), .domain, .unknownDomain), ("domain", .text(""), .domain, .unknownDomain),
      ("domain", .text("EXAMPLE.COM"), .domain, .unknownDomain),
      ("domain", .text("example.com\0"), .domain, .unknownDomain),
      ("domain", .json(.number, "1"), .domain, .type),
      ("timestamp", .text("yesterday"), .timestamp, .format), ("timestamp", .text("1736908200"), .timestamp, .format),
      ("timestamp", .text("1960-01-01T00:00:00Z"), .timestamp, .range),
      ("timestamp", .json(.number, "1736908200000"), .timestamp, .range),
      ("timestamp", .json(.bool, "true"), .timestamp, .type),
      ("id", .text(""), .id, .length), ("id", .text("a b"), .id, .charset), ("id", .json(.number, "5"), .id, .type),
    ] as [(String, EventSample.Value, EventField, FieldProblem.Code)])
  func brokenRules(name: String, value: EventSample.Value, field: EventField, code: FieldProblem.Code) {
    #expect(EventSample([(name, value)]).problems() == [EventSample.Problem(field, code)])
  }

  @Test("lengths hold at the limit and break one beyond", arguments: ["x", "用", "😀"])
  func lengths(scalar: String) {
    func problems(_ name: String, _ count: Int) -> [EventSample.Problem] {
      EventSample([(name, .text(String(repeating: scalar, count: count)))]).problems()
    }
    #expect(problems("def_name", 255) == [])
    #expect(problems("def_name", 256) == [EventSample.Problem(.defName, .length)])
    #expect(problems("hash_value", 0) == [])
    #expect(problems("hash_value", 128) == [])
    #expect(problems("hash_value", 129) == [EventSample.Problem(.hashValue, .length)])
    guard scalar == "x" else { return }
    #expect(problems("program_name", 64) == [])
    #expect(problems("program_name", 65) == [EventSample.Problem(.programName, .length)])
    #expect(problems("id", 64) == [])
    #expect(problems("id", 65) == [EventSample.Problem(.id, .length)])
  }

  @Test("every bad field is listed, not only the first")
  func allProblems() {
    let sample = EventSample([
      ("level", .json(.number, "3")), ("def_name", .json(.null, "null")), ("message", .json(.number, "1")),
      ("domain", .text("x")), ("id", .text("?")),
    ])
    #expect(
      sample.problems() == [
        EventSample.Problem(.level, .range), EventSample.Problem(.message, .type),
        EventSample.Problem(.domain, .unknownDomain), EventSample.Problem(.id, .charset),
        EventSample.Problem(.defName, .required),
      ])
  }

  @Test("an event without the optional fields has their defaults")
  func defaults() throws {
    var settings = EventSample.settings
    settings.defaultDomain = 2
    let draft = try #require(EventSample().draft(settings: settings))
    #expect(draft.domain == 2)
    #expect(draft.program == nil)
    #expect(draft.extraInfo == .empty)
    #expect(draft.hashValue == .empty)
    #expect(draft.timestamp == EventSample.arrival)
    #expect(draft.id == EventSample.madeID)
    #expect(!draft.hasClientID)
    #expect(draft.ignored.isEmpty)
    #expect(draft.truncation == [])
  }

  @Test("null is the same as absent")
  func nulls() throws {
    let names = ["extra_info", "hash_value", "program_name", "domain", "timestamp", "id"]
    let draft = try #require(EventSample(names.map { ($0, .json(.null, "null")) }).draft())
    #expect(draft.id == EventSample.madeID)
    #expect(draft.domain == 0)
    #expect(draft.timestamp == EventSample.arrival)
    #expect(draft.ignored.isEmpty)
  }

  @Test("given fields are taken")
  func given() throws {
    let sample = EventSample([
      ("domain", .text("b.example.com")), ("program_name", .text("mall-api_2.0")), ("id", .text("order:1")),
      ("timestamp", .text("2025-01-15T10:30:00+08:00")), ("hash_value", .text("h")), ("message", .text("")),
      ("extra_info", .json(.object, "{}")),
    ])
    let draft = try #require(sample.draft())
    #expect(draft.domain == 2)
    #expect(draft.program.map(sample.string) == "mall-api_2.0")
    #expect(draft.id == EventID("order:1"))
    #expect(draft.hasClientID)
    #expect(draft.timestamp == 1_736_908_200_000)
    #expect(sample.string(draft.extraInfo.range) == "{}")
    #expect(draft.message.range.isEmpty)
  }

  @Test("the header's key is the id of an event without one; another id is a conflict, but not in a batch")
  func keys() throws {
    let key = try #require(EventID("key-1"))
    let bare = try #require(EventSample().draft(key: key))
    #expect(bare.id == key)
    #expect(bare.hasClientID)
    #expect(EventSample([("id", .text("key-1"))]).draft(key: key)?.id == key)
    #expect(EventSample([("id", .text("other"))]).problems(key: key) == [EventSample.Problem(.id, .conflict)])
    #expect(EventSample([("id", .text("other"))]).draft(key: key, isBatchItem: true)?.id == EventID("other"))
  }

  @Test("unknown members are named, up to 32 of 64 scalars")
  func ignored() throws {
    let long = String(repeating: "用", count: 70)
    let names = ["Level", "mesage", "", "def_namE", long] + (0..<40).map { "x\($0)" }
    let sample = EventSample(names.map { ($0, .json(.number, "1")) })
    let draft = try #require(sample.draft())
    #expect(draft.ignored.count == 32)
    #expect(
      draft.ignored.prefix(5).map(sample.string) == ["Level", "mesage", "", "def_namE", String(long.prefix(64))])
  }

  @Test("every configured domain is found, whatever their number")
  func manyDomains() {
    var settings = EventSample.settings
    settings.domains = (0..<300).map { Settings.Domain(name: "shop\($0).example") }
    for place in 0..<300 {
      #expect(EventSample([("domain", .text("shop\(place).example"))]).draft(settings: settings)?.domain == place)
    }
    #expect(EventSample([("domain", .text("shop300.example"))]).draft(settings: settings) == nil)
  }

  @Test(
    "message and extra_info are cut in scalars beyond their limits",
    arguments: ["x", "用", "😀", "\u{301}", "\n"])
  func cutting(scalar: String) throws {
    for (name, limit) in [("message", 12), ("extra_info", 10)] {
      for count in [limit - 1, limit, limit + 1, limit * 3] {
        let sample = EventSample([(name, .text(String(repeating: scalar, count: count)))])
        let draft = try #require(sample.draft())
        let part = name == "message" ? draft.message : draft.extraInfo
        #expect(part.isCut == (count > limit))
        let kept = sample.string(part.range)
        #expect(kept.unicodeScalars.count == min(count, limit))
        #expect(kept.utf8.count == min(count, limit) * scalar.utf8.count)
        #expect(draft.truncation == (count > limit ? (name == "message" ? .message : .extraInfo) : []))
      }
    }
  }
}
