package import Core

extension Digester {
  /// HMAC-SHA256 (RFC 2104, FIPS 198-1): who knows `key` can tell that `text` comes from somebody who does.
  package func authentication(of text: Span<UInt8>, key: [UInt8]) -> ContentDigest {
    var block = key
    if key.count > Self.blockBytes { block = digest(key.span).bytes }
    block += Array(repeating: 0, count: Self.blockBytes - block.count)
    let innerPad = block.map { $0 ^ 0x36 }
    let outerPad = block.map { $0 ^ 0x5C }
    add(innerPad.span)
    add(text)
    let inner = finish().bytes
    add(outerPad.span)
    add(inner.span)
    return finish()
  }

  /// Of SHA-256 (FIPS 180-4 §1).
  private static var blockBytes: Int { 64 }
}
