import CLinux
import Glibc
package import Platform

/// A bound, listening, non-blocking socket, shared by every loop.
package final class Listener: Sendable {
  /// An address that `bind` understands; see `ListenAddress` in Core for its written form.
  package enum Address: Sendable, Equatable, CustomStringConvertible {
    case tcp(host: String, port: UInt16)
    case unix(path: String)

    package var isTCP: Bool {
      if case .tcp = self { true } else { false }
    }

    package var description: String {
      switch self {
      case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
      case .unix(let path): "unix:\(path)"
      }
    }
  }

  /// Connections that the kernel keeps until they are accepted.
  package static let backlog: Int32 = 4096

  /// Bytes of answers that the kernel keeps for a reader beside what is on its way to it: one that does not read is
  /// noticed after as much, not after the megabytes that a send buffer may grow to.
  package static let maxUnsentBytes: Int32 = 16 << 10

  package let descriptor: Int32
  /// Where it listens; the port that the system chose where 0 was asked.
  package let address: Address
  /// Whoever started this process has it too: its backlog outlives us, and so does the file of a Unix socket.
  package let isShared: Bool

  /// Throws `EADDRINUSE` when another process has the address: two gateways on one port collide loudly.
  package init(_ wanted: Address) throws(SystemError) {
    switch wanted {
    case .tcp(let host, let port):
      descriptor = try Self.listen(host: host, port: port, subject: wanted.description)
      address = .tcp(host: host, port: try Self.port(of: descriptor))
    case .unix(let path):
      descriptor = try Self.listen(path: path)
      address = wanted
    }
    isShared = false
  }

  /// Takes over a socket that somebody else has bound and keeps. Throws `EINVAL` for anything but a listening stream socket
  /// of TCP or Unix; the descriptor stays open then.
  package init(shared descriptor: Int32) throws(SystemError) {
    address = try Self.address(ofListening: descriptor)
    self.descriptor = descriptor
    isShared = true
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  deinit {
    close(descriptor)
    if !isShared, case .unix(let path) = address { unsafe unlink(path) }
  }

  package enum Accepted: Sendable {
    case socket(Socket)
    case none
    /// The process (`EMFILE`) or the machine (`ENFILE`, `ENOBUFS`, `ENOMEM`) has no descriptor or memory left.
    case exhausted(Int32)
  }

  /// Takes one connection off the backlog.
  package func accept() -> Accepted {
    while true {
      let accepted = cl_accept4(descriptor)
      if accepted >= 0 {
        if case .tcp = address { Self.set(accepted, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
        return .socket(Socket(descriptor: accepted))
      }
      switch errno {
      case EINTR, ECONNABORTED, EPROTO: continue
      case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted(errno)
      default: return .none
      }
    }
  }

  /// From now on connections are refused. What is in the backlog is reset: accept it first. A shared one goes on listening
  /// for who comes after us.
  package func stopListening() {
    if !isShared { shutdown(descriptor, Int32(SHUT_RD)) }
  }

  private static func listen(host: String, port: UInt16, subject: String) throws(SystemError) -> Int32 {
    var hints = unsafe addrinfo()
    unsafe hints.ai_family = AF_UNSPEC
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    var found: UnsafeMutablePointer<addrinfo>?
    let code = unsafe getaddrinfo(host, String(port), &hints, &found)
    guard code == 0, let first = unsafe found else {
      throw SystemError(call: "getaddrinfo", subject: subject, code: code == EAI_SYSTEM ? errno : EADDRNOTAVAIL)
    }
    defer { unsafe freeaddrinfo(first) }
    let made = socket(
      unsafe first.pointee.ai_family,
      Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard made >= 0 else { throw SystemError(call: "socket", subject: subject) }
    set(made, SOL_SOCKET, SO_REUSEADDR, 1)
    if unsafe first.pointee.ai_family == AF_INET6 { set(made, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
    guard unsafe bind(made, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0 else {
      throw failed("bind", subject, closing: made)
    }
    // What is accepted has it too (tcp(7)).
    set(made, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, maxUnsentBytes)
    guard Glibc.listen(made, backlog) == 0 else { throw failed("listen", subject, closing: made) }
    return made
  }

  private static func listen(path: String) throws(SystemError) -> Int32 {
    let subject = "unix:\(path)"
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { place in
      guard bytes.count < place.count else { return false }
      unsafe place.copyBytes(from: bytes)
      return true
    }
    guard fits else { throw SystemError(call: "bind", subject: subject, code: ENAMETOOLONG) }
    let made = socket(
      AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard made >= 0 else { throw SystemError(call: "socket", subject: subject) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let attempt = {
      unsafe withUnsafePointer(to: address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(made, $0, size) }
      }
    }
    if attempt() != 0 {
      // A socket file outlives its process: it is ours to replace only if nobody answers on it.
      guard errno == EADDRINUSE, isSocket(path), !answers(address) else { throw failed("bind", subject, closing: made) }
      unsafe unlink(path)
      guard attempt() == 0 else { throw failed("bind", subject, closing: made) }
    }
    // Who may connect is decided by the folder that it lies in.
    unsafe chmod(path, 0o666)
    guard Glibc.listen(made, backlog) == 0 else { throw failed("listen", subject, closing: made) }
    return made
  }

  /// False for a file of any other kind, which is never ours to remove.
  private static func isSocket(_ path: String) -> Bool {
    var info = stat()
    let isThere = unsafe lstat(path, &info) == 0
    errno = EADDRINUSE
    return isThere && info.st_mode & S_IFMT == S_IFSOCK
  }

  private static func answers(_ address: sockaddr_un) -> Bool {
    let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    defer { close(probe) }
    let connected = unsafe withUnsafePointer(to: address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(probe, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    let code = errno
    errno = EADDRINUSE
    return connected == 0 || code != ECONNREFUSED
  }

  private static func port(of descriptor: Int32) throws(SystemError) -> UInt16 {
    var storage = sockaddr_in6()
    var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let code = unsafe withUnsafeMutablePointer(to: &storage) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(descriptor, $0, &size) }
    }
    guard code == 0 else { throw failed("getsockname", "", closing: descriptor) }
    // The port stands at the same offset for both families.
    return UInt16(bigEndian: storage.sin6_port)
  }

  private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  private static func failed(_ call: String, _ subject: String, closing descriptor: Int32) -> SystemError {
    let error = SystemError(call: call, subject: subject)
    close(descriptor)
    return error
  }
}
