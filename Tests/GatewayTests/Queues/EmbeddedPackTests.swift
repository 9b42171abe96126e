import Core
import Testing

@testable import Gateway

@Suite struct EmbeddedPackTests {
  /// Three copies whose packed lengths are the same.
  private static let ids = ["1", "2", "3"]
  private static let length = 14 + 1 + 7

  private let content: [UInt8]

  init() {
    var pack = EmbeddedPack(first: 10, spare: [])
    for id in Self.ids {
      pack.add(id: Array(id.utf8).span, audience: nil, digest: [UInt8]().span, body: Array(#"{"x":1}"#.utf8).span)
    }
    content = pack.content
  }

  private static func rows(_ content: [UInt8]) -> [EmbeddedRow] {
    EmbeddedPack.rows(content, first: 10, copies: ids.count, at: 0)
  }

  @Test("copies come out as they went in, in their order")
  func whole() {
    let rows = Self.rows(content)
    #expect(rows.map(\.messageID) == Self.ids)
    #expect(rows.map(\.sequence) == [10, 11, 12])
    #expect(rows.allSatisfy { $0.isIntact && $0.body == Array(#"{"x":1}"#.utf8) })
  }

  @Test("copies that changed places are damaged, those at their own place are not")
  func moved() {
    let (first, second) = (content[..<Self.length], content[Self.length..<2 * Self.length])
    let rows = Self.rows(Array(second + first + content[(2 * Self.length)...]))
    #expect(rows.map(\.isIntact) == [false, false, true])
    #expect(rows.map(\.sequence) == [10, 11, 12])
  }

  @Test("a damaged length that ends where another copy begins gives no copy its neighbour's number")
  func swallowed() {
    var content = content
    // The body of the first reaches to the end of the second.
    content[8] = UInt8(Self.length + 7)
    #expect(Self.rows(content).map(\.isIntact) == [false, false, false])
  }
}
