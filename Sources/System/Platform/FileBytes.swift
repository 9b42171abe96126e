import CLinux
import Glibc

/// Small whole files, as configuration and zone tables are.
package enum FileBytes {
  /// Everything in the regular file at `path`; `EFBIG` beyond `limit` bytes, `EINVAL` for anything but a regular file.
  package static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
    // Non-blocking, so that a FIFO with nobody at its other end does not hold us.
    try read(unsafe cl_open(path, O_RDONLY | O_NONBLOCK, 0), subject: path, limit: limit)
  }

  /// Reads `descriptor`, the outcome of an open, to its end and closes it.
  static func read(_ descriptor: Int32, subject: String, limit: Int) throws(SystemError) -> [UInt8] {
    guard descriptor >= 0 else { throw SystemError(call: "open", subject: subject) }
    defer { close(descriptor) }
    var info = stat()
    guard unsafe fstat(descriptor, &info) == 0 else { throw SystemError(call: "fstat", subject: subject) }
    guard info.st_mode & S_IFMT == S_IFREG else {
      throw SystemError(call: "open", subject: subject, code: EINVAL)
    }
    // One more than there is, so that the end is met; those of the kernel say that they are empty.
    let expected = Int(info.st_size) > 0 ? Int(info.st_size) : limit
    var bytes = [UInt8](repeating: 0, count: min(expected, limit) + 1)
    var filled = 0
    while filled <= limit {
      if filled == bytes.count { bytes += repeatElement(0, count: min(filled, limit + 1 - filled)) }
      let got = unsafe bytes.withUnsafeMutableBytes { space in
        unsafe Glibc.read(descriptor, space.baseAddress! + filled, space.count - filled)
      }
      if got == 0 { break }
      guard got > 0 || errno == EINTR else { throw SystemError(call: "read", subject: subject) }
      filled += max(0, got)
    }
    guard filled <= limit else { throw SystemError(call: "read", subject: subject, code: EFBIG) }
    bytes.removeLast(bytes.count - filled)
    return bytes
  }
}
