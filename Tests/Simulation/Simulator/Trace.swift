/// What happened in a run, in order: a fingerprint always, so that two runs can be compared; lines when they are wanted.
struct Trace: Sendable {
  private(set) var fingerprint: UInt64 = 0xCBF2_9CE4_8422_2325
  private(set) var lines: [String] = []
  let isRecording: Bool

  init(isRecording: Bool) {
    self.isRecording = isRecording
  }

  mutating func note(_ event: StaticString, _ first: Int = 0, _ second: Int = 0) {
    mix(UInt64(event.utf8CodeUnitCount))
    mix(UInt64(bitPattern: Int64(first)))
    mix(UInt64(bitPattern: Int64(second)))
    if isRecording { lines.append("\(event) \(first) \(second)") }
  }

  private mutating func mix(_ value: UInt64) {
    fingerprint = (fingerprint ^ value) &* 0x0000_0100_0000_01B3
  }
}
