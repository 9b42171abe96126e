/// Where copies wait for the digest that counts them: `(digest)/EPOCH/NUMBER`, with `/lead` for the one whose time is the
/// window's end. No program and no chat has such a name.
package struct DigestLane: Sendable, Equatable {
  /// What all of them begin with.
  package static let prefix = "(digest)/"
  private static let leadSuffix = "/lead"

  /// The life of a worker; numbers of another one say nothing.
  package let epoch: UInt64
  /// The window's.
  package let number: UInt64
  package let isLead: Bool

  package init(epoch: UInt64, number: UInt64, isLead: Bool) {
    self.epoch = epoch
    self.number = number
    self.isLead = isLead
  }

  /// `nil` if `name` is another lane's.
  package init?(name: String) {
    guard name.hasPrefix(Self.prefix) else { return nil }
    let parts = name.dropFirst(Self.prefix.count).split(separator: "/")
    guard parts.count >= 2, let epoch = UInt64(parts[0], radix: 16), let number = UInt64(parts[1]) else { return nil }
    self.init(epoch: epoch, number: number, isLead: name.hasSuffix(Self.leadSuffix))
  }

  package var name: String {
    "\(Self.prefix)\(String(epoch, radix: 16))/\(number)\(isLead ? Self.leadSuffix : "")"
  }
}
