import EventLoop
import Fakes
import Glibc
import Platform
import Testing

@Suite struct SignalWatchTests {
  /// Runs `body` with a watch on a thread of its own, so that what is sent to that thread reaches no other.
  private func onThread<Value: Sendable>(
    _ body: @escaping @Sendable (SignalWatch, Wakeup) -> Value
  ) throws -> Value {
    let outcome = Monitor(Result<Value, any Error>?.none)
    let thread = NamedThread("signals") {
      let result = Result { body(try SignalWatch(), try Wakeup()) }
      outcome.change { $0 = result }
    }
    thread.join()
    return try #require(outcome.value).get()
  }

  private static func send(_ signal: Int32) { pthread_kill(pthread_self(), signal) }

  private static func isSignalled(_ wakeup: Wakeup) -> Bool {
    var poller = pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&poller, 1, 0) == 1
  }

  @Test("each signal is told once")
  func signals() throws {
    let seen = try onThread { watch, wakeup in
      for signal in SignalWatch.Signal.allCases { Self.send(signal.rawValue) }
      return (0..<4).map { _ in watch.next(milliseconds: 0, or: wakeup) }
    }
    #expect(Set(seen.compactMap(\.self)) == Set(SignalWatch.Signal.allCases))
    #expect(seen.last == .some(nil))
  }

  @Test("a wakeup ends the wait without a signal, once")
  func wakeup() throws {
    let (seen, isSignalled) = try onThread { watch, wakeup in
      wakeup.signal()
      return (watch.next(milliseconds: 10_000, or: wakeup), Self.isSignalled(wakeup))
    }
    #expect(seen == nil && !isSignalled)
  }

  @Test("a wakeup from another thread ends a wait without end")
  func waiting() throws {
    let seen = try onThread { watch, wakeup in
      let other = NamedThread("waker") { wakeup.signal() }
      defer { other.join() }
      return watch.next(or: wakeup)
    }
    #expect(seen == nil)
  }

  @Test("a wakeup that comes together with a signal is left for the next wait")
  func both() throws {
    let (seen, wasSignalled, next) = try onThread { watch, wakeup in
      wakeup.signal()
      Self.send(SIGHUP)
      let seen = watch.next(milliseconds: 10_000, or: wakeup)
      return (seen, Self.isSignalled(wakeup), watch.next(milliseconds: 10_000, or: wakeup))
    }
    #expect(seen == .hangup && wasSignalled && next == nil)
  }
}
