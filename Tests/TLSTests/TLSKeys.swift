import Fakes
import TLS

/// A server's certificate and a client's, made once, since keys take a while.
struct TLSKeys: Sendable {
  static let made = Result { try TLSKeys() }

  let authority: TestAuthority
  let server: (certificate: String, key: String)
  let client: (certificate: String, key: String)

  private init() throws {
    authority = try TestAuthority()
    server = try authority.issue("server")
    client = try authority.issue(
      "client", subject: "/O=Ex, ample/OU=時計/CN=web-1+UID=7",
      alternativeNames: "DNS:Web-1.Internal,URI:spiffe://example/web,email:a@b.example,IP:192.0.2.7")
  }

  /// `asks`: clients must show a certificate.
  func context(asks: Bool = false) throws -> TLSContext {
    try TLSContext(
      TLSContext.Options(
        certificate: server.certificate, key: server.key, clientAuthority: asks ? authority.file : nil,
        protocols: ["h2", "http/1.1"]))
  }
}
