import Foundation

/// Bodies as common programs compress them, and zstd frames made by hand (RFC 8878 §3.1.1).
enum Coded {
  static let text = #"{"id":"c-1","level":1,"def_name":"f","message":"m"}"#
  /// `text` once.
  static let gzip = bytes(
    "H4sIAAAAAAACA6tWykxRslJK1jVU0lHKSS1LzVGyMtRRSklNi89LzE0FSqUBJXJTi4sT00G8XKVaAPPe4J4zAAAA")
  static let zlib = bytes("eJyrVspMUbJSStY1VNJRykktS81RsjLUUUpJTYvPS8xNBUqlASVyU4uLE9NBvFylWgB7Ig7/")
  static let raw = bytes("q1bKTFGyUkrWNVTSUcpJLUvNUbIy1FFKSU2Lz0vMTQVKpQElclOLixPTQbxcpVoA")
  /// `text` three times.
  static let zstd = bytes("KLUv/QRopQEAMsMKEaCrA6OXO0cqN1WNk/sYquIQb3XeMxirGjfnVWMJ0zKGPLU1jQdAzgvaBQEAM2yqoEs7HnU=")
  /// 65536 blanks in 97 bytes.
  static let gzipBlanks = bytes(
    "H4sIAAAAAAACA+3BgQAAAACAIJX9KRepCgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAGqUGSy0AAABAA=="
  )

  /// A frame with a window descriptor and one block that repeats a blank `count` times; the window is 1 KiB << `exponent`.
  static func zstdBlanks(_ count: Int, exponent: UInt8) -> [UInt8] {
    let header = UInt32(1 | 1 << 1 | count << 3)
    return [0x28, 0xB5, 0x2F, 0xFD, 0x00, exponent << 3]
      + [UInt8(header & 0xFF), UInt8(header >> 8 & 0xFF), UInt8(header >> 16), 0x20]
  }

  private static func bytes(_ base64: String) -> [UInt8] { Array(Data(base64Encoded: base64) ?? Data()) }
}
