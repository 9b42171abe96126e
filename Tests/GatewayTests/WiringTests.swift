import Core
import Testing

@testable import Gateway

/// What each role builds (contracts.md §2), and what it does not.
@Suite struct WiringTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var role = Settings.Role.all
    var queue = Settings.QueueKind.rabbitmq
    var workers: Set<Sink> = [.logbeacon, .telegram]
    var fallback = Settings.Fallback.direct
    /// `nil`: as they are without configuration.
    var sinks: Sinks?
    let servesEvents: Bool
    let consumed: Set<Sink>
    let delivers: [Sink]
  }

  enum Sinks: Sendable {
    case configured, sharingKeys, unwanted
  }

  static let rows = [
    Row("all, embedded", queue: .embedded, true, consumed: [], delivers: [.logbeacon, .telegram]),
    Row("all, embedded, none", queue: .embedded, workers: [], true, consumed: [], delivers: []),
    Row("all", true, consumed: [.logbeacon, .telegram], delivers: [.logbeacon, .telegram]),
    Row("all, telegram", workers: [.telegram], true, consumed: [.telegram], delivers: [.telegram]),
    Row("all, none", workers: [], true, consumed: [], delivers: []),
    Row(
      "all, hold", fallback: .hold, sinks: .configured, true, consumed: [.logbeacon, .telegram],
      delivers: [.logbeacon, .telegram]),
    Row("worker", role: .worker, false, consumed: [.logbeacon, .telegram], delivers: [.logbeacon, .telegram]),
    Row(
      "worker, logbeacon", role: .worker, workers: [.logbeacon], false, consumed: [.logbeacon], delivers: [.logbeacon]),
    Row("worker, none", role: .worker, workers: [], false, consumed: [], delivers: []),
    Row(
      "worker, sinks unwanted", role: .worker, sinks: .unwanted, false, consumed: [.logbeacon, .telegram],
      delivers: [.logbeacon, .telegram]),
    Row("ingest, no sinks", role: .ingest, true, consumed: [], delivers: []),
    Row("ingest, sinks unwanted", role: .ingest, sinks: .unwanted, true, consumed: [], delivers: []),
    // Keys that workers may renew elsewhere are not to be used here.
    Row("ingest, own keys", role: .ingest, sinks: .configured, true, consumed: [], delivers: [.telegram]),
    Row(
      "ingest, shared keys", role: .ingest, sinks: .sharingKeys, true, consumed: [], delivers: [.logbeacon, .telegram]),
    Row(
      "ingest, logbeacon, own keys", role: .ingest, workers: [.logbeacon], sinks: .configured, true, consumed: [],
      delivers: []),
    Row(
      "ingest, logbeacon, shared keys", role: .ingest, workers: [.logbeacon], sinks: .sharingKeys, true, consumed: [],
      delivers: [.logbeacon]),
    Row("ingest, none", role: .ingest, workers: [], sinks: .sharingKeys, true, consumed: [], delivers: []),
    Row("ingest, hold", role: .ingest, fallback: .hold, sinks: .sharingKeys, true, consumed: [], delivers: []),
  ]

  @Test("roles, workers, fallback and sinks decide what is built", arguments: rows)
  func built(_ row: Row) {
    let wiring = Wiring(row.settings)
    #expect(wiring.servesEvents == row.servesEvents)
    #expect(wiring.consumedSinks == row.consumed)
    #expect(wiring.workerSinks == row.delivers)
    #expect(wiring.resignation == (row.role == .worker ? .endsProcess : .restarts(after: .seconds(7))))
  }

  @Test("a webhook's queues and worker exist only where a domain gives it an address, and change no other number")
  func webhook() {
    var settings = Settings()
    settings.role = .all
    settings.queue = .rabbitmq
    settings.domains = [Settings.Domain(name: "a"), Settings.Domain(name: "b")]
    let standard = ["a_logbeacon", "a_tg", "b_logbeacon", "b_tg"]
    #expect(settings.queueNames.map(\.description) == standard)
    #expect(Wiring(settings).workerSinks == [.logbeacon, .telegram])
    #expect(Wiring(settings).consumedSinks == [.logbeacon, .telegram])
    settings.domains[0].webhook.url = .unwanted
    settings.domains[1].webhook.url = .set("http://127.0.0.1:1/")
    let names = settings.queueNames
    #expect(names.map(\.description) == standard + ["a_webhook", "b_webhook"])
    #expect(Wiring(settings).workerSinks == Sink.allCases && Wiring(settings).consumedSinks == Set(Sink.allCases))
    for (domain, name) in ["a", "b"].enumerated() {
      for sink in Sink.allCases {
        let place = QueueID(domain: domain, sink: sink, domains: 2).rawValue
        #expect(names[place] == QueueName(domain: name, sink: sink))
      }
    }
    settings.role = .ingest
    #expect(Wiring(settings).workerSinks == [.webhook] && Wiring(settings).consumedSinks.isEmpty)
    settings.workers = [.logbeacon]
    #expect(Wiring(settings).workerSinks.isEmpty)
  }

  @Test("only a process that stands by reads its settings otherwise: no health lines, no keys of others")
  func workerSettings() {
    for row in Self.rows where row.role != .ingest {
      #expect(Wiring(row.settings).workerSettings(row.settings) == row.settings)
    }
    let urls: [(Sinks?, Settings.Target)] = [
      (nil, .unset), (.configured, .unset), (.sharingKeys, .set("http://127.0.0.1:1/")), (.unwanted, .unwanted),
    ]
    for (sinks, url) in urls {
      let settings = Row("", role: .ingest, sinks: sinks, true, consumed: [], delivers: []).settings
      let read = Wiring(settings).workerSettings(settings)
      #expect(read.worker.healthInterval == .zero)
      #expect(read.domains[0].logbeacon.url == url)
      #expect(read.domains[0].telegram == settings.domains[0].telegram)
    }
  }
}

extension WiringTests.Row {
  init(
    _ name: String, role: Settings.Role = .all, queue: Settings.QueueKind = .rabbitmq,
    workers: Set<Sink> = [.logbeacon, .telegram], fallback: Settings.Fallback = .direct,
    sinks: WiringTests.Sinks? = nil, _ servesEvents: Bool, consumed: Set<Sink>, delivers: [Sink]
  ) {
    testDescription = name
    (self.role, self.queue, self.workers, self.fallback, self.sinks) = (role, queue, workers, fallback, sinks)
    (self.servesEvents, self.consumed, self.delivers) = (servesEvents, consumed, delivers)
  }

  var settings: Settings {
    var settings = Settings()
    settings.role = role
    settings.queue = queue
    settings.workers = workers
    settings.fallback = fallback
    settings.broker.reconnectPause = .seconds(7)
    var domain = Settings.Domain(name: "shop.example")
    switch sinks {
    case nil: break
    case .unwanted:
      domain.logbeacon.url = .unwanted
      domain.telegram.botToken = .unwanted
    case .configured, .sharingKeys:
      domain.logbeacon.url = .set("http://127.0.0.1:1/")
      domain.logbeacon.keyDirectory = sinks == .sharingKeys ? "/keys" : nil
      domain.telegram.botToken = .set(Secret("1:t"))
    }
    settings.domains = [domain]
    return settings
  }
}
