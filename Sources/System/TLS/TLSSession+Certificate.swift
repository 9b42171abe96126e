import COpenSSL
import Core

/// Whom a client's certificate names.
extension TLSSession {
  /// Alternative names that are looked at; an authority signs a handful.
  package static let maxAlternativeNames = 64

  func readCertifiedNames() -> [ClientSubject] {
    guard unsafe SSL_get_verify_result(session) == Int(X509_V_OK),
      let certificate = unsafe SSL_get0_peer_certificate(session)
    else { return [] }
    let subject = unsafe Self.subject(of: certificate).flatMap { DistinguishedName($0) }
    let named: [ClientSubject] = subject.map { [.name($0)] } ?? []
    return unsafe named + Self.alternativeNames(of: certificate)
  }

  /// As `openssl x509 -noout -subject -nameopt RFC2253` prints it, but what is not ASCII as UTF-8; `nil` for want of memory.
  private static func subject(of certificate: OpaquePointer) -> String? {
    guard let buffer = unsafe BIO_new(BIO_s_mem()) else { return nil }
    defer { unsafe BIO_free_all(buffer) }
    guard unsafe X509_NAME_print_ex(buffer, X509_get_subject_name(certificate), 0, cl_name_flags) >= 0 else {
      return nil
    }
    // One byte more than a name that is known may have.
    var text = [UInt8](repeating: 0, count: DistinguishedName.maxBytes + 1)
    let count = unsafe text.withUnsafeMutableBytes { unsafe BIO_read(buffer, $0.baseAddress, Int32($0.count)) }
    return String(validating: text.prefix(Int(max(0, count))), as: UTF8.self)
  }

  /// Hosts and URIs (RFC 5280 §4.2.1.6); what is none is left out.
  private static func alternativeNames(of certificate: OpaquePointer) -> [ClientSubject] {
    guard let extensionValue = unsafe X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
    let list = OpaquePointer(extensionValue)
    defer { unsafe GENERAL_NAMES_free(list) }
    var names: [ClientSubject] = []
    for index in 0..<min(unsafe OPENSSL_sk_num(list), Int32(maxAlternativeNames)) {
      guard let entry = unsafe OPENSSL_sk_value(list, index) else { continue }
      var kind: Int32 = 0
      let value = unsafe GENERAL_NAME_get0_value(entry.assumingMemoryBound(to: GENERAL_NAME.self), &kind)
      guard kind == GEN_DNS || kind == GEN_URI, let value = unsafe value else { continue }
      let text = unsafe Self.text(of: value.assumingMemoryBound(to: ASN1_STRING.self))
      if let name = kind == GEN_DNS ? ClientSubject(host: text) : ClientSubject(uri: text) {
        names.append(name)
      }
    }
    return names
  }

  /// All its bytes: one that is zero is no end, and makes it no name.
  private static func text(of string: UnsafePointer<ASN1_STRING>) -> String {
    let bytes = unsafe UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string)))
    return unsafe String(decoding: bytes, as: UTF8.self)
  }
}
