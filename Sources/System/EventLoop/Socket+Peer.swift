import CLinux
import Glibc

extension Socket {
  /// Appends what has arrived, at most `limit` bytes, to `buffer`, and leaves it where it is.
  package func peek(into buffer: inout [UInt8], limit: Int) -> Transfer {
    receive(into: &buffer, limit: limit, flags: Int32(MSG_PEEK))
  }

  /// Who has connected, as the upper and lower half of an IPv6 address, an IPv4 address mapped; `nil` for a Unix socket.
  package var peer: (high: UInt64, low: UInt64)? {
    var storage = sockaddr_in6()
    var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let code = unsafe withUnsafeMutablePointer(to: &storage) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getpeername(descriptor, $0, &size) }
    }
    guard code == 0 else { return nil }
    switch Int32(storage.sin6_family) {
    case AF_INET:
      // The address stands where IPv6 has the flow label.
      return (0, 0xFFFF_0000_0000 | UInt64(UInt32(bigEndian: storage.sin6_flowinfo)))
    case AF_INET6:
      let bytes = unsafe withUnsafeBytes(of: storage.sin6_addr) { unsafe Array($0) }
      return (Self.word(bytes[0..<8]), Self.word(bytes[8..<16]))
    default: return nil
    }
  }

  private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
