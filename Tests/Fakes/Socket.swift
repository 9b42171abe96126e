import Glibc
import Synchronization

/// A blocking loopback TCP socket, closed when the last reference goes.
///
/// Any thread may call ``shutDown()`` to end another's blocked call; the descriptor itself lives as long as the object,
/// so it is never another socket's by then.
final class Socket: Sendable {
  enum Failure: Error, Equatable {
    case system(call: String, code: Int32)
    case timeout
    case malformed(String)
    /// The peer closed before the message was complete.
    case closed
  }

  /// Held while a child starts and while an accepted descriptor is not yet marked close-on-exec, so that no child keeps
  /// another test's connection open.
  static let spawnLock = Mutex(())

  let descriptor: Int32

  private init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// A listener on 127.0.0.1; port 0 lets the system choose.
  static func listen(port: UInt16 = 0) throws(Failure) -> Socket {
    let socket = try make()
    socket.set(SOL_SOCKET, SO_REUSEADDR, 1)
    var address = loopback(port)
    let bound = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(socket.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard bound == 0 else { throw Failure.system(call: "bind", code: errno) }
    guard Glibc.listen(socket.descriptor, 1024) == 0 else { throw Failure.system(call: "listen", code: errno) }
    return socket
  }

  static func connect(port: UInt16) throws(Failure) -> Socket {
    let socket = try make()
    var address = loopback(port)
    let connected = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe Glibc.connect(socket.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw Failure.system(call: "connect", code: errno) }
    socket.set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    return socket
  }

  /// The next connection; `nil` once the listener is shut down.
  func accept() -> Socket? {
    while true {
      var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      _ = unsafe poll(&poller, 1, -1)
      let (accepted, code) = Self.spawnLock.withLock { _ in
        let accepted = Glibc.accept(descriptor, nil, nil)
        let code = errno
        if accepted >= 0 { _ = fcntl(accepted, F_SETFD, FD_CLOEXEC) }
        return (accepted, code)
      }
      if accepted >= 0 {
        let socket = Socket(descriptor: accepted)
        socket.set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        return socket
      }
      if code != EINTR && code != ECONNABORTED { return nil }
    }
  }

  var port: UInt16 {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = unsafe withUnsafeMutablePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(descriptor, $0, &length) }
    }
    return UInt16(bigEndian: address.sin_port)
  }

  /// At most 64 KiB; empty at the peer's end of stream.
  func receive(deadline: ContinuousClock.Instant? = nil) throws(Failure) -> [UInt8] {
    if let deadline { try waitReadable(deadline) }
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
      if count >= 0 { return Array(buffer[..<count]) }
      if errno != EINTR { throw Failure.system(call: "recv", code: errno) }
    }
  }

  func send(_ bytes: [UInt8]) throws(Failure) {
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count < 0 && errno != EINTR { throw Failure.system(call: "send", code: errno) }
      sent += max(0, count)
    }
  }

  func shutDown() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// The peer reads an end of stream; we can still read.
  func closeWrite() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

  /// The close that follows sends RST in place of FIN.
  func resetOnClose() {
    var value = linger(l_onoff: 1, l_linger: 0)
    _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
  }

  private func waitReadable(_ deadline: ContinuousClock.Instant) throws(Failure) {
    while true {
      let left = ContinuousClock.now.duration(to: deadline) / .milliseconds(1)
      var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = unsafe poll(&poller, 1, Int32(max(0, left.rounded(.up))))
      if ready > 0 { return }
      if ready == 0 { throw Failure.timeout }
      if errno != EINTR { throw Failure.system(call: "poll", code: errno) }
    }
  }

  private func set(_ level: Int32, _ name: Int32, _ value: Int32) {
    var value = value
    _ = unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  private static func make() throws(Failure) -> Socket {
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_INET, type, 0)
    guard descriptor >= 0 else { throw Failure.system(call: "socket", code: errno) }
    return Socket(descriptor: descriptor)
  }

  private static func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }
}

/// A port that was free a moment ago, given to nobody else in this process.
package func freePort() throws -> UInt16 {
  for _ in 0..<64 {
    let port = try Socket.listen().port
    if handedOut.change({ $0.insert(port).inserted }) { return port }
  }
  throw Socket.Failure.system(call: "bind", code: EADDRINUSE)
}

private let handedOut = Monitor(Set<UInt16>())
