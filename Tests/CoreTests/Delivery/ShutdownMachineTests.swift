import Core
import Testing

@Suite struct ShutdownMachineTests {
  private func steps(hasBroker: Bool) -> [ShutdownMachine.Step] {
    var machine = ShutdownMachine(hasBroker: hasBroker)
    var steps = [machine.terminated()]
    while machine.step != .ended, steps.count < 20 { steps.append(machine.ended(machine.step)) }
    return steps
  }

  @Test("with a broker each part ends before those that take what it leaves")
  func withBroker() {
    #expect(
      steps(hasBroker: true) == [
        .leaving, .finishing, .givingBack, .confirming, .acknowledging, .storing, .closing, .ended,
      ])
  }

  @Test("without a broker the steps about it are left out")
  func withoutBroker() {
    #expect(steps(hasBroker: false) == [.leaving, .finishing, .storing, .closing, .ended])
  }

  @Test("events are taken until the delay for load balancers is over")
  func refusing() {
    var machine = ShutdownMachine(hasBroker: true)
    #expect(!machine.isRefusing)
    machine.terminated()
    #expect(!machine.isRefusing)
    machine.ended(.leaving)
    #expect(machine.isRefusing)
  }

  @Test("a second signal skips no step")
  func again() {
    var machine = ShutdownMachine(hasBroker: true)
    machine.terminated()
    machine.ended(.leaving)
    #expect(machine.terminated() == .finishing)
  }

  @Test("a step that is not under way cannot end")
  func outOfOrder() async {
    await #expect(processExitsWith: .failure) {
      var machine = ShutdownMachine(hasBroker: true)
      machine.terminated()
      machine.ended(.storing)
    }
  }
}
