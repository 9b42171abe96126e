import Core

/// Who may use the admin listener: a browser's page from elsewhere must not reach it by a name of its own (DNS rebinding).
struct AdminAccess: Sendable {
  private let hosts: [[UInt8]]
  private let token: [UInt8]?

  init(_ settings: Settings.Admin) {
    hosts = (["localhost"] + settings.hosts).map { Array($0.lowercased().utf8) }
    token = settings.token.map { Array($0.value.utf8) }
  }

  /// `nil` lets the request through.
  func refusal(_ head: RequestHead, in bytes: Span<UInt8>) -> (kind: Problem.Kind, detail: StaticString)? {
    guard let host = head.host, isKnown(bytes.extracting(host)) else {
      return (.misdirectedRequest, "The admin listener answers to loopback addresses, localhost and admin.hosts.")
    }
    guard let token else { return nil }
    if let field = head.authorization {
      let field = bytes.extracting(field)
      if let given = BearerField.token(in: field), Self.areEqual(field.extracting(given), token.span) { return nil }
      if let given = BasicField.password(in: field), Self.areEqual(given.span, token.span) { return nil }
    }
    return (.unauthorized, "admin.token is needed here, as a bearer token or as the password of a browser.")
  }

  private func isKnown(_ field: Span<UInt8>) -> Bool {
    let name = Self.withoutPort(String(decoding: (0..<field.count).map { field[$0] }, as: UTF8.self).lowercased())
    if ListenAddress.tcp(host: name, port: 0).isLocal { return true }
    return hosts.contains { $0.elementsEqual(name.utf8) }
  }

  private static func withoutPort(_ host: String) -> String {
    if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
      return String(host[host.index(after: host.startIndex)..<end])
    }
    return host.lastIndex(of: ":").map { String(host[..<$0]) } ?? host
  }

  /// Takes the same time wherever the two differ.
  private static func areEqual(_ given: Span<UInt8>, _ wanted: Span<UInt8>) -> Bool {
    var difference = given.count ^ wanted.count
    for index in given.indices { difference |= Int(given[index] ^ wanted[index % wanted.count]) }
    return difference == 0
  }
}
