import COpenSSL

/// The client's side of a TLS connection in memory: bytes go in and out as the test moves them.
@safe final class TLSClient {
  /// What a client asks for, and what it shows.
  struct Wishes {
    var protocols: [String] = []
    var version = TLS1_3_VERSION
    var certificate: (certificate: String, key: String)?
  }

  enum Received: Equatable {
    case bytes([UInt8])
    /// The server has said that nothing more will come.
    case closed
    case nothing
    case failed
  }

  private let context: OpaquePointer
  private let session: OpaquePointer
  private let incoming: OpaquePointer
  private let outgoing: OpaquePointer

  struct Unusable: Error {}

  /// Verifies nothing: that is the business of clients' own tests.
  init(_ wishes: Wishes = Wishes()) throws {
    guard let context = unsafe SSL_CTX_new(TLS_client_method()), let session = unsafe SSL_new(context),
      let incoming = unsafe BIO_new(BIO_s_mem()), let outgoing = unsafe BIO_new(BIO_s_mem())
    else { throw Unusable() }
    unsafe (self.context, self.session, self.incoming, self.outgoing) = (context, session, incoming, outgoing)
    // An empty buffer is one that waits for more, not an end.
    unsafe BIO_ctrl(incoming, BIO_C_SET_BUF_MEM_EOF_RETURN, -1, nil)
    unsafe SSL_set_bio(session, incoming, outgoing)
    unsafe SSL_set_connect_state(session)
    // Versions that the system's settings rule out are offered all the same.
    unsafe SSL_set_security_level(session, 0)
    unsafe SSL_set_cipher_list(session, "ALL:@SECLEVEL=0")
    for limit in [SSL_CTRL_SET_MIN_PROTO_VERSION, SSL_CTRL_SET_MAX_PROTO_VERSION] {
      unsafe SSL_ctrl(session, limit, Int(wishes.version), nil)
    }
    let wire = wishes.protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
    if !wire.isEmpty { unsafe SSL_set_alpn_protos(session, wire, UInt32(wire.count)) }
    if let files = wishes.certificate {
      guard unsafe SSL_use_certificate_file(session, files.certificate, SSL_FILETYPE_PEM) == 1,
        unsafe SSL_use_PrivateKey_file(session, files.key, SSL_FILETYPE_PEM) == 1
      else { throw Unusable() }
    }
  }

  deinit {
    unsafe SSL_free(session)
    unsafe SSL_CTX_free(context)
  }

  var isEstablished: Bool { unsafe SSL_get_state(session) == TLS_ST_OK }

  /// Goes on with the handshake; false once it has failed.
  func shakeHands() -> Bool {
    ERR_clear_error()
    let result = unsafe SSL_do_handshake(session)
    return unsafe result == 1 || SSL_get_error(session, result) == SSL_ERROR_WANT_READ
  }

  func send(_ bytes: [UInt8]) {
    ERR_clear_error()
    _ = unsafe SSL_write(session, bytes, Int32(bytes.count))
  }

  func sayGoodbye() { _ = unsafe SSL_shutdown(session) }

  func receive() -> Received {
    var bytes = [UInt8](repeating: 0, count: 32 << 10)
    ERR_clear_error()
    let result = unsafe SSL_read(session, &bytes, Int32(bytes.count))
    if result > 0 { return .bytes(Array(bytes[..<Int(result)])) }
    switch unsafe SSL_get_error(session, result) {
    case SSL_ERROR_WANT_READ: return .nothing
    case SSL_ERROR_ZERO_RETURN: return .closed
    default: return .failed
    }
  }

  /// Hands over what has come from the server.
  func take(_ bytes: [UInt8]) { _ = unsafe BIO_write(incoming, bytes, Int32(bytes.count)) }

  /// What is for the server.
  func takeOutgoing() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 256 << 10)
    let count = unsafe BIO_read(outgoing, &bytes, Int32(bytes.count))
    return Array(bytes[..<Int(max(0, count))])
  }
}
