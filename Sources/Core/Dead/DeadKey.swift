/// Names a dead letter.
package enum DeadKey: Sendable, Hashable, CustomStringConvertible {
  /// By its number in the embedded store.
  case spool(Int64)
  /// A broker gives messages no names: by checksums of the queue's name and of the letter. Letters that are the same in
  /// everything share a key.
  case broker(queue: UInt32, letter: UInt64)

  package var place: DeadPlace {
    switch self {
    case .spool: .spool
    case .broker: .broker
    }
  }

  /// `4398046511105`, `b3f2a91c4d0e1f2a3b4c5d6e7`: letters and digits alone.
  package var description: String {
    switch self {
    case .spool(let sequence): "\(sequence)"
    case .broker(let queue, let letter): "b\(Self.hexadecimal(UInt64(queue), 8))\(Self.hexadecimal(letter, 16))"
    }
  }

  package init?(_ text: some StringProtocol) {
    guard text.utf8.allSatisfy({ $0.isHexadecimalLetterOrDigit }) else { return nil }
    if text.hasPrefix("b") {
      let digits = text.dropFirst()
      guard digits.utf8.count == 24, let queue = UInt32(digits.prefix(8), radix: 16),
        let letter = UInt64(digits.dropFirst(8), radix: 16)
      else { return nil }
      self = .broker(queue: queue, letter: letter)
    } else {
      guard let sequence = Int64(text), sequence >= 0 else { return nil }
      self = .spool(sequence)
    }
  }

  private static func hexadecimal(_ value: UInt64, _ digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}

extension UInt8 {
  fileprivate var isHexadecimalLetterOrDigit: Bool {
    (0x30...0x39).contains(self) || (0x61...0x66).contains(self)
  }
}

/// Where a list goes on: first the embedded store by number, then the broker's queues one after another.
package enum DeadCursor: Sendable, Equatable, CustomStringConvertible {
  case spool(after: Int64)
  /// A queue by its place in the configuration, and how many of its letters were shown already.
  case broker(queue: Int, offset: Int)

  package var description: String {
    switch self {
    case .spool(let sequence): "s\(sequence)"
    case .broker(let queue, let offset): "b\(queue).\(offset)"
    }
  }

  package init?(_ text: String) {
    let parts = text.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { $0.asciiDigit != nil } }) else { return nil }
    switch (text.first, parts.count) {
    case ("s", 1):
      guard let sequence = Int64(parts[0]) else { return nil }
      self = .spool(after: sequence)
    case ("b", 2):
      guard let queue = Int(parts[0]), let offset = Int(parts[1]) else { return nil }
      self = .broker(queue: queue, offset: offset)
    default: return nil
    }
  }
}
