/// Small, seeded, good enough for a test (SplitMix64).
package struct SeededRandom: RandomNumberGenerator, Sendable {
  package var state: UInt64

  package init(state: UInt64) {
    self.state = state
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number below `bound`.
  package mutating func next(_ bound: UInt64) -> UInt64 { next() % bound }

  /// True once in `count` draws.
  package mutating func chance(_ count: UInt64) -> Bool { next(count) == 0 }
}
