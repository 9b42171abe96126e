package import Platform

/// What an event loop watches a descriptor for.
package protocol EventHandler: AnyObject {
  /// The descriptor is ready. Called on the loop's thread.
  func ready(_ readiness: Readiness)
}

/// One epoll loop, confined to the thread that makes and runs it. Other threads reach it through `wakeup`.
package final class EventLoop {
  /// Names one registration; a removed one's events are never delivered.
  package struct Registration: Sendable, Equatable {
    fileprivate let slot: UInt32
    fileprivate let generation: UInt32
    fileprivate let descriptor: Int32
  }

  private struct Slot {
    var generation: UInt32 = 0
    var handler: (any EventHandler)?
  }

  /// How long descriptors wait while `isFull`, in nanoseconds.
  package static let maxRest: UInt64 = 20_000_000

  /// Signalled by any thread to make the loop call `onWakeup`.
  package let wakeup: Wakeup
  /// Called when `wakeup` was signalled.
  package var onWakeup: () -> Void = {}
  /// Called before the events of every turn.
  package var onTurnBegin: () -> Void = {}
  /// Called after the events of every turn.
  package var onTurnEnd: () -> Void = {}
  /// Whether what other threads have in hand is so much that descriptors should wait for it, for ``maxRest`` at most before each
  /// look at them. Asked between turns.
  package var isFull: () -> Bool = { false }
  /// Called about every `tickMilliseconds` while that is set.
  package var onTick: () -> Void = {}
  /// `nil`: the loop sleeps until something happens.
  package var tickMilliseconds: Int32?
  /// When the current turn began, on the monotonic clock.
  package private(set) var turnStart = Clock.monotonicNanoseconds()

  private let epoll: Epoll
  private var slots: [Slot] = []
  private var free: [UInt32] = []
  private var running = false
  private var nextTick: UInt64 = 0

  /// Throws when the process is out of descriptors.
  package init(wakeup: Wakeup) throws(SystemError) {
    self.wakeup = wakeup
    epoll = try Epoll()
    try epoll.add(wakeup.descriptor, Interest(read: true), slot: .max, generation: 0)
  }

  /// Watches `descriptor`, which stays the caller's to close after `remove`.
  package func add(
    _ descriptor: Int32, _ interest: Interest, _ handler: any EventHandler
  ) throws(SystemError) -> Registration {
    let slot = free.popLast() ?? UInt32(slots.count)
    if slot == slots.count { slots.append(Slot()) }
    let generation = slots[Int(slot)].generation
    do {
      try epoll.add(descriptor, interest, slot: slot, generation: generation)
    } catch {
      free.append(slot)
      throw error
    }
    slots[Int(slot)].handler = handler
    return Registration(slot: slot, generation: generation, descriptor: descriptor)
  }

  package func modify(_ registration: Registration, _ interest: Interest) throws(SystemError) {
    try epoll.modify(
      registration.descriptor, interest, slot: registration.slot, generation: registration.generation)
  }

  /// Forgets the descriptor; call before closing it.
  package func remove(_ registration: Registration) {
    let slot = Int(registration.slot)
    guard slots[slot].generation == registration.generation else { return }
    epoll.remove(registration.descriptor)
    slots[slot].handler = nil
    slots[slot].generation &+= 1
    free.append(registration.slot)
  }

  /// Turns until `stop` is called on this thread.
  package func run() {
    running = true
    while running {
      if isFull() { rest() }
      guard running else { return }
      let count = epoll.wait(milliseconds: waitMilliseconds())
      turnStart = Clock.monotonicNanoseconds()
      onTurnBegin()
      for index in 0..<count { deliver(epoll.entry(index)) }
      tickIfDue()
      onTurnEnd()
    }
  }

  package func stop() { running = false }

  /// Turns without descriptors, until other threads have done enough or the time is over.
  private func rest() {
    let end = Clock.monotonicNanoseconds() + Self.maxRest
    while running, isFull() {
      let now = Clock.monotonicNanoseconds()
      guard now < end else { return }
      wakeup.wait(milliseconds: Int32((end - now + 999_999) / 1_000_000))
      turnStart = Clock.monotonicNanoseconds()
      onTurnBegin()
      onWakeup()
      onTurnEnd()
    }
  }

  private func deliver(_ entry: Epoll.Entry) {
    if entry.slot == .max {
      wakeup.clear()
      onWakeup()
      return
    }
    let slot = slots[Int(entry.slot)]
    if slot.generation == entry.generation { slot.handler?.ready(entry.readiness) }
  }

  private func waitMilliseconds() -> Int32 {
    guard let tickMilliseconds else { return -1 }
    let now = Clock.monotonicNanoseconds()
    if nextTick == 0 { nextTick = now + UInt64(tickMilliseconds) * 1_000_000 }
    return nextTick <= now ? 0 : Int32(min((nextTick - now + 999_999) / 1_000_000, 60_000))
  }

  private func tickIfDue() {
    guard let tickMilliseconds else {
      nextTick = 0
      return
    }
    guard nextTick != 0, turnStart >= nextTick else { return }
    nextTick = turnStart + UInt64(tickMilliseconds) * 1_000_000
    onTick()
  }
}
