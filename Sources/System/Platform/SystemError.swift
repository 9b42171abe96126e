import Glibc

/// A system call that failed: which one, on what, and the kernel's reason.
package struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
  package let call: String
  package let subject: String
  /// The `errno` value.
  package let code: Int32

  package init(call: String, subject: String = "", code: Int32 = errno) {
    self.call = call
    self.subject = subject
    self.code = code
  }

  /// Another program has the address.
  package var isAddressInUse: Bool { code == EADDRINUSE }

  /// The file is larger than it may be.
  package var isFileTooLarge: Bool { code == EFBIG }

  package var description: String {
    let reason = unsafe String(cString: strerror(code))
    return subject.isEmpty ? "\(call): \(reason)" : "\(subject): \(reason) (\(call))"
  }
}
