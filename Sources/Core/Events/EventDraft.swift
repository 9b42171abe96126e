/// A valid event before it is stored: small values, and ranges in the text from which it was read. Nothing is copied.
///
/// It means something only together with that text, until the reader reads the next one.
package struct EventDraft: Sendable {
  /// A text of the event: what is kept of it.
  package struct Text: Sendable, Equatable {
    /// Unescaped UTF-8 in the reader's text.
    package let range: Range<Int>
    /// Nothing in it needs escaping in a JSON string.
    package let isPlain: Bool
    /// The rest was cut off; ``Marker/truncated`` follows.
    package let isCut: Bool

    package static let empty = Text(range: 0..<0, isPlain: true, isCut: false)

    package init(range: Range<Int>, isPlain: Bool, isCut: Bool = false) {
      self.range = range
      self.isPlain = isPlain
      self.isCut = isCut
    }
  }

  package internal(set) var level = Level.debug
  /// Its place in `domains` of the configuration.
  package internal(set) var domain = 0
  /// `nil` is `default_program`.
  package internal(set) var program: Range<Int>?
  package internal(set) var defName = Text.empty
  package internal(set) var message = Text.empty
  /// A string as it was sent, any other value as its compact JSON text.
  package internal(set) var extraInfo = Text.empty
  package internal(set) var hashValue = Text.empty
  /// Unix time in milliseconds.
  package internal(set) var timestamp: Int64
  package internal(set) var id: EventID
  /// The client gave the id, in the event or as `Idempotency-Key`: a second event with it is a duplicate.
  package internal(set) var hasClientID = false
  /// Names of members that are none of ours, cut to ``EventRules/maxIgnoredNameScalars``, at most
  /// ``EventRules/maxIgnoredNames`` of them.
  package internal(set) var ignored: [Range<Int>] = []

  init(timestamp: Int64, id: EventID) {
    self.timestamp = timestamp
    self.id = id
  }

  package var truncation: Truncation {
    var cut: Truncation = []
    if message.isCut { cut.insert(.message) }
    if extraInfo.isCut { cut.insert(.extraInfo) }
    return cut
  }
}
