import Core
import Foundation
import JSON
import Testing

@Suite struct AgreementTests {
  /// xorshift64*: the same texts on every run.
  struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state ^= state >> 12
      state ^= state << 25
      state ^= state >> 27
      return state &* 0x2545_F491_4F6C_DD1D
    }
  }

  /// JSONSerialization is no judge of these: it takes or refuses them against RFC 8259, or loses them.
  private static func isComparable(_ body: [UInt8]) -> Bool {
    let text = String(decoding: body, as: UTF8.self)
    let dense = text.filter { !$0.isWhitespace }
    if dense.contains(",}") || dense.contains(",]") { return false }
    return !text.contains("\\u") && !text.contains("\u{feff}") && !text.contains("e") && !text.contains("E")
      && !body.contains(0)
  }

  private static func value(_ depth: Int, _ random: inout Seeded) -> String {
    let blank = ["", "", " ", "\n", "\t "].randomElement(using: &random) ?? ""
    let text: String
    switch Int.random(in: 0..<(depth > 3 ? 6 : 9), using: &random) {
    case 0: text = "\(Int.random(in: -1000...1000, using: &random))"
    case 1: text = "\(Int.random(in: 0...99, using: &random)).\(Int.random(in: 0...999, using: &random))"
    case 2: text = ["true", "null", "-0", "0", "12345678901234567"].randomElement(using: &random) ?? ""
    case 3, 4, 5: text = string(&random)
    case 6:
      let count = Int.random(in: 0...4, using: &random)
      text = "[" + (0..<count).map { _ in value(depth + 1, &random) }.joined(separator: ",") + "]"
    default: text = object(depth, &random)
    }
    return blank + text + blank
  }

  private static func string(_ random: inout Seeded) -> String {
    let pieces = ["a", "用戶", "😀", "\\n", "\\\"", "\\\\", "\\/", "x y", "", "{", "]", ",", ":", "0123456789abcdef"]
    let count = Int.random(in: 0...5, using: &random)
    return "\"" + (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined() + "\""
  }

  private static func object(_ depth: Int, _ random: inout Seeded) -> String {
    let count = Int.random(in: 0...4, using: &random)
    return "{" + (0..<count).map { "\"m\($0)\" :" + value(depth + 1, &random) }.joined(separator: ",") + "}"
  }

  private static func mutated(_ body: [UInt8], _ random: inout Seeded) -> [UInt8] {
    var body = body
    let alphabet = Array("{}[]:,\"\\ \n0123456789.-+tfnulr\u{1}é".utf8) + [0x80, 0xFF]
    for _ in 0..<Int.random(in: 1...3, using: &random) where !body.isEmpty {
      let place = Int.random(in: 0..<body.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: body.remove(at: place)
      case 1: body.insert(alphabet.randomElement(using: &random) ?? 0, at: place)
      case 2: body[place] = alphabet.randomElement(using: &random) ?? 0
      default: body.swapAt(place, Int.random(in: 0..<body.count, using: &random))
      }
    }
    return body
  }

  @Test("random valid texts mean what they mean to JSONSerialization", arguments: 1...20 as ClosedRange<UInt64>)
  func validTexts(seed: UInt64) throws {
    var random = Seeded(state: seed &* 0x9E37_79B9_7F4A_7C15)
    for _ in 0..<100 {
      let body = Self.object(0, &random)
      let expected = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? NSDictionary)
      let reading = Reading(body)
      #expect(reading.outcome == .object, "\(body)")
      // Put together again from what was read, the text must mean the same.
      var rebuilt: [UInt8] = [UInt8(ascii: "{")]
      for member in reading.items.first ?? [] {
        if rebuilt.count > 1 { rebuilt.append(",") }
        rebuilt.appendJSONString(member.name.utf8.span)
        rebuilt.append(":")
        if member.kind == .string {
          rebuilt.appendJSONString(member.value.utf8.span)
        } else {
          rebuilt.append(member.value.utf8.span)
        }
      }
      rebuilt.append("}")
      let found = try #require(try JSONSerialization.jsonObject(with: Data(rebuilt)) as? NSDictionary)
      #expect(expected == found, "\(body)")
    }
  }

  @Test("random damage is refused or taken as JSONSerialization does", arguments: 1...20 as ClosedRange<UInt64>)
  func damagedTexts(seed: UInt64) {
    var random = Seeded(state: seed &* 0xD6E8_FEB8_6659_FD93)
    for _ in 0..<300 {
      let body = Self.mutated(Array(Self.object(0, &random).utf8), &random)
      guard Self.isComparable(body) else { continue }
      let isValid = (try? JSONSerialization.jsonObject(with: Data(body), options: .fragmentsAllowed)) != nil
      let reading = Reading(bytes: body)
      let isSyntaxError = [.invalid, .invalidUTF8, .empty, .loneSurrogate].contains(reading.failure)
      #expect(isValid == !isSyntaxError, "\(String(decoding: body, as: UTF8.self)) \(reading.outcome)")
    }
  }

  @Test("random bytes never trap, as a value or as lines")
  func randomBytes() {
    var random = Seeded(state: 42)
    let reader = JSONReader()
    let alphabet = Array("{}[]:,\"\\ \n\r0e.-+tu/dD8c".utf8) + [0, 0xC3, 0xA9, 0xED, 0xF0, 0x80]
    var refused = 0
    for _ in 0..<20_000 {
      let body = (0..<Int.random(in: 0...90, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
      if case .refused = reader.read(body.span, as: .value) { refused += 1 }
      _ = reader.read(body.span, as: .lines)
      #expect(reader.members.allSatisfy { $0.value.upperBound <= body.count && $0.name.upperBound <= body.count })
    }
    #expect(refused > 10_000)
  }
}
