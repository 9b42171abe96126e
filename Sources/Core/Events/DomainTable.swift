/// The configured domains by name, found from bytes without making a string.
struct DomainTable: Sendable {
  private let names: [[UInt8]]
  /// Open addressing: a domain's place in `names`, or -1; a power of two, at most half full.
  private var slots: [Int32]

  /// `names` are distinct.
  init(_ names: [String]) {
    self.names = names.map { Array($0.utf8) }
    var size = 4
    while size < names.count * 2 { size *= 2 }
    slots = Array(repeating: -1, count: size)
    for (place, name) in self.names.enumerated() {
      var slot = Self.hash(name.span) & (size - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
      slots[slot] = Int32(place)
    }
  }

  /// The place of `name`, exactly as configured.
  func place(of name: Span<UInt8>) -> Int? {
    var slot = Self.hash(name) & (slots.count - 1)
    while slots[slot] >= 0 {
      let place = Int(slots[slot])
      let candidate = names[place]
      if candidate.span.isEqual(to: name) { return place }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  // FNV-1a. The table is ours, so nobody outside can make its chains long.
  private static func hash(_ name: Span<UInt8>) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in name.indices { hash = (hash ^ UInt64(name[index])) &* 0x100_0000_01B3 }
    return Int(truncatingIfNeeded: hash >> 1)
  }
}
