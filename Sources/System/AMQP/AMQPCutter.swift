import Glibc
import Synchronization

/// Cuts a connection from any thread: a call that hangs in it returns, and its thread learns that it is lost.
///
/// Outlives the connection; cutting does nothing then.
package final class AMQPCutter: Sendable {
  /// A duplicate of the connection's socket, -1 once closed: the library may close its own descriptor at any time, and the
  /// number could be another file's by then.
  private let socket: Mutex<Int32>

  init(duplicating descriptor: Int32) throws(AMQPError) {
    let duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard duplicate >= 0 else {
      throw AMQPError(code: .unreachable, description: "the process is out of descriptors", underlyingCode: Int(errno))
    }
    socket = Mutex(duplicate)
  }

  deinit { close() }

  package func cut() {
    socket.withLock { if $0 >= 0 { _ = shutdown($0, Int32(SHUT_RDWR)) } }
  }

  var descriptor: Int32 { socket.withLock { $0 } }

  func close() {
    socket.withLock { socket in
      if socket >= 0 { _ = Glibc.close(socket) }
      socket = -1
    }
  }
}
