import Core
import Testing

@testable import Compression

@Suite("A body") struct BodyInflaterTests {
  private let inflater = BodyInflater()

  private func inflate(
    _ coded: [UInt8], _ coding: ContentCoding, limit: Int = 1 << 20, room: Int = .max
  ) -> (BodyInflater.Outcome, [UInt8]) {
    var body: [UInt8] = []
    let outcome = inflater.inflate(coded.span, as: coding, into: &body, limit: limit) { $0 <= room }
    return (outcome, body)
  }

  static let samples: [(ContentCoding, [UInt8], String)] = [
    (.gzip, Coded.gzip, Coded.text), (.deflate, Coded.zlib, Coded.text), (.deflate, Coded.raw, Coded.text),
    (.zstd, Coded.zstd, Coded.text + Coded.text + Coded.text), (.identity, Array(Coded.text.utf8), Coded.text),
  ]

  @Test("comes out as it was before, one after another from the same inflater", arguments: samples)
  func inflated(coding: ContentCoding, coded: [UInt8], text: String) {
    for _ in 0..<3 {
      let (outcome, body) = inflate(coded, coding)
      #expect(outcome == .inflated)
      #expect(String(decoding: body, as: UTF8.self) == text)
    }
  }

  @Test("may be of several members or frames")
  func concatenated() {
    #expect(inflate(Coded.gzip + Coded.gzip, .gzip).1 == Array((Coded.text + Coded.text).utf8))
    #expect(inflate(Coded.zstd + Coded.zstd, .zstd).1.count == 6 * Coded.text.utf8.count)
    let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 9, 9]
    #expect(inflate(skippable + Coded.zstd, .zstd).0 == .inflated)
    #expect(inflate(Coded.zlib + Coded.zlib, .deflate).0 == .corrupt)
  }

  @Test("is corrupt wherever it is cut short, and when bytes follow it", arguments: samples.dropLast())
  func truncated(coding: ContentCoding, coded: [UInt8], text: String) {
    for count in coded.indices { #expect(inflate(Array(coded[..<count]), coding).0 == .corrupt, "\(count) bytes") }
    for tail: [UInt8] in [[0], [0x1F], [0x1F, 0x8B], Array("x".utf8)] {
      #expect(inflate(coded + tail, coding).0 == .corrupt)
    }
    #expect(inflate(coded, coding).0 == .inflated)
  }

  @Test("is corrupt when a byte of its check was changed")
  func damaged() {
    for (coding, coded) in [(.gzip, Coded.gzip), (.deflate, Coded.zlib), (.zstd, Coded.zstd)]
      as [(ContentCoding, [UInt8])]
    {
      var damaged = coded
      damaged[coded.count - (coding == .gzip ? 6 : 2)] ^= 0x10
      #expect(inflate(damaged, coding).0 == .corrupt)
    }
  }

  @Test("is too large from the first byte beyond the limit on", arguments: samples)
  func limits(coding: ContentCoding, coded: [UInt8], text: String) {
    let size = text.utf8.count
    #expect(inflate(coded, coding, limit: size + 1).0 == .inflated)
    #expect(inflate(coded, coding, limit: size).0 == .inflated)
    let (outcome, body) = inflate(coded, coding, limit: size - 1)
    #expect(outcome == .tooLarge)
    #expect(body.count <= size)
  }

  @Test("that is a bomb stops at the limit's next byte")
  func bombs() {
    let bomb = (0..<1000).flatMap { _ in Coded.gzipBlanks }
    let (outcome, body) = inflate(bomb, .gzip, limit: 100_000)
    #expect(outcome == .tooLarge)
    #expect(body.count == 100_001)
    let frames = (0..<1000).flatMap { _ in Coded.zstdBlanks(100_000, exponent: 10) }
    let (frameOutcome, blanks) = inflate(frames, .zstd, limit: 100_000)
    #expect(frameOutcome == .tooLarge)
    #expect(blanks.count == 100_001)
  }

  @Test("of gzip that names a size above the limit is refused before anything is inflated")
  func namedSize() {
    let size = 1 << 16
    #expect(inflate(Coded.gzipBlanks, .gzip, limit: size - 1, room: 0).0 == .tooLarge)
    #expect(inflate(Coded.gzipBlanks, .gzip, limit: size - 1).1.isEmpty)
    #expect(inflate(Coded.gzip + Coded.gzipBlanks, .gzip, limit: size - 1, room: 0).0 == .tooLarge)
    #expect(inflate(Coded.gzipBlanks, .gzip, limit: size).0 == .inflated)
  }

  @Test("of gzip that names more than so few bytes can hold is cut short or followed by something")
  func impossibleSize() {
    let tail: [UInt8] = [0xFF, 0xFF, 0xFF, 0x7F]
    #expect(inflate(Coded.gzipBlanks + tail, .gzip, limit: 1 << 16).0 == .corrupt)
    #expect(inflate(Array(Coded.gzipBlanks.dropLast(4)) + tail, .gzip, limit: 1 << 16).0 == .corrupt)
  }

  @Test("may have a zstd window of 8 MiB, not of more; it counts as memory and is given back")
  func windows() {
    #expect(BodyInflater.maxWindowBytes == 8 << 20)
    #expect(inflate(Coded.zstdBlanks(1000, exponent: 13), .zstd).0 == .inflated)
    #expect(inflate(Coded.zstdBlanks(1000, exponent: 14), .zstd).0 == .windowTooLarge)
    #expect(inflate(Coded.zstdBlanks(1000, exponent: 13), .zstd, room: 8 << 20).0 == .noRoom)
    #expect(inflate(Coded.zstdBlanks(1000, exponent: 0), .zstd, room: 1 << 20).0 == .inflated)
  }

  @Test("needs room for what comes out")
  func room() {
    let bomb = (0..<20).flatMap { _ in Coded.gzipBlanks }
    #expect(inflate(bomb, .gzip, limit: 4 << 20, room: 256 << 10).0 == .noRoom)
    #expect(inflate(bomb, .gzip, limit: 4 << 20).1.count == 20 << 16)
  }
}
