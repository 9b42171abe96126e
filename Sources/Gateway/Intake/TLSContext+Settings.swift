import Core
import TLS

extension TLSContext {
  /// What the listeners speak over TLS, the preferred first.
  private static let protocols = ["h2", "http/1.1"]

  /// `nil` where the settings ask for no TLS.
  convenience init?(_ settings: Settings.TLS) throws(TLSError) {
    guard let certificate = settings.certificate, let key = settings.key else { return nil }
    try self.init(
      Options(
        certificate: certificate, key: key, clientAuthority: settings.authority, protocols: Self.protocols))
  }
}

extension TLSError {
  /// The key of the settings, the problem, the mend.
  var sentence: String {
    switch code {
    case .certificate:
      "http.tls.certificate: \(description); name a PEM file that this user may read, the chain included"
    case .key: "http.tls.key: \(description); name the certificate's own PEM key, readable for this user"
    case .clientAuthority: "http.tls.client_ca: \(description); name a PEM file of authorities that this user may read"
    case .library: "http.tls.certificate: \(description); free memory and try again"
    }
  }
}
