/// What was seen of the machine's clocks.
package struct ClockReading: Sendable, Equatable {
  /// Unix milliseconds.
  package var now: Int64
  /// How far the wall clock went while the monotonic one went `monotonic`, both in milliseconds.
  package var wall: Int64 = 0
  package var monotonic: Int64 = 0
  /// By the name of who answered, how many seconds its `Date` is ahead of ours.
  package var offsets: [(peer: String, seconds: Int)] = []

  /// A `Date` has whole seconds, and its answer took a while.
  static let tolerance = 30
  /// The clock may be slewed meanwhile.
  static let driftMilliseconds: Int64 = 500

  package init(now: Int64) { self.now = now }

  package static func == (a: Self, b: Self) -> Bool {
    a.now == b.now && a.wall == b.wall && a.monotonic == b.monotonic
      && a.offsets.elementsEqual(b.offsets) { $0 == $1 }
  }

  package var findings: [Finding] {
    var findings: [Finding] = []
    // 2025 is before the first release; sequence numbers in the store end in 2164.
    if !(1_735_689_600_000..<6_000_000_000_000).contains(now) {
      findings.append(.fail("clock", "it shows a year that cannot be; set it, best by NTP"))
    }
    if monotonic < 0 || abs(wall - monotonic) > Self.driftMilliseconds {
      findings.append(
        .warn(
          "clock", "it was set by \(wall - monotonic) ms while it was looked at; let NTP slew it instead of setting it")
      )
    }
    let far = offsets.filter { abs($0.seconds) > Self.tolerance }
    for offset in far {
      let side = offset.seconds > 0 ? "behind" : "ahead of"
      findings.append(
        .warn(
          "clock",
          "it is \(abs(offset.seconds)) s \(side) that of \(offset.peer); one of the two is wrong, best use NTP"))
    }
    guard findings.isEmpty else { return findings }
    let peers =
      offsets.isEmpty ? "nobody to compare it with" : "agrees with \(offsets.map(\.peer).joined(separator: ", "))"
    return [.ok("clock", "the year is sane, and \(offsets.isEmpty ? "there is " : "it ")\(peers)")]
  }
}
