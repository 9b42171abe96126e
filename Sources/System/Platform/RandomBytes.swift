import CLinux
import Glibc

/// Random numbers from the kernel, fetched a page at a time: one system call serves hundreds of event ids.
package struct RandomBytes: RandomNumberGenerator {
  private var pool = [UInt64](repeating: 0, count: 512)
  private var used = 512

  package init() {}

  package mutating func next() -> UInt64 {
    if used == pool.count { refill() }
    used += 1
    return pool[used - 1]
  }

  private mutating func refill() {
    var filled = 0
    let size = pool.count * 8
    while filled < size {
      let got = unsafe pool.withUnsafeMutableBytes {
        unsafe getrandom($0.baseAddress! + filled, size - filled, 0)
      }
      precondition(got > 0 || errno == EINTR, "the kernel gives no random bytes")
      filled += max(0, got)
    }
    used = 0
  }
}
