import CLinux
import Glibc
import Platform

/// A non-blocking stream socket. Whoever holds it closes it, once.
package struct Socket: Sendable {
  package let descriptor: Int32

  package enum Transfer: Sendable, Equatable {
    case bytes(Int)
    /// The peer has sent all it will.
    case end
    case wouldBlock
    case failed(Int32)
  }

  /// Appends what has arrived, at most `limit` bytes, to `buffer`.
  package func receive(into buffer: inout [UInt8], limit: Int) -> Transfer {
    receive(into: &buffer, limit: limit, flags: 0)
  }

  func receive(into buffer: inout [UInt8], limit: Int, flags: Int32) -> Transfer {
    var result = 0
    buffer.append(addingCapacity: limit) { span in
      unsafe span.withUnsafeMutableBufferPointer { pointer, initialized in
        result = unsafe recv(descriptor, pointer.baseAddress, limit, flags)
        initialized = max(0, result)
      }
    }
    if result > 0 { return .bytes(result) }
    if result == 0 { return .end }
    return Self.failure()
  }

  /// Sends as much of `bytes` from `start` on as the kernel takes.
  package func send(_ bytes: [UInt8], from start: Int) -> Transfer {
    let result = unsafe bytes.withUnsafeBytes {
      unsafe Glibc.send(descriptor, $0.baseAddress! + start, $0.count - start, Int32(MSG_NOSIGNAL))
    }
    return result >= 0 ? .bytes(result) : Self.failure()
  }

  /// Tells the peer that nothing more will come; reading goes on.
  package func shutdownWriting() {
    shutdown(descriptor, Int32(SHUT_WR))
  }

  package func close() {
    Glibc.close(descriptor)
  }

  private static func failure() -> Transfer {
    errno == EAGAIN || errno == EINTR ? .wouldBlock : .failed(errno)
  }
}
