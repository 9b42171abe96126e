import Core

/// Keeps the worker's account of its queues: counts, and the condition that health shows.
struct WorkerStatus {
  private(set) var queues: [WorkerSnapshot.Queue]
  private var provisions: [SinkCondition]
  private var isFailing: [Bool]
  private var hasChanged = true

  init(_ queues: [WorkerSnapshot.Queue]) {
    self.queues = queues
    provisions = queues.map { _ in .delivering }
    isFailing = queues.map { _ in false }
  }

  var hasPausedLanes: Bool { queues.contains { $0.pausedLanes > 0 } }

  /// True if there is something new since the last call.
  mutating func takeChanged() -> Bool {
    defer { hasChanged = false }
    return hasChanged
  }

  mutating func count(_ queue: Int, _ add: (inout WorkerSnapshot.Counts) -> Void) {
    add(&queues[queue].counts)
    hasChanged = true
  }

  /// True if the queue was provided for otherwise before.
  mutating func provide(_ queue: Int, _ provision: SinkCondition, at unix: Int64) -> Bool {
    defer {
      provisions[queue] = provision
      judge(queue, at: unix)
    }
    return provisions[queue] != provision
  }

  mutating func succeeded(_ queue: Int, at unix: Int64) {
    guard isFailing[queue] || !queues[queue].note.isEmpty else { return }
    isFailing[queue] = false
    if queues[queue].pausedLanes == 0 { queues[queue].note = "" }
    judge(queue, at: unix)
  }

  mutating func failed(_ queue: Int, _ text: String, at unix: Int64) {
    isFailing[queue] = true
    queues[queue].note = text
    judge(queue, at: unix)
  }

  mutating func remark(_ queue: Int, _ text: String) {
    queues[queue].note = text
    hasChanged = true
  }

  mutating func machine(_ queue: Int, _ status: DeliveryStatus, at unix: Int64) {
    queues[queue].isBreakerOpen = status.isBreakerOpen
    queues[queue].pausedLanes = status.pausedLanes
    judge(queue, at: unix)
  }

  private func condition(of queue: Int) -> SinkCondition {
    if queues[queue].isBreakerOpen { return .breakerOpen }
    if queues[queue].pausedLanes > 0 { return .paused }
    return isFailing[queue] ? .failing : provisions[queue]
  }

  private mutating func judge(_ queue: Int, at unix: Int64) {
    hasChanged = true
    let condition = condition(of: queue)
    guard condition != queues[queue].condition else { return }
    queues[queue].condition = condition
    queues[queue].since = unix
  }
}
