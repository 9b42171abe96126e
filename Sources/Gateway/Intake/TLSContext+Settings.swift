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
  var sentence: String { problem.description }

  var problem: SettingsProblem {
    let (key, mend) =
      switch code {
      case .certificate: ("certificate", "name a PEM file that this user may read, the chain included")
      case .key: ("key", "name the certificate's own PEM key, readable for this user")
      case .clientAuthority: ("client_ca", "name a PEM file of authorities that this user may read")
      case .library: ("certificate", "free memory and try again")
      }
    return SettingsProblem(nil, "http.tls.\(key)", description, mend: mend)
  }
}
