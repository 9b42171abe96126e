import Core
import Fakes
import Platform
import Testing

@testable import Gateway

/// The rule of `worker.max_failures` (contracts.md §9).
@Suite("A worker that gives up") struct ResignationTests {
  private let bench: WorkerBench

  init() throws { bench = try WorkerBench(.logbeacon) }

  private var settings: Settings {
    bench.settings { settings in
      settings.worker.healthInterval = .milliseconds(10)
      settings.worker.maxFailures = 3
      settings.shutdown.grace = .seconds(1)
    }
  }

  private func check(_ found: [Bool]) { bench.queue.state.change { $0.checks = found } }

  private func count(_ text: String) -> Int { bench.consoleText.ranges(of: text).count }

  @Test("it does so after so many failed checks in a row; one that finds the connection starts the count anew")
  func inARow() throws {
    let resignations = Monitor(0)
    check([false, false, true, false, false, false])
    try bench.start(settings) { _ in resignations.change { $0 += 1 } }
    #expect(resignations.wait(timeout: .seconds(10)) { $0 == 1 })
    #expect(bench.says("連續檢查失敗,停止工作"))
    #expect([count("(1/3)"), count("(2/3)"), count("(3/3)")] == [2, 2, 1])
    #expect(bench.queue.state.value.consumers.isEmpty)
    #expect(bench.queue.state.value.checks.isEmpty)
  }

  @Test("one failure less is no reason")
  func stays() throws {
    let resignations = Monitor(0)
    check([false, false, true, false, false])
    try bench.start(settings) { _ in resignations.change { $0 += 1 } }
    #expect(bench.queue.wait { $0.checks.isEmpty })
    bench.publish("e1")
    #expect(bench.queue.wait { $0.delivered == ["e1"] })
    #expect(resignations.value == 0)
  }

  @Test("copies in flight are given back")
  func inFlight() throws {
    let logbeacon = try FakeLogBeacon()
    logbeacon.fail { _ in
      var response = FakeResponse()
      response.manner = .hang
      return FakeLogBeacon.Failure(response)
    }
    let resignations = Monitor(0)
    var settings = bench.settings { $0.logbeacon.url = .set(logbeacon.url) }
    settings.worker = self.settings.worker
    settings.shutdown.grace = .milliseconds(50)
    try bench.start(settings) { _ in resignations.change { $0 += 1 } }
    bench.publish("e1")
    #expect(logbeacon.waitForCalls(1))
    check([false, false, false])
    #expect(resignations.wait(timeout: .seconds(10)) { $0 == 1 })
    #expect(bench.queue.state.value.returned == ["e1"])
  }

  @Test("what a loop that gave up had asked of the store is no answer to what the next one asks")
  func splits() throws {
    let bench = try WorkerBench(.telegram)
    let resignations = Monitor(0)
    var settings = settings
    settings.shutdown.grace = .milliseconds(20)
    bench.queue.state.change { state in
      state.checked = QueueName(domain: WorkerBench.domains[0], sink: .telegram)
      state.isHolding = true
    }
    try bench.start(settings) { _ in resignations.change { $0 += 1 } }
    bench.publish("e1", level: 91)
    #expect(bench.queue.wait { $0.held.count == 1 })
    bench.queue.state.change { $0.checks = [false, false, false] }
    #expect(resignations.wait(timeout: .seconds(10)) { $0 == 1 })
    try bench.worker?.start()
    bench.publish("e2", level: 91)
    #expect(bench.queue.wait { $0.held.count == 2 })
    bench.queue.state.value.held[0]()
    #expect(bench.queue.wait { Set($0.delivered) == ["e1.developer", "e1.customer"] })
    bench.queue.state.value.held[1]()
    #expect(bench.queue.wait { Set($0.delivered).isSuperset(of: ["e2", "e2.developer", "e2.customer"]) })
  }

  private func crew(_ sinks: [Sink], _ resignation: Crew.Resignation, ended: Wakeup) -> Crew {
    let settings = settings
    return Crew(sinks, resignation, ended: ended, notice: { _, _ in }) { [bench] sink, resigned in
      Worker(
        sink: sink, settings: settings, queue: bench.queue, console: bench.console, zone: .utc, resigned: resigned)
    }
  }

  private func stop(_ crew: Crew) { crew.stop(deadline: Clock.monotonicNanoseconds() + 1_000_000_000) }

  @Test("that loop alone starts again after the pause and delivers what came meanwhile; the others never stopped")
  func restarts() throws {
    let crew = crew([.logbeacon, .telegram], .restarts(after: .milliseconds(50)), ended: try Wakeup())
    defer { stop(crew) }
    let names = WorkerBench.domains.map { QueueName(domain: $0, sink: .logbeacon) }
    try crew.start()
    for _ in 0..<2 {
      let before = bench.queue.state.value.consumptions.count
      check([false, false, false])
      #expect(bench.queue.wait { state in names.allSatisfy { state.consumers[$0] == nil } })
      bench.publish("e\(before)")
      #expect(bench.queue.wait { $0.delivered.last == "e\(before)" })
      #expect(bench.queue.state.value.consumptions.count == before + names.count)
    }
    #expect(bench.queue.state.value.cancellations == 2 * names.count)
    #expect(!crew.isGone)
  }

  @Test("where the process is nothing without it, the process is told to end")
  func endsProcess() throws {
    let ended = try Wakeup()
    let crew = crew([.logbeacon], .endsProcess, ended: ended)
    defer { stop(crew) }
    try crew.start()
    #expect(!crew.isGone)
    check([false, false, false])
    ended.wait(milliseconds: 10_000)
    #expect(crew.isGone)
  }

  @Test("a crew that is stopped does not wait for the pause, and starts nobody again")
  func stoppedInPause() throws {
    let crew = crew([.logbeacon], .restarts(after: .seconds(3600)), ended: try Wakeup())
    try crew.start()
    let before = bench.queue.state.value.consumptions.count
    check([false, false, false])
    #expect(bench.says("停止工作"))
    stop(crew)
    #expect(bench.queue.state.value.consumptions.count == before)
    #expect(bench.queue.state.value.consumers.isEmpty)
  }
}
