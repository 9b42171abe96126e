/// The addresses that proxies have written into a request one after the other: each adds who has connected to it, at the
/// end. What lies before a proxy that we trust is hearsay.
///
/// `X-Forwarded-For` counts where it is there, `Forwarded` (RFC 7239) only without it: most proxies write the former and
/// pass on the latter as the client sent it.
package struct ForwardedChain: Sendable, Equatable {
  /// Entries that are remembered, the nearest ones; a client behind more trusted proxies stays unknown.
  package static let maxEntries = 32

  /// The oldest first; `nil` for an entry that names no address.
  private(set) var entries: [IPAddress?] = []
  /// There were more than `maxEntries`.
  private(set) var isCut = false

  private init() {}

  /// Reads the fields of a head that was parsed, all lines of one name as one list (RFC 9110 §5.3).
  init(_ head: RequestHead, in bytes: Span<UInt8>) {
    var standard = ForwardedChain()
    guard let lineEnd = bytes.firstIndex(of: .lineFeed, in: head.path.upperBound..<head.end) else { return }
    var fields = FieldParser(at: lineEnd + 1)
    while case .field = fields.next(bytes, upTo: head.end) {
      if bytes.matches(fields.name, ignoringCase: "x-forwarded-for") {
        addForwardedFor(bytes, fields.value)
      } else if bytes.matches(fields.name, ignoringCase: "forwarded") {
        standard.addForwarded(bytes, fields.value)
      }
    }
    if entries.isEmpty { self = standard }
  }

  /// Who speaks through `peer`, `nil` for a Unix socket: back along the chain, the first who is no trusted proxy, or the
  /// last who is named. Where the chain does not tell it is `peer`.
  package func client(of peer: IPAddress?, through proxies: [TrustedProxy]) -> IPAddress? {
    guard proxies.trusts(peer) else { return peer }
    var client = peer
    for entry in entries.reversed() {
      guard let entry else { return peer }
      guard proxies.trusts(entry) else { return entry }
      client = entry
    }
    return isCut ? peer : client
  }

  private mutating func add(_ entry: IPAddress?) {
    if entries.count == Self.maxEntries {
      entries.removeFirst()
      isCut = true
    }
    entries.append(entry)
  }

  private mutating func addForwardedFor(_ bytes: Span<UInt8>, _ value: Range<Int>) {
    var list = value
    while let member = bytes.nextMember(of: &list) { add(ForwardedNode.address(bytes.extracting(member))) }
  }

  /// What breaks the grammar hides who stands before it.
  private mutating func addForwarded(_ bytes: Span<UInt8>, _ value: Range<Int>) {
    var parser = ForwardedParser(value)
    while true {
      switch parser.next(bytes) {
      case .element(let address): add(address)
      case .malformed: return add(nil)
      case .end: return
      }
    }
  }
}

extension PeerPolicy {
  /// Whom a request comes from, whose connection is `peer`'s: trusted proxies say in its head for whom they speak.
  package func client(of peer: IPAddress?, _ head: RequestHead, in bytes: Span<UInt8>) -> IPAddress? {
    guard proxies.trusts(peer) else { return peer }
    return ForwardedChain(head, in: bytes).client(of: peer, through: proxies)
  }
}
