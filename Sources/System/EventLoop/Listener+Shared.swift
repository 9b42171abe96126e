import Glibc
import Platform

/// What a socket is that somebody else has made.
extension Listener {
  /// Where it listens; throws unless it is a listening stream socket of TCP or Unix.
  static func address(ofListening descriptor: Int32) throws(SystemError) -> Address {
    let subject = "descriptor \(descriptor)"
    let domain = try option(SO_DOMAIN, of: descriptor, subject)
    guard try option(SO_TYPE, of: descriptor, subject) == Int32(SOCK_STREAM.rawValue),
      try option(SO_ACCEPTCONN, of: descriptor, subject) == 1
    else { throw SystemError(call: "getsockopt", subject: "\(subject) is no listening stream socket", code: EINVAL) }
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let code = unsafe withUnsafeMutablePointer(to: &storage) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(descriptor, $0, &size) }
    }
    guard code == 0 else { throw SystemError(call: "getsockname", subject: subject) }
    switch domain {
    case AF_INET, AF_INET6: return try numeric(storage, size, subject)
    case AF_UNIX: return .unix(path: path(of: storage, size))
    default: throw SystemError(call: "getsockopt", subject: "\(subject) is neither TCP nor Unix", code: EINVAL)
    }
  }

  private static func option(_ name: Int32, of descriptor: Int32, _ subject: String) throws(SystemError) -> Int32 {
    var value: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    guard unsafe getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 else {
      throw SystemError(call: "getsockopt", subject: subject)
    }
    return value
  }

  private static func numeric(
    _ storage: sockaddr_storage, _ size: socklen_t, _ subject: String
  ) throws(SystemError) -> Address {
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
    let code = unsafe withUnsafePointer(to: storage) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe getnameinfo(
          $0, size, &host, socklen_t(host.count), &port, socklen_t(port.count), NI_NUMERICHOST | NI_NUMERICSERV)
      }
    }
    guard code == 0, let number = UInt16(text(port)) else {
      throw SystemError(call: "getnameinfo", subject: subject, code: EINVAL)
    }
    return .tcp(host: text(host), port: number)
  }

  /// An abstract or unnamed one has an empty path.
  private static func path(of storage: sockaddr_storage, _ size: socklen_t) -> String {
    let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
    return unsafe withUnsafeBytes(of: storage) { bytes in
      let end = min(Int(size), bytes.count)
      guard end > start else { return "" }
      return unsafe String(decoding: bytes[start..<end].prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  private static func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
