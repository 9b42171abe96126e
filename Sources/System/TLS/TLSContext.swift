import COpenSSL
package import EventLoop
import Glibc

/// What all TLS connections of a listener share: certificate, key, client authorities, protocols. It never changes; a
/// reload makes another, and sessions keep the one that they began with.
@safe package final class TLSContext: Sendable {
  /// PEM files, and the protocols of the layer above, the preferred first (RFC 7301).
  package struct Options: Sendable, Equatable {
    package var certificate: String
    package var key: String
    /// Set: clients must show a certificate that these authorities have signed.
    package var clientAuthority: String?
    package var protocols: [String]

    package init(certificate: String, key: String, clientAuthority: String? = nil, protocols: [String]) {
      self.certificate = certificate
      self.key = key
      self.clientAuthority = clientAuthority
      self.protocols = protocols
    }
  }

  /// TLS 1.2 with forward secrecy and authenticated encryption only (RFC 9325 §4.2); TLS 1.3 has nothing else.
  private static let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"
  /// Kept for a client that comes again; each is a message after the handshake.
  private static let tickets = 1

  // OpenSSL counts references to a context atomically, and nothing changes it after `init`.
  private nonisolated(unsafe) let context: OpaquePointer
  /// The protocols as they stand in the message, behind a byte with their length; OpenSSL holds the pointer.
  private nonisolated(unsafe) let offered: UnsafeMutablePointer<UInt8>

  /// Reads the files. Throws when one cannot be read, or certificate and key are not of one pair.
  package init(_ options: Options) throws(TLSError) {
    guard let made = unsafe SSL_CTX_new(TLS_server_method()) else {
      throw TLSError(code: .library, description: "OpenSSL gave no context")
    }
    unsafe context = made
    unsafe offered = Self.wireForm(options.protocols)
    try loadCertificate(options)
    restrict()
    if let authority = options.clientAuthority { try demandCertificates(authority) }
    unsafe SSL_CTX_set_alpn_select_cb(context, Self.select, offered)
  }

  deinit {
    unsafe SSL_CTX_free(context)
    unsafe offered.deallocate()
  }

  /// The server's side of a connection on `socket`; `nil` for want of memory.
  package func session(on socket: Socket) -> TLSSession? {
    guard let session = unsafe SSL_new(context) else { return nil }
    return unsafe TLSSession(session, socket, self)
  }

  private func loadCertificate(_ options: Options) throws(TLSError) {
    // Without a callback OpenSSL would ask for the passphrase on the terminal.
    unsafe SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in 0 }
    try Self.checkReadable(options.certificate, .certificate)
    try Self.checkReadable(options.key, .key)
    ERR_clear_error()
    guard unsafe SSL_CTX_use_certificate_chain_file(context, options.certificate) == 1 else {
      throw Self.failure(.certificate, "\(options.certificate) holds no usable PEM certificate")
    }
    guard unsafe SSL_CTX_use_PrivateKey_file(context, options.key, SSL_FILETYPE_PEM) == 1 else {
      if Self.isMismatch { throw TLSError(code: .key, description: "\(options.key) is not the key of the certificate") }
      throw Self.failure(.key, "\(options.key) holds no usable PEM key without a passphrase")
    }
    guard unsafe SSL_CTX_check_private_key(context) == 1 else {
      throw TLSError(code: .key, description: "\(options.key) is not the key of the certificate")
    }
  }

  private func restrict() {
    unsafe SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
    unsafe SSL_CTX_set_cipher_list(context, Self.ciphers)
    unsafe SSL_CTX_set_options(context, cl_ssl_server_options)
    unsafe SSL_CTX_ctrl(context, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
    unsafe SSL_CTX_set_num_tickets(context, Self.tickets)
    unsafe SSL_CTX_ctrl(
      context, SSL_CTRL_MODE,
      Int(SSL_MODE_ENABLE_PARTIAL_WRITE) | Int(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER) | Int(SSL_MODE_RELEASE_BUFFERS), nil
    )
  }

  private func demandCertificates(_ authority: String) throws(TLSError) {
    try Self.checkReadable(authority, .clientAuthority)
    ERR_clear_error()
    guard unsafe SSL_CTX_load_verify_file(context, authority) == 1,
      let names = unsafe SSL_load_client_CA_file(authority)
    else { throw Self.failure(.clientAuthority, "\(authority) holds no usable PEM certificates") }
    unsafe SSL_CTX_set_client_CA_list(context, names)
    unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
    // Each connection is verified anew: a resumed one would outlive its certificate.
    unsafe SSL_CTX_set_options(context, cl_ssl_no_ticket)
    unsafe SSL_CTX_set_num_tickets(context, 0)
  }

  // MARK: Protocols

  private static func wireForm(_ protocols: [String]) -> UnsafeMutablePointer<UInt8> {
    let wire = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
    let place = UnsafeMutablePointer<UInt8>.allocate(capacity: wire.count + 1)
    unsafe place.initialize(to: UInt8(wire.count))
    for (index, byte) in wire.enumerated() { unsafe (place + index + 1).initialize(to: byte) }
    return unsafe place
  }

  /// Ours decides; a client that asks for protocols and knows none of ours is refused (RFC 7301 §3.2).
  private static let select: SSL_CTX_alpn_select_cb_func = { _, out, length, asked, askedLength, offered in
    guard let offered = unsafe offered?.assumingMemoryBound(to: UInt8.self) else { return SSL_TLSEXT_ERR_NOACK }
    var chosen: UnsafeMutablePointer<UInt8>?
    let result = unsafe SSL_select_next_proto(
      &chosen, length, offered + 1, UInt32(offered.pointee), asked, askedLength)
    guard result == OPENSSL_NPN_NEGOTIATED else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    unsafe out?.pointee = unsafe UnsafePointer(chosen)
    return SSL_TLSEXT_ERR_OK
  }

  // MARK: Errors

  private static func checkReadable(_ path: String, _ code: TLSError.Code) throws(TLSError) {
    guard unsafe access(path, R_OK) == 0 else {
      throw TLSError(code: code, description: unsafe "\(path): \(String(cString: strerror(errno)))")
    }
  }

  private static var isMismatch: Bool {
    let last = ERR_peek_last_error()
    return last & 0x7F_FFFF == UInt(X509_R_KEY_VALUES_MISMATCH) || last & 0x7F_FFFF == UInt(X509_R_KEY_TYPE_MISMATCH)
  }

  private static func failure(_ code: TLSError.Code, _ sentence: String) -> TLSError {
    let reason = unsafe ERR_reason_error_string(ERR_peek_last_error())
    ERR_clear_error()
    guard let reason = unsafe reason else { return TLSError(code: code, description: sentence) }
    return TLSError(code: code, description: unsafe "\(sentence) (\(String(cString: reason)))")
  }
}
