import Glibc

extension Socket {
  /// Ends the connection with RST at once; calls that are blocked on it fail.
  func reset() {
    var address = sockaddr(sa_family: sa_family_t(AF_UNSPEC), sa_data: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    _ = unsafe Glibc.connect(descriptor, &address, socklen_t(MemoryLayout<sockaddr>.size))
  }
}
