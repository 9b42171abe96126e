import Core
import Gateway
import Testing

@Suite struct MetricsTests {
  private static func lines(_ metrics: Metrics, _ reading: MetricsReading = MetricsReading()) -> Set<String> {
    Set(String(decoding: metrics.exposition(reading), as: UTF8.self).split(separator: "\n").map(String.init))
  }

  @Test("what the loops counted is summed by domain, level and store")
  func accepted() {
    let metrics = Metrics(domains: ["a.example", "b.example"], loops: 2)
    metrics.shards[0].accepted(domain: 0, level: .error, stored: .spool)
    metrics.shards[1].accepted(domain: 0, level: .error, stored: .spool)
    metrics.shards[1].accepted(domain: 1, level: .monitor, stored: .none)
    let lines = Self.lines(metrics)
    let name = "beacongate_events_accepted_total"
    #expect(lines.contains("\(name){domain=\"a.example\",level=\"Error\",stored=\"spool\"} 2"))
    #expect(lines.contains("\(name){domain=\"b.example\",level=\"Monitor\",stored=\"none\"} 1"))
    #expect(lines.contains("\(name){domain=\"b.example\",level=\"Error\",stored=\"spool\"} 0"))
  }

  @Test("every level, store and reason has a counter of its own")
  func distinctCounters() {
    let metrics = Metrics(domains: ["a"], loops: 1)
    var expected: Set<String> = []
    var count = 0
    for level in Level.allCases {
      for stored in StoredIn.allCases {
        count += 1
        for _ in 0..<count { metrics.shards[0].accepted(domain: 0, level: level, stored: stored) }
        expected.insert(
          "beacongate_events_accepted_total{domain=\"a\",level=\"\(level.name)\",stored=\"\(stored.rawValue)\"} \(count)"
        )
      }
    }
    for reason in RejectionReason.allCases {
      count += 1
      metrics.shards[0].rejected(reason, count: count)
      expected.insert("beacongate_events_rejected_total{reason=\"\(reason.rawValue)\"} \(count)")
    }
    for field in TruncatedField.allCases {
      count += 1
      for _ in 0..<count { metrics.shards[0].truncated(field) }
      expected.insert("beacongate_events_truncated_total{field=\"\(field.rawValue)\"} \(count)")
    }
    #expect(Self.lines(metrics).isSuperset(of: expected))
  }

  @Test("every method, path and status that is told apart has a counter of its own")
  func distinctRequests() {
    let metrics = Metrics(domains: [], loops: 1)
    var expected: Set<String> = []
    var count = 0
    for method in HTTPMethod.allCases {
      for path in MetricPath.allCases {
        for status in HTTPStatus.allCases {
          count = count % 7 + 1
          for _ in 0..<count { metrics.shards[0].answered(method, path, status: status, nanoseconds: 1) }
          let method = method == .other ? "other" : "\(method.name)"
          expected.insert(
            "beacongate_http_requests_total{method=\"\(method)\",path=\"\(path.rawValue)\",status=\"\(status.rawValue)\"} \(count)"
          )
        }
      }
    }
    #expect(Self.lines(metrics).filter { $0.hasPrefix("beacongate_http_requests_total") } == expected)
  }

  @Test("durations land in their bucket, in the sum and in the count")
  func durations() {
    let metrics = Metrics(domains: [], loops: 2)
    metrics.shards[0].answered(.post, .log, status: .accepted, nanoseconds: 400_000)
    metrics.shards[1].answered(.post, .log, status: .accepted, nanoseconds: 20_000_000_000)
    metrics.called(.telegram, nanoseconds: 1_000_000_000)
    let lines = Self.lines(metrics)
    #expect(lines.contains("beacongate_http_request_seconds_bucket{le=\"0.00025\"} 0"))
    #expect(lines.contains("beacongate_http_request_seconds_bucket{le=\"0.0005\"} 1"))
    #expect(lines.contains("beacongate_http_request_seconds_bucket{le=\"+Inf\"} 2"))
    #expect(lines.contains("beacongate_http_request_seconds_sum 20.0004"))
    #expect(lines.contains("beacongate_delivery_seconds_count{sink=\"telegram\"} 1"))
    #expect(lines.contains("beacongate_delivery_seconds_count{sink=\"console\"} 0"))
  }

  @Test("connections go up and down")
  func connections() {
    let metrics = Metrics(domains: [], loops: 2)
    metrics.shards[0].connectionOpened()
    metrics.shards[1].connectionOpened()
    metrics.shards[1].connectionOpened()
    metrics.shards[1].connectionClosed()
    #expect(Self.lines(metrics).contains("beacongate_http_connections 2"))
  }

  @Test("the figures of a scrape are shown as they were read")
  func reading() {
    var reading = MetricsReading()
    reading.spool.events = 5
    reading.spool.bytes = 4096
    reading.spool.oldestSeconds = 12
    reading.consoleDropped = 3
    reading.queues = [
      .init(name: QueueName(domain: "a", sink: .telegram), messages: 9, dead: 2, isBreakerOpen: true)
    ]
    reading.deliveries = [.init(sink: .console, domain: "a", outcome: .delivered, count: 8)]
    reading.ledgers = [.init(store: "spool", states: [.stored: 10, .delivered: 8, .dead: 2])]
    let lines = Self.lines(Metrics(domains: ["a"], loops: 1), reading)
    #expect(
      lines.isSuperset(of: [
        "beacongate_build_info{version=\"\(Version.current)\"} 1",
        "beacongate_spool_events 5", "beacongate_spool_bytes 4096", "beacongate_spool_oldest_seconds 12",
        "beacongate_console_dropped_total 3",
        "beacongate_queue_messages{queue=\"a_tg\"} 9",
        "beacongate_dead_letters{sink=\"telegram\",domain=\"a\"} 2",
        "beacongate_sink_breaker_open{sink=\"telegram\",domain=\"a\"} 1",
        "beacongate_deliveries_total{sink=\"console\",domain=\"a\",outcome=\"delivered\"} 8",
        "beacongate_ledger_copies{store=\"spool\",state=\"stored\"} 10",
        "beacongate_ledger_copies{store=\"spool\",state=\"dead\"} 2",
      ]))
    #expect(!lines.contains { $0.hasPrefix("beacongate_broker_connected ") })
  }

  @Test("what two workers report of one sink is one series")
  func mergedDeliveries() {
    var reading = MetricsReading()
    reading.deliveries = [
      .init(sink: .console, domain: "a", outcome: .delivered, count: 8),
      .init(sink: .console, domain: "b", outcome: .delivered, count: 1),
      .init(sink: .console, domain: "a", outcome: .delivered, count: 5),
    ]
    let text = String(decoding: Metrics(domains: [], loops: 1).exposition(reading), as: UTF8.self)
    let series = text.split(separator: "\n").filter { $0.hasPrefix("beacongate_deliveries_total{") }
    #expect(
      series == [
        "beacongate_deliveries_total{sink=\"console\",domain=\"a\",outcome=\"delivered\"} 13",
        "beacongate_deliveries_total{sink=\"console\",domain=\"b\",outcome=\"delivered\"} 1",
      ])
  }

  @Test("with a broker its state is shown")
  func broker() {
    var reading = MetricsReading()
    var broker = MetricsReading.Broker()
    broker.isConnected = true
    broker.reconnects = 4
    broker.confirmSeconds.counts[0] = 7
    (broker.ledger.published, broker.ledger.confirmed, broker.ledger.timedOut) = (9, 7, 2)
    reading.broker = broker
    let lines = Self.lines(Metrics(domains: [], loops: 1), reading)
    #expect(
      lines.isSuperset(of: [
        "beacongate_broker_connected 1", "beacongate_broker_blocked 0", "beacongate_broker_reconnects_total 4",
        "beacongate_publish_confirm_seconds_count 7", "beacongate_ledger_publishes{state=\"published\"} 9",
        "beacongate_ledger_publishes{state=\"confirmed\"} 7", "beacongate_ledger_publishes{state=\"timed_out\"} 2",
        "beacongate_ledger_publishes{state=\"nacked\"} 0",
      ]))
  }

  @Test("each family of the catalogue is begun exactly once")
  func families() {
    let text = String(decoding: Metrics(domains: [], loops: 1).exposition(MetricsReading()), as: UTF8.self)
    let begun = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ")[2] }
    #expect(begun.map(String.init).sorted() == MetricFamily.all.map(\.name).sorted())
  }

  @Test("a heartbeat tells a turn that goes on from a thread that waits")
  func heartbeat() {
    let heartbeat = Heartbeat()
    #expect(heartbeat.busySince == nil)
    heartbeat.woke(at: 7)
    #expect(heartbeat.busySince == 7)
    #expect(!Liveness([Heartbeat(), heartbeat]).isAlive(now: 7 + Liveness.limitNanoseconds + 1))
    heartbeat.rested()
    #expect(Liveness([Heartbeat(), heartbeat]).isAlive(now: .max))
  }
}
