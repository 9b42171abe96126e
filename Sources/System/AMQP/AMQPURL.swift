/// Where a broker is and how to log in: `amqp://user:password@host:port/vhost`, or `amqps://` for TLS.
///
/// User, password and virtual host are percent-decoded; without user and password they are `guest`, without a virtual host
/// it is `/`. Query parameters do not count.
package struct AMQPURL: Sendable, Equatable, CustomStringConvertible {
  package let isTLS: Bool
  package let user: String
  let password: String
  /// A name or an address; an IPv6 address without its brackets.
  package let host: String
  package let port: UInt16
  package let vhost: String

  package init(_ text: String) throws(AMQPError) {
    guard let mark = text.firstRange(of: "://") else { throw .invalid("it has no scheme") }
    switch text[..<mark.lowerBound].lowercased() {
    case "amqp": isTLS = false
    case "amqps": isTLS = true
    default: throw .invalid("its scheme is neither amqp nor amqps")
    }
    let rest = text[mark.upperBound...].prefix { $0 != "?" && $0 != "#" }
    let authority = rest.prefix { $0 != "/" }
    let path = rest[authority.endIndex...].dropFirst()
    vhost = path.isEmpty ? "/" : try Self.decode(path)

    var place = authority
    if let at = authority.lastIndex(of: "@") {
      place = authority[at...].dropFirst()
      let login = authority[..<at]
      let colon = login.firstIndex(of: ":")
      user = try Self.decode(login[..<(colon ?? login.endIndex)])
      password = try colon.map { colon throws(AMQPError) in try Self.decode(login[colon...].dropFirst()) } ?? ""
    } else {
      (user, password) = ("guest", "guest")
    }

    let tail: Substring
    if place.hasPrefix("["), let end = place.firstIndex(of: "]") {
      host = String(place[..<end].dropFirst())
      tail = place[end...].dropFirst()
    } else {
      let name = place.prefix { $0 != ":" }
      host = try Self.decode(name)
      tail = place[name.endIndex...]
    }
    guard !host.isEmpty else { throw .invalid("it names no host") }
    port = try Self.port(tail) ?? (isTLS ? 5671 : 5672)
  }

  /// Without the password.
  package var description: String {
    let scheme = isTLS ? "amqps" : "amqp"
    let place = host.contains(":") ? "[\(host)]" : host
    return "\(scheme)://\(place):\(port)/\(vhost == "/" ? "" : vhost)"
  }

  private static func port(_ text: Substring) throws(AMQPError) -> UInt16? {
    if text.isEmpty { return nil }
    guard text.hasPrefix(":"), let port = UInt16(text.dropFirst()), port > 0 else {
      throw .invalid("its port is not a number from 1 to 65535")
    }
    return port
  }

  /// RFC 3986 §2.1. NUL would end a C string early.
  private static func decode(_ text: Substring) throws(AMQPError) -> String {
    var bytes: [UInt8] = []
    var left = text.utf8[...]
    while let byte = left.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = left.popFirst().flatMap(hexDigit), let low = left.popFirst().flatMap(hexDigit) else {
        throw .invalid("a % in it is not followed by two hexadecimal digits")
      }
      bytes.append(high << 4 | low)
    }
    guard !bytes.contains(0), let decoded = String(validating: bytes, as: UTF8.self) else {
      throw .invalid("what it percent-encodes is not text")
    }
    return decoded
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    Character(UnicodeScalar(byte)).hexDigitValue.map { UInt8($0) }
  }
}

extension AMQPError {
  fileprivate static func invalid(_ why: String) -> Self {
    Self(code: .invalidURL, description: "the broker's URL is not one: \(why)")
  }
}
