import Core
import Simulator
import Testing

@Suite("CopyPack") struct CopyPackTests {
  private static let digest = ContentDigest(hex: String(repeating: "0a", count: 32))

  private struct Copy: Equatable {
    var id: String
    var attempt = 0
    var digest: ContentDigest?
    var body: [UInt8]
  }

  private func pack(_ copies: [Copy]) -> [UInt8] {
    var bytes: [UInt8] = []
    CopyPack.appendOpening(count: copies.count, to: &bytes)
    for copy in copies {
      CopyPack.append(
        id: copy.id, attempt: copy.attempt, digest: copy.digest, body: copy.body.span, to: &bytes)
    }
    return bytes
  }

  private func read(_ bytes: [UInt8]) -> [Copy]? {
    CopyPack(bytes.span)?.items.map { item in
      Copy(
        id: String(decoding: bytes[item.id], as: UTF8.self), attempt: item.attempt, digest: item.digest,
        body: Array(bytes[item.body]))
    }
  }

  @Test("the form is the documented one, byte for byte")
  func form() {
    let bytes = pack([
      Copy(id: "a.developer", attempt: 2, digest: Self.digest, body: Array("{}".utf8)), Copy(id: "訂單 1", body: []),
    ])
    let expected =
      "log.v1.pack 2\n2 2 \(String(repeating: "0a", count: 32)) a.developer\n{}\n0 0 - 訂單 1\n\n"
    #expect(String(decoding: bytes, as: UTF8.self) == expected)
    var suffixed: [UInt8] = []
    CopyPack.append(id: "a".utf8.span, suffix: ".x", attempt: -1, digest: nil, body: "b".utf8.span, to: &suffixed)
    #expect(String(decoding: suffixed, as: UTF8.self) == "1 0 - a.x\nb\n")
  }

  @Test("what is written is read back, bodies of any bytes included", arguments: UInt64(0)..<20)
  func roundTrip(_ seed: UInt64) {
    var random = SeededRandom(state: seed)
    let copies = (0..<1 + Int(random.next(256))).map { number in
      Copy(
        id: String(repeating: "i", count: Int(random.next(256))), attempt: Int(random.next(1000)),
        digest: random.chance(2) ? Self.digest : nil,
        body: (0..<random.next(50)).map { _ in random.chance(3) ? 10 : UInt8(random.next(256)) })
    }
    #expect(read(pack(copies)) == copies)
  }

  @Test("a pack that is cut anywhere, or longer than it says, is none")
  func cut() {
    let bytes = pack([Copy(id: "a", attempt: 1, digest: Self.digest, body: [1, 2, 3]), Copy(id: "b", body: [10])])
    for length in 0..<bytes.count { #expect(read(Array(bytes[..<length])) == nil) }
    #expect(read(bytes + [10]) == nil)
  }

  @Test(
    "what is not exactly a pack is none",
    arguments: [
      "", "{}", "log.v1.pack", "log.v1.pack ", "log.v1.pack 0\n", "log.v1.pack 1\n", "log.v1.pack 257\n",
      "log.v1.pack -1\n", "log.v1.pack 99999999999999999999\n", "log.v2.pack 1\n0 0 - a\n\n",
      "log.v1.pack 1\n1 0 - a\n\n", "log.v1.pack 1\n0 0 a\n\n", "log.v1.pack 1\n 0 - a\n\n",
      "log.v1.pack 1\n9999999999999999999 0 - a\n\n", "log.v1.pack 1\n4294967295 0 - a\n\n",
      "log.v1.pack 1\n0 x - a\n\n", "log.v1.pack 1\n0 0 zz a\n\n", "log.v1.pack 1\n0 0 - a\nx",
      "log.v1.pack 1\n+0 0 - a\n\n", "log.v1.pack 1\r\n0 0 - a\n\n",
      "log.v1.pack 1\n0 0 - \(String(repeating: "i", count: 256))\n\n",
    ])
  func broken(_ text: String) {
    #expect(read(Array(text.utf8)) == nil)
  }

  @Test("256 copies are a pack, more are none however small they are")
  func most() {
    let one = "0 0 - \n\n"
    #expect(read(Array("log.v1.pack 256\n\(String(repeating: one, count: 256))".utf8))?.count == 256)
    #expect(read(Array("log.v1.pack 257\n\(String(repeating: one, count: 257))".utf8)) == nil)
  }

  @Test("no damage traps, and what still reads lies inside the message", arguments: UInt64(0)..<20)
  func damage(_ seed: UInt64) {
    var random = SeededRandom(state: seed)
    let whole = pack((0..<4).map { Copy(id: "\($0)", digest: Self.digest, body: Array("{\"v\":\($0)}".utf8)) })
    for _ in 0..<200 {
      var bytes = whole
      for _ in 0..<1 + random.next(4) {
        let place = Int(random.next(UInt64(bytes.count)))
        switch random.next(3) {
        case 0: bytes[place] = UInt8(random.next(256))
        case 1: bytes.remove(at: place)
        default: bytes.insert(UInt8(ascii: "0") + UInt8(random.next(10)), at: place)
        }
      }
      guard let items = CopyPack(bytes.span)?.items else { continue }
      var end = 0
      for item in items {
        if item.id.lowerBound < end || item.body.lowerBound < item.id.upperBound { Issue.record("parts overlap") }
        end = item.body.upperBound
      }
      if end >= bytes.count { Issue.record("a body reaches beyond the message") }
    }
  }

  @Test("an id is packed only if its line can hold it")
  func ids() {
    #expect(CopyPack.holds(id: "") && CopyPack.holds(id: String(repeating: "i", count: 255)))
    #expect(!CopyPack.holds(id: String(repeating: "i", count: 256)) && !CopyPack.holds(id: "a\nb"))
  }
}
