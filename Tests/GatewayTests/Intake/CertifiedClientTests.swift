import Core
import Testing

@testable import Gateway

@Suite("Clients that are known by a certificate") struct CertifiedClientTests {
  private static func clients(_ subjects: [String]) throws -> Clients {
    var settings = Settings()
    settings.domains = [Settings.Domain(name: "a")]
    settings.auth.tokens = try subjects.map {
      var token = Settings.Token(name: $0.filter(\.isLetter))
      let subject: ClientSubject = try #require(ClientSubject($0))
      token.subject = subject
      return token
    }
    return Clients(settings)
  }

  @Test("of several entries that a certificate's names match the first counts, in whatever order it has them")
  func order() throws {
    let clients = try Self.clients(["dns:b.example", "CN=a", "uri:x:c"])
    let names = try ["CN=a", "dns:other", "uri:x:c", "dns:b.example"].map { try #require(ClientSubject($0)) }
    #expect(clients.hasSubjects)
    #expect(clients.client(named: names)?.name == "dnsbexample")
    #expect(clients.client(named: Array(names[..<3]))?.name == "CNa")
    #expect(clients.client(named: [names[1]]) == nil)
    #expect(clients.client(named: []) == nil)
    #expect(try !Self.clients([]).hasSubjects)
  }
}
