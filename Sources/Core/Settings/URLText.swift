/// The parts of a URL that the configuration checks and hides; the library that calls it does the rest.
package struct URLText: Sendable, Equatable {
  package let text: String

  package init(text: String) {
    self.text = text
  }

  /// In lower case; empty where there is none.
  package var scheme: String {
    guard let mark = text.firstRange(of: "://") else { return "" }
    return text[..<mark.lowerBound].lowercased()
  }

  /// Without user, password and port; with the brackets of an IPv6 address. Empty where there is none.
  package var host: String {
    let place = authority.lastIndex(of: "@").map { authority[$0...].dropFirst() } ?? authority
    if place.hasPrefix("["), let end = place.firstIndex(of: "]") { return String(place[...end]) }
    return String(place.prefix { $0 != ":" })
  }

  /// True when the part after the host is absent or a port from 1 to 65535.
  package var hasValidPort: Bool {
    let place = authority.lastIndex(of: "@").map { authority[$0...].dropFirst() } ?? authority
    let rest = place.dropFirst(host.count)
    guard !rest.isEmpty else { return true }
    return rest.hasPrefix(":") && UInt16(rest.dropFirst()).map { $0 > 0 } ?? false
  }

  /// The same URL with its password and its query as `***`.
  package var masked: String {
    guard let mark = text.firstRange(of: "://") else { return text }
    var place = String(authority)
    if let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") {
      place = "\(authority[..<colon]):***\(authority[at...])"
    }
    let path = text[authority.endIndex...]
    let tail = path.firstIndex(of: "?").map { "\(path[..<$0])?***" } ?? String(path)
    return text[..<mark.upperBound] + place + tail
  }

  private var authority: Substring {
    guard let mark = text.firstRange(of: "://") else { return "" }
    return text[mark.upperBound...].prefix { !"/?#".contains($0) }
  }

  /// Visible ASCII, one of `schemes`, a host, and a port that is one.
  static func parse(_ scalar: SettingsScalar, schemes: [String]) throws(SettingsFault) -> URLText {
    let url = URLText(text: scalar.text)
    let list = schemes.map { "\($0)://" }.joined(separator: " or ")
    guard schemes.contains(url.scheme) else {
      throw SettingsFault("the value is not a URL", mend: "write one that starts with \(list)")
    }
    guard scalar.text.utf8.count <= 4096, scalar.text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw SettingsFault("the URL holds spaces or characters outside ASCII", mend: "percent-encode them")
    }
    guard !url.host.isEmpty else { throw SettingsFault("the URL names no host", mend: "write \(schemes[0])://host/…") }
    guard url.hasValidPort else {
      throw SettingsFault("the URL's port is not a number from 1 to 65535", mend: "write \(url.scheme)://host:port/…")
    }
    return url
  }
}
