import Glibc

/// Where the system keeps the certificate authorities that it trusts. rabbitmq-c 0.11 has no way to ask OpenSSL for them.
enum SystemAuthorities {
  private static let places = [
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
  ]

  static var file: String? { places.first { unsafe access($0, R_OK) == 0 } }
}
