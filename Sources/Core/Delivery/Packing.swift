/// What lets a copy share a message with others of its chat that have waited long (contracts.md §8).
package struct Packing: Sendable, Equatable {
  /// How long the oldest of a chat waits before what waits there is packed, in milliseconds.
  package static let age: Int64 = 120_000
  /// Copies in one message.
  package static let maxCopies = 25

  /// Only copies of one kind go together: those of one audience.
  package let kind: UInt8
  /// When it began to wait; Unix milliseconds.
  package let since: Int64

  package init(kind: UInt8, since: Int64) {
    self.kind = kind
    self.since = since
  }
}
