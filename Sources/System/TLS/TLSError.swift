/// Why there is no TLS context: which file is to blame, and what is wrong with it.
package struct TLSError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: Sendable, Equatable {
    case certificate
    case key
    case clientAuthority
    /// OpenSSL itself failed, for want of memory.
    case library
  }

  package let code: Code
  package let description: String
}
