import Testing

@testable import Core

@Suite("Overload") struct OverloadMachineTests {
  private typealias Reading = OverloadMachine.Reading

  private static let well = Reading()
  private static let second: UInt64 = 1_000_000_000

  private static func machine() -> OverloadMachine { OverloadMachine(confirmTimeout: .seconds(1)) }

  /// The levels that are taken.
  private static func taken(_ machine: OverloadMachine) -> [Level] { Level.allCases.filter(machine.takes) }

  @Test("everything is taken while memory, store and answers are below their limits")
  func open() {
    var machine = Self.machine()
    for step in 0..<100 as Range<UInt64> {
      machine.observed(Reading(memory: 0.74, store: 0.89, lag: .seconds(3)), at: step * Self.second)
      #expect(Self.taken(machine) == Level.allCases)
    }
  }

  @Test(
    "errors are shed last", arguments: [Reading(memory: 0.75), Reading(store: 0.9), Reading(memory: 1, store: 1)])
  func full(_ reading: OverloadMachine.Reading) {
    var machine = Self.machine()
    machine.observed(reading, at: 0)
    #expect(Set(Self.taken(machine)) == [.error, .errorCTG])
  }

  @Test("answers are late only when they stay late: a process that was stopped goes on as before")
  func late() {
    let late = Reading(lag: .milliseconds(3001))
    var machine = Self.machine()
    machine.observed(late, at: 0)
    #expect(machine.takes(.info))
    machine.observed(Self.well, at: Self.second)
    machine.observed(late, at: 2 * Self.second)
    machine.observed(late, at: 2 * Self.second + 499_999_999)
    #expect(machine.takes(.info))
    machine.observed(late, at: 2 * Self.second + 500_000_000)
    #expect(!machine.takes(.info))
    #expect(machine.takes(.error))
  }

  @Test("it ends when all has been well below the limits for 40 ms, and not before")
  func settling() {
    var machine = Self.machine()
    machine.observed(Reading(store: 0.95), at: 0)
    // Below the limit, but not well below it.
    for (step, reading) in [Reading(store: 0.8), Reading(memory: 0.5), Reading(lag: .milliseconds(1501))].enumerated() {
      machine.observed(reading, at: UInt64(step + 1) * Self.second)
      #expect(!machine.takes(.info))
    }
    let settle = OverloadMachine.settleTime
    machine.observed(Self.well, at: 10 * Self.second)
    machine.observed(Reading(store: 0.85), at: 10 * Self.second + settle - 1)
    machine.observed(Self.well, at: 11 * Self.second)
    #expect(!machine.takes(.info), "the time begins anew")
    machine.observed(Self.well, at: 11 * Self.second + settle - 1)
    #expect(!machine.takes(.info))
    machine.observed(Self.well, at: 11 * Self.second + settle)
    #expect(Self.taken(machine) == Level.allCases)
  }
}
