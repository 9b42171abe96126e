import Core

/// The consumer's thread, with the machines that decide in the product.
struct SimulatedConsumer: Sendable {
  struct Queue: Sendable {
    var machine: ConsumerQueueMachine
    var copies = ConsumerCopies()
    var held: [UInt64: SimulatedBroker.Item] = [:]
    /// Packs that were not opened yet.
    var packs = FIFO<(tag: UInt64, message: SimulatedBroker.Message)>()
    var ledger = DeliveryTagLedger()
    /// Copies that the worker was done with since the last turn.
    var done = 0
    var epoch: UInt64 = 0
    var isOpen = false
    /// The queue is being declared.
    var isPreparing = false
  }

  var queues: [Queue]
  var reconnect = ReconnectMachine(attempts: 3, interval: 500, pause: 1500)
  var isLinked = false
  var isConnecting = false
  var isRetired = false

  init() {
    queues = (0..<SimulatedGateway.queues).map { queue in
      var options = ConsumerQueueMachine.Options(needsLock: queue == SimulatedGateway.queues - 1)
      (options.minWait, options.maxWait, options.lockInterval, options.lockLinger) = (200, 1000, 600, 3000)
      options.watchSpan = 1000
      return Queue(machine: ConsumerQueueMachine(options))
    }
  }

  var isBusy: Bool { queues.contains { $0.copies.isBusy } }

  var nextDeadline: Int64? {
    var deadlines = [reconnect.nextDeadline]
    for queue in queues { deadlines += [queue.machine.nextDeadline, queue.copies.nextDeadline] }
    return deadlines.compactMap { $0 }.min()
  }
}
