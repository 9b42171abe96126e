import Fakes
import HTTPClient
import Testing

/// Servers that are absent, slow, too generous or out of their mind.
@Suite struct FaultTests {
  @Test("nobody listening is a connect failure, an unknown host a resolve failure")
  func absent() throws {
    let client = try HTTPClient.make()
    #expect(client.run(HTTPRequest("GET", "http://127.0.0.1:\(try freePort())/"))?.code == .connect)
    #expect(client.run(HTTPRequest("GET", "http://no-such-host.invalid/"))?.code == .resolve)
  }

  @Test(
    "an answer that does not end within the timeout is a timeout",
    arguments: [
      FakeResponse.hang, FakeResponse(text: "slow").delayed(.seconds(60)),
      FakeResponse(text: "drip drip drip").in(.drip(every: .milliseconds(200))),
    ])
  func timeouts(response: FakeResponse) throws {
    let server = try FakeHTTPServer { _ in response }
    var request = HTTPRequest("GET", server.url)
    request.timeout = .milliseconds(300)
    let client = try HTTPClient.make()
    client.start(request, token: 1)
    let completion = try #require(client.finish()[1])
    #expect(completion.result.code == .timeout)
    #expect(completion.duration >= .milliseconds(299))
  }

  @Test(
    "a body is kept up to 64 KiB, and what is longer is an answer all the same",
    arguments: [0, 1, 3_000_000], [FakeResponse.Manner.plain, .chunked])
  func cap(excess: Int, manner: FakeResponse.Manner) throws {
    let body = [UInt8](repeating: 7, count: HTTPClient.maxResponseBytes + excess)
    let server = try FakeHTTPServer { _ in FakeResponse(status: 201, body: body).in(manner) }
    let client = try HTTPClient.make()
    let response = try #require(client.run(HTTPRequest("GET", server.url))?.response)
    #expect(response.status == 201)
    #expect(response.body == Array(body.prefix(HTTPClient.maxResponseBytes)))
    server.respond { _ in FakeResponse(text: "next") }
    #expect(client.run(HTTPRequest("GET", server.url))?.response?.body == Array("next".utf8))
    // The rest of a cut body is never read: its connection is not used again.
    #expect(server.connectionCount == (excess == 0 ? 1 : 2))
  }

  @Test("a client may have a cap of its own", arguments: [10, HTTPClient.maxResponseBytes + 1000])
  func ownCap(_ cap: Int) throws {
    let server = try FakeHTTPServer { _ in .endless }
    let response = try #require(
      try HTTPClient.make { $0.maxResponseBytes = cap }.run(HTTPRequest("GET", server.url))?.response)
    #expect(response.body.count == cap)
  }

  @Test("an endless body ends at the cap, an oversized head is no answer")
  func endless() throws {
    let client = try HTTPClient.make()
    let server = try FakeHTTPServer { _ in .endless }
    let response = try #require(client.run(HTTPRequest("GET", server.url))?.response)
    #expect(response.status == 200 && response.body.count == HTTPClient.maxResponseBytes)
    server.respond { _ in
      FakeResponse(headers: (0..<40).map { ("X-\($0)", String(repeating: "v", count: 1000)) }, text: "x")
    }
    #expect(client.run(HTTPRequest("GET", server.url))?.code == .responseTooLarge)
    server.respond { _ in FakeResponse(text: "well again") }
    #expect(client.run(HTTPRequest("GET", server.url))?.response?.body == Array("well again".utf8))
  }

  @Test(
    "a connection that ends too soon is a disconnection",
    arguments: [FakeResponse.closeWithoutAnswer, .reset, FakeResponse(text: "half of this").in(.truncated)])
  func disconnections(response: FakeResponse) throws {
    let server = try FakeHTTPServer { _ in response }
    #expect(try HTTPClient.make().run(HTTPRequest("POST", server.url, body: "x"))?.code == .disconnected)
  }

  @Test("bytes that are no HTTP are an error that may be tried again")
  func garbage() throws {
    let server = try FakeHTTPServer { _ in .garbage }
    let error = try #require(try HTTPClient.make().run(HTTPRequest("GET", server.url))?.error)
    #expect(error.isRetryable)
    #expect(error.description == "the answer is not HTTP")
  }

  @Test("a server without TLS is a TLS failure on an https URL")
  func tls() throws {
    let server = try FakeHTTPServer { _ in .garbage }
    #expect(try HTTPClient.make().run(HTTPRequest("GET", "https://127.0.0.1:\(server.port)/"))?.code == .tls)
  }

  @Test("a request on a kept connection that dies without a byte is sent again on a new one")
  func staleConnection() throws {
    let server = try FakeHTTPServer()
    let client = try HTTPClient.make()
    #expect(client.run(HTTPRequest("POST", server.url, body: "1"))?.response?.status == 200)
    server.dropConnections()
    #expect(waitUntil { server.openConnections == 0 })
    #expect(client.run(HTTPRequest("POST", server.url, body: "2"))?.response?.status == 200)
    #expect(server.connectionCount == 2)
    server.respond { $0.connection < 2 ? .closeWithoutAnswer : FakeResponse(status: 202) }
    #expect(client.run(HTTPRequest("POST", server.url, body: "3"))?.response?.status == 202)
    #expect(server.requests.map(\.text) == ["1", "2", "3", "3"])
  }
}
