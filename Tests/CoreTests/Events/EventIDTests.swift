import Core
import Testing

@Suite struct EventIDTests {
  @Test(
    "ids keep their rule",
    arguments: [
      ("a", true), ("A-Z_0.9:x", true), (String(repeating: "x", count: 64), true), ("...", true),
      ("", false), (String(repeating: "x", count: 65), false), ("a b", false), ("a/b", false), ("用", false),
      ("a\n", false), ("a\u{0}", false), ("a@b", false), ("a[", false), ("a`", false), ("{", false),
    ])
  func rule(text: String, isValid: Bool) {
    let id = EventID(text)
    #expect((id != nil) == isValid)
    if let id {
      #expect(id.description == text)
      #expect(id.count == text.utf8.count)
    }
  }

  @Test("ids are equal only if every byte is")
  func equality() {
    #expect(EventID("abc") == EventID("abc"))
    #expect(EventID("abc") != EventID("abd"))
    #expect(EventID("abc") != EventID("ab"))
    #expect(Set([EventID("abc"), EventID("abc"), EventID("ab")]).count == 2)
  }

  @Test("a UUIDv7 has its time, version and variant")
  func uuid() {
    // The example of RFC 9562 appendix A.6.
    let id = EventID.uuidV7(milliseconds: 0x017F_22E2_79B0, random: (0xCC3, 0x18C4_DC0C_0C07_398F))
    #expect(id.description == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    let all = EventID.uuidV7(milliseconds: 0, random: (.max, .max))
    #expect(all.description == "00000000-0000-7fff-bfff-ffffffffffff")
  }

  @Test(
    "items of a batch are numbered behind its key", arguments: [(0, "K:0"), (9, "K:9"), (10, "K:10"), (9999, "K:9999")])
  func batchKeys(item: Int, expected: String) {
    #expect(EventID(batchKey: "K".utf8.span, item: item)?.description == expected)
  }

  @Test("a batch's key has at most 57 characters", arguments: [(56, true), (57, true), (58, false), (0, false)])
  func batchKeyLength(length: Int, isValid: Bool) {
    let key = String(repeating: "k", count: length)
    #expect((EventID(batchKey: key.utf8.span, item: 9999) != nil) == isValid)
  }
}
