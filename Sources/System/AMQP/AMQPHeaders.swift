/// A header's or an argument's value: the kinds that we read and write.
package enum AMQPValue: Sendable, Equatable {
  case string(String)
  case integer(Int64)
}

/// A message's headers or a queue's arguments, in order. Values of other kinds than ``AMQPValue`` are left out on reading.
///
/// Copying is cheap: a table that is the same for many messages is made once.
package struct AMQPHeaders: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  package struct Entry: Sendable, Equatable {
    package let name: String
    package let value: AMQPValue
  }

  /// The most entries of a table that are written or read; further ones are left out.
  package static let maxEntries = 64

  package private(set) var entries: [Entry] = []

  package init(dictionaryLiteral elements: (String, AMQPValue)...) {
    for (name, value) in elements { append(name, value) }
  }

  /// `name` is cut at 128 bytes when sent.
  package mutating func append(_ name: String, _ value: AMQPValue) {
    if entries.count < Self.maxEntries { entries.append(Entry(name: name, value: value)) }
  }

  package subscript(name: String) -> AMQPValue? {
    entries.first { $0.name == name }?.value
  }

  package func string(_ name: String) -> String? {
    if case .string(let text) = self[name] { text } else { nil }
  }

  /// An integer, or a string that spells one.
  package func integer(_ name: String) -> Int64? {
    switch self[name] {
    case .integer(let number): number
    case .string(let text): Int64(text)
    case nil: nil
    }
  }
}
