import Fakes
import HTTPClient
import Testing

@Suite("HTTPClient: TLS and HTTP/2")
struct TLSTests {
  private let authority: TestAuthority

  init() throws { authority = try TestAuthority() }

  @Test("where a server offers HTTP/2, calls share a connection up to a cap, and it is kept")
  func multiplexing() throws {
    let sink = try TLSSink(authority.issue("localhost"))
    let client = try HTTPClient.make {
      $0.caFile = authority.file
      $0.maxConnectionsPerHost = 100
    }
    func call(_ count: UInt64) -> Bool {
      for token in 0..<count { client.start(HTTPRequest("POST", sink.url, body: "{}"), token: token) }
      let done = client.finish()
      return done.count == count && done.values.allSatisfy { $0.result.response?.status == 200 }
    }
    #expect(call(1) && call(64))
    #expect(waitUntil { sink.calls.count == 65 })
    #expect(sink.calls.allSatisfy { $0.version == "HTTP/2.0" })
    #expect(Set(sink.calls.map(\.connection)).count == 1)
    // nginx would take 128 on one. A client that is slow beside it may find that early calls have ended before the last begin.
    var sent = 65
    let isCapped = (0..<20).contains { _ in
      sent += 100
      return call(100) && waitUntil { sink.calls.count == sent } && Set(sink.calls.map(\.connection)).count > 1
    }
    #expect(isCapped)
  }

  @Test("a request's own authority counts in place of the client's, and theirs in turn")
  func ownAuthority() throws {
    let other = try TestAuthority()
    let sinks = try [TLSSink(authority.issue("localhost")), TLSSink(other.issue("localhost"))]
    let client = try HTTPClient.make { $0.caFile = authority.file }
    for _ in 0..<2 {
      var request = HTTPRequest("POST", sinks[1].url)
      #expect(client.run(request)?.code == .tls)
      request.caFile = other.file
      #expect(client.run(request)?.response?.status == 200)
      #expect(client.run(HTTPRequest("POST", sinks[0].url))?.response?.status == 200)
      // The kept connection was made with other authorities and is not taken.
      request.url = sinks[0].url
      #expect(client.run(request)?.code == .tls)
    }
  }

  @Test("a certificate that does not hold is refused, and the sentence says what is wrong with it")
  func refusals() throws {
    let client = try HTTPClient.make { $0.caFile = authority.file }
    let unknown = try TestAuthority()
    let cases = [
      (try authority.issue("other.example"), "the server's certificate is for another host name"),
      (try unknown.issue("localhost"), "the server's certificate is signed by an unknown authority"),
      (try authority.issue("localhost", days: -1), "the server's certificate has expired"),
    ]
    for (certificate, sentence) in cases {
      let sink = try TLSSink(certificate)
      let error = client.run(HTTPRequest("POST", sink.url))?.error
      #expect(error?.code == .tls && error?.isRetryable == true)
      #expect(error?.description == sentence)
      #expect(sink.calls.isEmpty)
    }
  }

  @Test("a redirect is an answer; nobody goes where it points")
  func redirect() throws {
    let sink = try TLSSink(authority.issue("localhost"))
    let client = try HTTPClient.make { $0.caFile = authority.file }
    #expect(client.run(HTTPRequest("POST", sink.url + "moved"))?.response?.status == 302)
    #expect(waitUntil { sink.calls.map(\.path) == ["/moved"] })
  }
}
