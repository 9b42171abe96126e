import CLinux
import Glibc
import Platform

/// One epoll instance. An entry carries a slot and a generation, so that a descriptor number used again never gets a stale event.
@safe final class Epoll {
  struct Entry {
    let slot: UInt32
    let generation: UInt32
    let readiness: Readiness
  }

  private let descriptor: Int32
  private var events = unsafe [epoll_event](repeating: epoll_event(), count: 256)

  init() throws(SystemError) {
    descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard descriptor >= 0 else { throw SystemError(call: "epoll_create1") }
  }

  deinit { close(descriptor) }

  func add(_ target: Int32, _ interest: Interest, slot: UInt32, generation: UInt32) throws(SystemError) {
    try control(EPOLL_CTL_ADD, target, interest, slot, generation)
  }

  func modify(_ target: Int32, _ interest: Interest, slot: UInt32, generation: UInt32) throws(SystemError) {
    try control(EPOLL_CTL_MOD, target, interest, slot, generation)
  }

  func remove(_ target: Int32) {
    epoll_ctl(descriptor, EPOLL_CTL_DEL, target, nil)
  }

  /// Waits at most `milliseconds` (-1 is for ever) and returns how many entries there are.
  func wait(milliseconds: Int32) -> Int {
    unsafe max(0, Int(epoll_wait(descriptor, &events, Int32(events.count), milliseconds)))
  }

  /// What the last `wait` found.
  func entry(_ index: Int) -> Entry {
    let event = unsafe events[index]
    let data = unsafe event.data.u64
    return Entry(
      slot: UInt32(truncatingIfNeeded: data), generation: UInt32(truncatingIfNeeded: data >> 32),
      readiness: unsafe Readiness(bits: event.events))
  }

  private func control(
    _ operation: Int32, _ target: Int32, _ interest: Interest, _ slot: UInt32, _ generation: UInt32
  ) throws(SystemError) {
    var event = unsafe epoll_event()
    unsafe event.events = interest.bits
    unsafe event.data.u64 = UInt64(slot) | UInt64(generation) << 32
    guard unsafe epoll_ctl(descriptor, operation, target, &event) == 0 else {
      throw SystemError(call: "epoll_ctl")
    }
  }
}

/// What a descriptor is watched for. Errors and hang-ups are always reported.
package struct Interest: Sendable, Hashable {
  package var read = false
  package var write = false
  /// Only one of the loops that watch this descriptor is woken per event (listeners).
  package var exclusive = false

  package init(read: Bool = false, write: Bool = false, exclusive: Bool = false) {
    self.read = read
    self.write = write
    self.exclusive = exclusive
  }

  fileprivate var bits: UInt32 {
    (read ? EPOLLIN.rawValue : 0) | (write ? EPOLLOUT.rawValue : 0) | (exclusive ? EPOLLEXCLUSIVE.rawValue : 0)
  }
}

/// What a descriptor can do now.
package struct Readiness: Sendable, Hashable {
  package let canRead: Bool
  package let canWrite: Bool
  /// The peer is gone in both directions, or the socket failed.
  package let isHungUp: Bool

  fileprivate init(bits: UInt32) {
    canRead = bits & EPOLLIN.rawValue != 0
    canWrite = bits & EPOLLOUT.rawValue != 0
    isHungUp = bits & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
  }
}
