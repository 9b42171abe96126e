import Fakes
import Foundation
import Testing

/// Clients that a certificate lets in, asked by curl over both protocols.
@Suite(.serialized) struct CertificateAccessTests {
  private static let domains = "domains: [a, b]\nauth:\n  allow_anonymous: false\n  tokens:\n"
  private static let web = #"    - {name: web, subject: "O = Example, cn = web-1", domains: [a]}"# + "\n"
  private static let spiffe = "    - {name: job, subject: \"uri:spiffe://example/job\"}\n"
  private static let token = "    - {name: token, token: bgt_one}\n"

  /// The server's authority, the clients', and what that has signed; made once, since keys take a while.
  private struct Keys: Sendable {
    static let made = Result { try Keys() }
    let authority: TestAuthority
    let clients: TestAuthority
    let web: (certificate: String, key: String)
    let job: (certificate: String, key: String)

    private init() throws {
      (authority, clients) = (try TestAuthority(), try TestAuthority())
      web = try clients.issue("web", subject: "/CN=web-1/O=Example")
      job = try clients.issue("job", alternativeNames: "DNS:job,URI:spiffe://example/job")
    }
  }

  /// A listener, and what its clients show.
  private struct Scene {
    let keys: Keys
    let listener: TLSListener

    init(_ configuration: String) throws {
      keys = try Keys.made.get()
      listener = try TLSListener(keys.authority, clientAuthority: keys.clients, configuration: configuration)
      #expect(listener.waitUntilListening(), "\(listener.gateway.standardError)")
    }

    func post(
      _ domain: String, _ certificate: (certificate: String, key: String), _ more: [String] = []
    ) throws -> String {
      let event = #"{"level":0,"def_name":"f","message":"m","domain":"\#(domain)"}"#
      return try listener.curl(
        "/log", trusting: keys.authority,
        ["--cert", certificate.certificate, "--key", certificate.key, "--json", event] + more)
    }
  }

  @Test("a subject that is known needs no token, and has its domains", arguments: ["--http1.1", "--http2"])
  func subject(version: String) throws {
    let scene = try Scene(Self.domains + Self.web + Self.spiffe + Self.token)
    let bearer = { (token: String) in ["--header", "Authorization: Bearer \(token)", version] }
    #expect(try scene.post("a", scene.keys.web, [version]) == "202")
    #expect(try scene.post("b", scene.keys.web, [version]) == "403")
    #expect(try scene.post("b", scene.keys.job, [version]) == "202")
    // A token goes before the certificate: its domains count, and a wrong one is not made good.
    #expect(try scene.post("b", scene.keys.web, bearer("bgt_one")) == "202")
    #expect(try scene.post("a", scene.keys.web, bearer("bgt_two")) == "401")
    #expect(try scene.post("a", scene.keys.web, ["--header", "Authorization: Basic eA==", version]) == "401")
  }

  @Test("without an entry for it a certificate lets nobody write, and SIGHUP takes one away")
  func revoked() throws {
    let scene = try Scene(Self.domains + Self.web + Self.spiffe)
    #expect(try scene.post("a", scene.keys.web) == "202")
    #expect(try scene.post("a", scene.keys.job) == "202")
    try scene.listener.folder.write(Self.domains + Self.spiffe, to: "b.yaml")
    scene.listener.gateway.kill(SIGHUP)
    #expect(try waitUntil { try scene.post("a", scene.keys.web) == "401" })
    #expect(try scene.post("a", scene.keys.job) == "202")
    #expect(try scene.listener.curl("/health", trusting: scene.keys.authority) == "000")
  }

  @Test("a subject without http.tls.client_ca ends the start with 78, the key and the mend")
  func unasked() throws {
    let folder = try TemporaryDirectory()
    try folder.write(Self.domains + Self.web, to: "b.yaml")
    let gateway = try GatewayProcess(["serve", "--config", folder.file("b.yaml")], folder: folder)
    #expect(gateway.wait() == .code(78))
    #expect(
      gateway.standardError.contains(
        "auth.tokens[0].subject: clients are not asked for a certificate; set http.tls.client_ca, or use a token"))
  }
}
