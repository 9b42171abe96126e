import COpenSSL
package import Core
package import EventLoop
import Glibc

/// The server's side of one TLS connection over a non-blocking socket, confined to its loop.
///
/// `receive` takes one record at a time and all of it, so that nothing decrypted ever waits inside where epoll cannot
/// see it. The socket stays the caller's to close, after `close`.
@safe package final class TLSSession {
  /// The most that a record holds (RFC 8446 §5.1).
  private static let maxRecordBytes = 16 << 10

  let session: OpaquePointer
  /// Keeps alive what the session points to.
  private let context: TLSContext
  private var isBroken = false
  private var hasSaidGoodbye = false
  /// The handshake, or the goodbye, waits until the socket takes more.
  package private(set) var wantsWrite = false
  package private(set) var isEstablished = false
  private var names: [ClientSubject]?

  init?(_ session: OpaquePointer, _ socket: Socket, _ context: TLSContext) {
    unsafe self.session = session
    self.context = context
    guard unsafe SSL_set_fd(session, socket.descriptor) == 1 else { return nil }
    unsafe SSL_set_accept_state(session)
  }

  deinit { unsafe SSL_free(session) }

  /// Whom the certificate names that the client has shown and the authorities have signed: its subject first. Empty before
  /// the handshake is done, and where no certificate was asked for.
  package var certifiedNames: [ClientSubject] {
    guard isEstablished else { return [] }
    if let names { return names }
    let names = readCertifiedNames()
    self.names = names
    return names
  }

  /// What ALPN has settled on (RFC 7301); `nil` before the handshake is done, and for a client that asked for nothing.
  package var chosenProtocol: String? {
    var name: UnsafePointer<UInt8>?
    var length: UInt32 = 0
    unsafe SSL_get0_alpn_selected(session, &name, &length)
    guard length > 0 else { return nil }
    return unsafe String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
  }

  /// Appends what the next record holds to `buffer`; goes on with the handshake before.
  package func receive(into buffer: inout [UInt8]) -> Socket.Transfer {
    if let unfinished = continueHandshake() { return unfinished }
    var count = 0
    var result: Int32 = 0
    ERR_clear_error()
    buffer.append(addingCapacity: Self.maxRecordBytes) { span in
      unsafe span.withUnsafeMutableBufferPointer { pointer, initialized in
        result = unsafe SSL_read_ex(session, pointer.baseAddress, Self.maxRecordBytes, &count)
        initialized = result == 1 ? count : 0
      }
    }
    return result == 1 ? .bytes(count) : outcome(result)
  }

  /// Sends as much of `bytes` from `start` on as the socket takes. After `wouldBlock` the same bytes come first again.
  package func send(_ bytes: [UInt8], from start: Int) -> Socket.Transfer {
    if let unfinished = continueHandshake() { return unfinished }
    var count = 0
    ERR_clear_error()
    let result = unsafe bytes.withUnsafeBytes {
      unsafe SSL_write_ex(session, $0.baseAddress! + start, $0.count - start, &count)
    }
    return result == 1 ? .bytes(count) : outcome(result)
  }

  /// Says that nothing more will come (close_notify, RFC 8446 §6.1); false while the socket does not take it.
  package func sayGoodbye() -> Bool {
    guard isEstablished, !isBroken, !hasSaidGoodbye else { return true }
    ERR_clear_error()
    let result = unsafe SSL_shutdown(session)
    if result < 0, outcome(result) == .wouldBlock {
      wantsWrite = true
      return false
    }
    wantsWrite = false
    hasSaidGoodbye = true
    return true
  }

  /// `nil` once the handshake is done.
  private func continueHandshake() -> Socket.Transfer? {
    guard !isEstablished else { return nil }
    guard !isBroken else { return .failed(EPROTO) }
    ERR_clear_error()
    let result = unsafe SSL_do_handshake(session)
    guard result == 1 else {
      wantsWrite = unsafe SSL_want(session) == SSL_WRITING
      return outcome(result)
    }
    wantsWrite = false
    isEstablished = true
    return nil
  }

  private func outcome(_ result: Int32) -> Socket.Transfer {
    let code = errno
    switch unsafe SSL_get_error(session, result) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wouldBlock
    case SSL_ERROR_ZERO_RETURN: return .end
    default:
      isBroken = true
      ERR_clear_error()
      return .failed(code == 0 ? EPROTO : code)
    }
  }
}
