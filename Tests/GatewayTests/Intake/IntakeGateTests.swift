import Core
import Testing

@testable import Gateway

@Suite struct IntakeGateTests {
  private static func gate(_ bytes: Int) -> IntakeGate {
    var settings = Settings()
    settings.http.maxBufferedBytes = bytes
    return IntakeGate(settings.http)
  }

  @Test("all loops together hand a quarter of the buffer to the queue before they wait", arguments: [1, 2, 3, 8])
  func bytesToStore(loops: Int) {
    let share = Self.gate(64 << 20).bytesToStore(ofLoops: loops)
    #expect(share * loops <= 16 << 20)
    #expect(share * loops > 16 << 20 - loops)
  }

  @Test("a new limit holds for what comes after it")
  func newLimit() {
    let gate = Self.gate(1000)
    gate.buffered(900)
    #expect(gate.hasRoom(for: 100))
    #expect(!gate.hasRoom(for: 101))
    var settings = Settings()
    settings.http.maxBufferedBytes = 4000
    gate.limit(settings.http)
    #expect(gate.hasRoom(for: 3100))
    #expect(gate.bytesToStore(ofLoops: 2) == 500)
    #expect(gate.fill == 0.225)
  }
}
