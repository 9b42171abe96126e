import COpenSSL
import Core
import Fakes
import Testing

@testable import TLS

@Suite("Client certificates") struct ClientCertificateTests {
  private static func line(
    _ certificate: (certificate: String, key: String)?, asks: Bool = true, version: Int32 = TLS1_3_VERSION
  ) throws -> TLSLine {
    let context = try TLSKeys.made.get().context(asks: asks)
    return try TLSLine(context, TLSClient.Wishes(version: version, certificate: certificate))
  }

  @Test(
    "one that the authority has signed is taken, and names its client", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
  func taken(version: Int32) throws {
    let line = try Self.line(try TLSKeys.made.get().client, version: version)
    #expect(line.server.certifiedNames == [])
    #expect(line.shakeHands())
    // The last part of the certificate's name comes first, as RFC 4514 has it.
    let names = [#"UID=7+CN=web-1,OU=時計,O=Ex\, ample"#, "dns:web-1.internal", "uri:spiffe://example/web"]
    #expect(line.server.certifiedNames == names.map { ClientSubject($0) })
  }

  @Test(
    "without one, with one of another authority or one that has expired there is no handshake",
    arguments: [
      TLS1_2_VERSION, TLS1_3_VERSION,
    ])
  func refused(version: Int32) throws {
    let keys = try TLSKeys.made.get()
    let strangers = try TestAuthority()
    defer { withExtendedLifetime(strangers) {} }
    for certificate in [nil, try strangers.issue("client"), try keys.authority.issue("late", days: -1)] {
      let line = try Self.line(certificate, version: version)
      #expect(!line.shakeHands())
      #expect(!line.server.isEstablished)
      #expect(line.server.certifiedNames == [])
    }
  }

  @Test("where none is asked for none is shown, and nobody is named")
  func unasked() throws {
    let line = try Self.line(try TLSKeys.made.get().client, asks: false)
    #expect(line.shakeHands())
    #expect(line.server.certifiedNames == [])
  }

  @Test("of 64 alternative names, not of 65, the last is seen, and what is no host is left out")
  func many() throws {
    let limit = TLSSession.maxAlternativeNames
    let names = (0..<limit).map { "DNS:n\($0).example" } + ["URI:uri:last"]
    let certificate = try TLSKeys.made.get().authority.issue("many", alternativeNames: names.joined(separator: ","))
    let line = try Self.line(certificate)
    #expect(line.shakeHands())
    #expect(line.server.certifiedNames.count == limit + 1)
    #expect(line.server.certifiedNames.last == .host("n\(limit - 1).example"))
    let odd = try TLSKeys.made.get().authority.issue("odd", alternativeNames: "DNS:a b,DNS:c_d")
    let other = try Self.line(odd)
    #expect(other.shakeHands())
    #expect(other.server.certifiedNames == [ClientSubject("CN=odd"), .host("c_d")])
  }
}
