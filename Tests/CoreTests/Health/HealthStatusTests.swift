import Core
import Testing

/// The table of contracts.md §5, row by row.
@Suite struct HealthStatusTests {
  typealias Sink = HealthReading.Check<SinkCondition>

  static func reading(
    _ role: Settings.Role, _ broker: BrokerCondition?, _ spool: SpoolCondition,
    phase: HealthReading.Phase = .running, logbeacon: SinkCondition? = .delivering,
    telegram: SinkCondition? = .delivering
  ) -> HealthReading {
    HealthReading(
      role: role, phase: phase, broker: broker.map { .init($0) }, spool: .init(spool),
      logbeacon: logbeacon.map { .init($0) }, telegram: telegram.map { .init($0) })
  }

  struct Row: Sendable, CustomTestStringConvertible {
    let situation: String
    var broker: BrokerCondition?
    var spool = SpoolCondition.writable
    let intake: HealthStatus
    let worker: HealthStatus
    var testDescription: String { situation }
  }

  static let rows = [
    Row(situation: "all well, broker", broker: .connected, intake: .pass, worker: .pass),
    Row(situation: "all well, embedded", intake: .pass, worker: .pass),
    Row(situation: "broker away, room", broker: .away, intake: .warn, worker: .fail),
    Row(situation: "broker stalled, room", broker: .stalled, intake: .warn, worker: .fail),
    Row(situation: "broker blocked, room", broker: .blocked, intake: .warn, worker: .warn),
    Row(situation: "broker up, spool full", broker: .connected, spool: .full, intake: .warn, worker: .warn),
    Row(situation: "broker up, disk full", broker: .connected, spool: .diskFull, intake: .warn, worker: .warn),
    Row(situation: "broker up, spool unwritable", broker: .connected, spool: .unwritable, intake: .warn, worker: .warn),
    Row(situation: "broker away, spool full", broker: .away, spool: .full, intake: .fail, worker: .fail),
    Row(situation: "broker away, disk full", broker: .away, spool: .diskFull, intake: .fail, worker: .fail),
    Row(situation: "broker away, spool unwritable", broker: .away, spool: .unwritable, intake: .fail, worker: .fail),
    Row(situation: "broker stalled, spool full", broker: .stalled, spool: .full, intake: .fail, worker: .fail),
    Row(situation: "broker blocked, spool full", broker: .blocked, spool: .full, intake: .fail, worker: .fail),
    Row(situation: "embedded, store full", spool: .full, intake: .fail, worker: .fail),
    Row(situation: "embedded, disk full", spool: .diskFull, intake: .fail, worker: .fail),
    Row(situation: "embedded, store unwritable", spool: .unwritable, intake: .fail, worker: .fail),
  ]

  @Test("broker and spool decide what a process can do for its role", arguments: rows)
  func storage(_ row: Row) {
    #expect(Self.reading(.all, row.broker, row.spool).status == row.intake)
    #expect(Self.reading(.ingest, row.broker, row.spool).status == row.intake)
    #expect(Self.reading(.worker, row.broker, row.spool).status == row.worker)
  }

  @Test("a sink in trouble is a warning in every role", arguments: SinkCondition.allCases, Settings.Role.allCases)
  func sinks(_ condition: SinkCondition, _ role: Settings.Role) {
    let healthy: Set<SinkCondition> = [.delivering, .console, .unwanted]
    let expected: HealthStatus = healthy.contains(condition) ? .pass : .warn
    #expect(Self.reading(role, .connected, .writable, logbeacon: condition).status == expected)
    #expect(Self.reading(role, nil, .writable, telegram: condition).status == expected)
  }

  @Test("a sink in trouble does not hide that nothing can be stored")
  func worst() {
    #expect(Self.reading(.all, nil, .full, telegram: .breakerOpen).status == .fail)
  }

  @Test(
    "a process that is starting or draining fails, however well its parts are",
    arguments: [HealthReading.Phase.starting, .draining], Settings.Role.allCases)
  func phases(_ phase: HealthReading.Phase, _ role: Settings.Role) {
    let reading = Self.reading(role, .connected, .writable, phase: phase)
    #expect(reading.status == .fail)
    #expect(HealthDocument(reading, for: .everyone).httpStatus == .serviceUnavailable)
  }

  @Test("a process that delivers nothing is judged by its storage alone")
  func withoutSinks() {
    #expect(Self.reading(.ingest, .connected, .writable, logbeacon: nil, telegram: nil).status == .pass)
  }

  @Test(
    "pass and warn are 200, fail is 503",
    arguments: [(HealthStatus.pass, HTTPStatus.ok), (.warn, .ok), (.fail, .serviceUnavailable)])
  func httpStatus(_ status: HealthStatus, _ code: HTTPStatus) {
    #expect(status.httpStatus == code)
  }
}
