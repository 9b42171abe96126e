import CLinux
import Glibc

/// A thread of our own with a name that `top -H` shows; blocking C runs on one of these, never on the cooperative pool.
package struct NamedThread: Sendable {
  private let handle: pthread_t

  /// Starts `body` on a new thread with every signal blocked. `name` is cut at 15 bytes.
  package init(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let start = unsafe Unmanaged.passRetained(Start(name: String(name.prefix(15)), body: body))
    var thread = pthread_t()
    let code = unsafe pthread_create(
      &thread, nil,
      { argument in
        guard let argument = unsafe argument else { return nil }
        let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        SignalMask.blockAll()
        unsafe cl_set_thread_name(start.name)
        start.body()
        return nil
      }, unsafe start.toOpaque())
    precondition(code == 0, "the system refused a thread: \(code)")
    handle = thread
  }

  /// Lets threads that wait for the calling thread's core go first.
  package static func yield() {
    sched_yield()
  }

  /// Waits until the thread's body has returned. Call once.
  package func join() {
    pthread_join(handle, nil)
  }

  private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void
    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
}

/// The calling thread's signal mask. libdispatch and our own threads inherit it, so it is set before any starts.
package enum SignalMask {
  package static func blockAll() {
    var all = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, nil)
  }
}
