import Testing
import YAML

@Suite("A YAML text as a tree")
struct YAMLDocumentTests {
  @Test("keeps plain and quoted scalars apart")
  func scalars() throws {
    let document = YAMLDocument(parsing: "a: 123\nb: \"123\"\nc: 'x'\nd: |\n  text\ne:\n")
    let members = try #require(document.root?.members)
    #expect(document.problems.isEmpty)
    #expect(members.map(\.key) == ["a", "b", "c", "d", "e"])
    #expect(
      members.map(\.value.content) == [
        .scalar("123", isQuoted: false), .scalar("123", isQuoted: true), .scalar("x", isQuoted: true),
        .scalar("text\n", isQuoted: true), .scalar("", isQuoted: false),
      ])
  }

  @Test("tells line and column of keys and values, from 1, in characters")
  func positions() throws {
    let document = YAMLDocument(parsing: "# 註解\n鍵: {a: 1, b: [x, yy]}\nlist:\n  - p\n  - q\n")
    let members = try #require(document.root?.members)
    #expect(members[0].position == YAMLPosition(line: 2, column: 1))
    let inner = try #require(members[0].value.members)
    #expect(inner.map(\.position) == [YAMLPosition(line: 2, column: 5), YAMLPosition(line: 2, column: 11)])
    #expect(inner[1].value.items?[1].position == YAMLPosition(line: 2, column: 18))
    #expect(
      members[1].value.items?.map(\.position) == [YAMLPosition(line: 4, column: 5), YAMLPosition(line: 5, column: 5)])
  }

  @Test("reads JSON, since JSON is YAML")
  func json() throws {
    let document = YAMLDocument(parsing: #"[{"name":"a","n":[1,"1"]},{"name":"b"}]"#)
    let items = try #require(document.root?.items)
    #expect(items.count == 2)
    #expect(
      items[0].members?[1].value.items?.map(\.content) == [
        .scalar("1", isQuoted: false), .scalar("1", isQuoted: true),
      ])
  }

  @Test("is empty for a text without content", arguments: ["", "\n\n", "# only a comment\n", "\u{FEFF}"])
  func empty(text: String) {
    let document = YAMLDocument(parsing: text)
    #expect(document.root == nil)
    #expect(document.problems.isEmpty)
  }

  @Test("skips a byte order mark")
  func byteOrderMark() {
    #expect(YAMLDocument(parsing: "\u{FEFF}a: 1").root?.members?.first?.key == "a")
  }

  @Test(
    "ends at what is not YAML, and says where",
    arguments: [
      ("a: [1, 2\nb: 3\n", 2, 2), ("a: b: c\n", 1, 5), ("a:\n\t- 1\n", 2, 1), ("a: \"x\n", 2, 1),
      ("ok: 1\nbad: \u{01}\n", 2, 6), ("a: }\n", 1, 4),
    ])
  func syntax(text: String, line: Int, column: Int) {
    let document = YAMLDocument(parsing: text)
    #expect(document.root == nil)
    #expect(document.problems.map(\.code) == [.syntax])
    #expect(document.problems.first?.position == YAMLPosition(line: line, column: column))
  }

  @Test("refuses bytes that are not UTF-8, and says where")
  func encoding() {
    let document = YAMLDocument(parsing: Array("a: 1\nb: \u{E9}".utf8).dropLast() + [0xFF])
    #expect(document.problems.map(\.code) == [.syntax])
    #expect(document.problems.first?.position.line == 2)
  }

  @Test("collects every duplicate key and goes on, keeping the first value")
  func duplicates() throws {
    let document = YAMLDocument(parsing: "a: 1\nb: {c: 1, c: [2]}\na: {x: 1}\nd: 4\n")
    #expect(document.problems.map(\.code) == [.duplicateKey, .duplicateKey])
    #expect(document.problems.map(\.position) == [YAMLPosition(line: 2, column: 11), YAMLPosition(line: 3, column: 1)])
    let members = try #require(document.root?.members)
    #expect(members.map(\.key) == ["a", "b", "d"])
    #expect(members[0].value.content == .scalar("1", isQuoted: false))
  }

  @Test(
    "refuses what could unfold or mean something else",
    arguments: [
      ("a: &x 1\n", YAMLProblem.Code.alias), ("a: &x [1]\n", .alias), ("a: !!int \"3\"\n", .tag), ("a: !x {}\n", .tag),
      ("? [a]\n: 1\n", .complexKey), ("a: 1\n---\nb: 2\n", .severalDocuments),
    ])
  func refused(text: String, code: YAMLProblem.Code) {
    #expect(YAMLDocument(parsing: text).problems.map(\.code) == [code])
  }

  @Test("an alias bomb costs nothing: anchor and alias are reported, nothing unfolds")
  func aliases() {
    let document = YAMLDocument(parsing: "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n")
    #expect(document.problems.count == 6)
    #expect(document.problems.allSatisfy { $0.code == .alias })
  }

  @Test("nests 32 deep and no deeper", arguments: [(31, true), (32, true), (33, false), (100_000, false)])
  func depth(levels: Int, isRead: Bool) {
    let text = String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    let document = YAMLDocument(parsing: text)
    #expect(document.problems.map(\.code) == (isRead ? [] : [.tooDeep]))
    #expect((document.root != nil) == isRead)
  }

  @Test("reads 1 MiB and no more", arguments: [(0, true), (1, false)])
  func size(extra: Int, isRead: Bool) {
    let head = Array("a: ".utf8)
    let text = head + [UInt8](repeating: UInt8(ascii: "x"), count: YAMLDocument.maxBytes - head.count + extra)
    #expect(YAMLDocument(parsing: text).problems.map(\.code) == (isRead ? [] : [.tooLarge]))
  }
}

extension YAMLNode {
  fileprivate var members: [YAMLMember]? {
    if case .mapping(let members) = content { members } else { nil }
  }

  fileprivate var items: [YAMLNode]? {
    if case .sequence(let items) = content { items } else { nil }
  }
}
