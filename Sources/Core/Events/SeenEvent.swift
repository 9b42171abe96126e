/// What tells an event with a client-given id from others (contracts.md §4).
package struct EventIdentity: Sendable, Equatable {
  /// What the client sent: the request's body, white space included, or a batch item from its opening to its closing brace.
  package let content: ContentDigest
  /// The SHA-256 of domain, program and id; `nil` while duplicates are not looked for.
  package let key: ContentDigest?

  package init(content: ContentDigest, key: ContentDigest?) {
    self.content = content
    self.key = key
  }
}

/// An accepted event with a client-given id, as it is remembered.
package struct SeenEvent: Sendable, Equatable {
  package let key: ContentDigest
  package let content: ContentDigest
  package let stored: StoredIn

  package init(key: ContentDigest, content: ContentDigest, stored: StoredIn) {
    self.key = key
    self.content = content
    self.stored = stored
  }
}
