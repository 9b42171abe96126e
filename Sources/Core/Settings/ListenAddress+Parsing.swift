extension ListenAddress {
  /// `host:port`, `[IPv6]:port`, `unix:/path`; `nil` for anything else. `*` and an empty host are refused: `0.0.0.0`
  /// or `[::]` say it plainly. A Unix path has at most 107 bytes (sockaddr_un).
  package init?(_ text: String) {
    if text.hasPrefix("unix:") {
      let path = text.dropFirst(5)
      guard (1...107).contains(path.utf8.count), !path.utf8.contains(0), !path.hasSuffix("/") else { return nil }
      self = .unix(path: String(path))
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = Self.port(text[colon...].dropFirst()) else { return nil }
    let host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      let inner = host.dropFirst().dropLast()
      guard inner.contains(":"), inner.utf8.allSatisfy(Self.isIPv6Byte) else { return nil }
      self = .tcp(host: String(inner), port: port)
    } else {
      guard (1...253).contains(host.utf8.count), host.utf8.allSatisfy(Self.isHostByte) else { return nil }
      self = .tcp(host: String(host), port: port)
    }
  }

  private static func port(_ text: Substring) -> UInt16? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt16(text) : nil
  }

  private static func isIPv6Byte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x46, 0x61...0x66, UInt8(ascii: ":"), UInt8(ascii: "."): true
    default: false
    }
  }

  private static func isHostByte(_ byte: UInt8) -> Bool {
    SettingsTextRule.isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: "_")
  }
}

extension SettingsCodec where Value == ListenAddress {
  static var address: SettingsCodec {
    .scalar(
      "address",
      parse: { scalar throws(SettingsFault) in
        guard let address = ListenAddress(scalar.text) else {
          throw SettingsFault(
            "\(scalar.quoted) is not an address", mend: "write host:port, [::]:port or unix:/path")
        }
        return address
      },
      encode: { .text($0.description) })
  }
}
