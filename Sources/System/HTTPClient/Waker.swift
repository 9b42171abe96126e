import CCurl
import Synchronization

/// Ends another thread's ``HTTPClient/poll(timeout:)`` early. Outlives its client: then `wake` does nothing.
package final class Waker: Sendable {
  /// The multi handle's address, 0 once it is gone. The lock keeps it alive during a wake.
  private let address: Mutex<UInt>

  init(_ multi: UnsafeMutableRawPointer) {
    address = Mutex(UInt(bitPattern: multi))
  }

  /// One wake ends one poll: the running one, else the next.
  package func wake() {
    address.withLock { address in
      if let multi = unsafe UnsafeMutableRawPointer(bitPattern: address) { unsafe curl_multi_wakeup(multi) }
    }
  }

  func detach() {
    address.withLock { $0 = 0 }
  }
}
