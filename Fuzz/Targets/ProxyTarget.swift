import Core
import Glibc

/// What a proxy says of its client: however it is cut the outcome is one, bounded, and addresses are what the system reads.
enum ProxyTarget {
  static func run(_ input: [UInt8]) {
    let whole = ProxyHeader.read(input.span)
    for count in input.indices { check(ProxyHeader.read(input.span.extracting(..<count)), count, whole) }
    check(whole, input.count, whole)
    for word in input.split(separator: 0x20, omittingEmptySubsequences: true).prefix(8) { address(Array(word)) }
  }

  /// `part` is what the first `count` bytes give.
  private static func check(_ part: ProxyHeader, _ count: Int, _ whole: ProxyHeader) {
    switch part {
    case .needMore: require(count < ProxyHeader.maxBytes, "\(count) bytes are not enough")
    case .complete(let length, _):
      require((1...ProxyHeader.maxBytes).contains(length) && length <= count, "a header of \(length) in \(count) bytes")
      require(whole == part, "what follows a header changes it")
    case .invalid: require(whole == .invalid, "what was refused is taken")
    }
  }

  /// Read as inet_pton(3) does, and as an entry of `http.trusted_proxies`.
  private static func address(_ bytes: [UInt8]) {
    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else { return }
    require(IPAddress(text) == systemAddress(text), "\(text) is another address than the system reads")
    guard let proxy = TrustedProxy(text) else { return }
    require(TrustedProxy(proxy.description) == proxy, "\(text) is another entry")
    if let address = IPAddress(text) { require([proxy].trusts(address), "\(text) does not include itself") }
  }

  private static func systemAddress(_ text: String) -> IPAddress? {
    var v4 = in_addr()
    if unsafe inet_pton(AF_INET, text, &v4) == 1 { return IPAddress(v4: UInt32(bigEndian: v4.s_addr)) }
    var v6 = in6_addr()
    guard unsafe inet_pton(AF_INET6, text, &v6) == 1 else { return nil }
    let bytes = unsafe withUnsafeBytes(of: v6) { unsafe Array($0) }
    let words = bytes.map(UInt64.init)
    return IPAddress(
      high: words[..<8].reduce(0) { $0 << 8 | $1 }, low: words[8...].reduce(0) { $0 << 8 | $1 })
  }
}
