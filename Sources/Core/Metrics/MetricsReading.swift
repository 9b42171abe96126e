/// What the parts of the process know of themselves at the moment of a scrape; the counters of the hot path live elsewhere.
package struct MetricsReading: Sendable, Equatable {
  /// `nil` without a broker.
  package var broker: Broker?
  package var spool = Spool()
  package var intake = Intake()
  package var queues: [Queue] = []
  package var deliveries: [Deliveries] = []
  package var consoleDropped = 0
  /// Per store, each state that it knows.
  package var ledgers: [Ledger] = []

  package init() {}
}

extension MetricsReading {
  package struct Broker: Sendable, Equatable {
    package var isConnected = false
    package var isBlocked = false
    package var reconnects = 0
    package var confirmSeconds = HistogramSnapshot.empty
    package var ledger = PublisherLedger()
    package init() {}
  }

  package struct Spool: Sendable, Equatable {
    package var events = 0
    package var bytes = 0
    package var oldestSeconds = 0
    package init() {}
  }

  /// Over all domains and reasons.
  package struct Intake: Sendable, Equatable {
    package var accepted = 0
    package var duplicate = 0
    package var rejected = 0
    /// Open ones, of every listener.
    package var connections = 0
    package init() {}
  }

  package struct Queue: Sendable, Equatable {
    package let name: QueueName
    package var messages: Int
    package var dead: Int
    package var isBreakerOpen: Bool
    /// Keys or chats that are refused and probed.
    package var pausedLanes: Int

    package init(name: QueueName, messages: Int, dead: Int, isBreakerOpen: Bool = false, pausedLanes: Int = 0) {
      self.pausedLanes = pausedLanes
      self.name = name
      self.messages = messages
      self.dead = dead
      self.isBreakerOpen = isBreakerOpen
    }
  }

  /// How many attempts of one kind there were for one sink and domain since the process began.
  package struct Deliveries: Sendable, Equatable {
    package let sink: DeliverySink
    package let domain: String
    package let outcome: DeliveryOutcome
    package var count: Int

    package init(sink: DeliverySink, domain: String, outcome: DeliveryOutcome, count: Int) {
      self.sink = sink
      self.domain = domain
      self.outcome = outcome
      self.count = count
    }
  }

  package struct Ledger: Sendable, Equatable {
    /// `spool`; each store that a process keeps has one.
    package let store: String
    package var states: [LedgerState: Int]

    package init(store: String, states: [LedgerState: Int]) {
      self.store = store
      self.states = states
    }

    /// True if what was stored is what it became; a state that is absent is 0.
    package var isBalanced: Bool {
      states[.stored, default: 0] == states.reduce(0) { $1.key == .stored ? $0 : $0 + $1.value }
    }
  }
}
