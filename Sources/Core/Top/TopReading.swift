/// What `GET /api/status` says, as far as `beacongate top` shows it. Texts are as they came: `TopScreen` makes them harmless.
package struct TopReading: Sendable, Equatable {
  package struct Check: Sendable, Equatable {
    package var name: String
    package var status: String
    package var detail: String

    package init(name: String, status: String, detail: String) {
      self.name = name
      self.status = status
      self.detail = detail
    }
  }

  package struct Queue: Sendable, Equatable {
    package var name: String
    package var domain: String
    package var sink: String
    package var messages: Int
    package var dead: Int
    package var isBreakerOpen: Bool
    /// Keys or chats that are refused and probed.
    package var paused: Int

    package init(
      name: String, domain: String, sink: String, messages: Int, dead: Int = 0, isBreakerOpen: Bool = false,
      paused: Int = 0
    ) {
      self.name = name
      self.domain = domain
      self.sink = sink
      self.messages = messages
      self.dead = dead
      self.isBreakerOpen = isBreakerOpen
      self.paused = paused
    }
  }

  package struct Delivery: Sendable, Equatable {
    package var sink: String
    package var domain: String
    package var outcome: String
    package var count: Int

    package init(sink: String, domain: String, outcome: String, count: Int) {
      self.sink = sink
      self.domain = domain
      self.outcome = outcome
      self.count = count
    }
  }

  package var status = ""
  package var version = ""
  package var role = ""
  /// While it starts or shuts down.
  package var detail: String?
  package var uptimeSeconds = 0
  package var checks: [Check] = []
  package var accepted = 0
  package var rejected = 0
  package var connections = 0
  package var spoolEvents = 0
  package var spoolBytes = 0
  package var spoolLimitBytes: Int?
  package var oldestSeconds = 0
  package var queues: [Queue] = []
  package var deliveries: [Delivery] = []

  package init() {}

  /// Copies of one outcome, of one sink and domain or of all.
  package func count(_ outcome: String, sink: String? = nil, domain: String? = nil) -> Int {
    deliveries.lazy
      .filter { $0.outcome == outcome && (sink ?? $0.sink) == $0.sink && (domain ?? $0.domain) == $0.domain }
      .reduce(0) { $0 &+ $1.count }
  }
}

/// Two readings and the time between them.
package struct TopRates: Sendable, Equatable {
  private let earlier: TopReading
  private let seconds: Double

  package init(since earlier: TopReading, seconds: Double) {
    self.earlier = earlier
    self.seconds = seconds
  }

  /// A counter's growth a second; `nil` if it went back, since the process is another one then.
  package func perSecond(_ now: TopReading, _ counter: (TopReading) -> Int) -> Double? {
    let (before, after) = (counter(earlier), counter(now))
    guard seconds > 0, after >= before, now.uptimeSeconds >= earlier.uptimeSeconds else { return nil }
    return Double(after - before) / seconds
  }
}
