import Fakes
import HTTPClient
import Testing

/// Requests that are never sent, and errors that show no secret.
@Suite struct RefusalTests {
  @Test(
    "a header that would begin another is refused before a byte is sent",
    arguments: [
      ("X-API-Key", "k\r\nX-Evil: 1"), ("X-API-Key", "k\n"), ("X-API-Key", "k\u{0}"), ("X-API-Key", "\rk"),
      ("X\r\n", "v"), ("X:", "v"), ("", "v"), ("X Y", "v"), ("Ключ", "v"), ("Content-Length", "0"),
      ("transfer-encoding", "chunked"),
    ])
  func headers(name: String, value: String) throws {
    let server = try FakeHTTPServer()
    let client = try HTTPClient.make()
    var request = HTTPRequest(url: server.url)
    request.headers = [(name, value)]
    client.start(request, token: 7)
    #expect(client.inFlight == 1)
    let completion = try #require(client.poll(timeout: .seconds(10)).first)
    #expect(completion.token == 7)
    #expect(completion.result.code == .invalidRequest)
    #expect(completion.result.error?.isRetryable == false)
    #expect(client.inFlight == 0)
    #expect(server.connectionCount == 0)
  }

  @Test(
    "a URL that is not plain http or https is refused",
    arguments: [
      "", "file:///etc/passwd", "ftp://127.0.0.1/", "127.0.0.1:80", "http:/x", "http://127.0.0.1/\r\nX: 1",
      "http://127.0.0.1/a b", "http://127.0.0.1/\u{0}", "http://[::1", "http://127.0.0.1:99999/", "http://",
    ])
  func urls(url: String) throws {
    #expect(try HTTPClient.make().run(HTTPRequest("GET", url))?.code == .invalidRequest)
  }

  @Test("a method that is no token, or a GET with a body, is refused", arguments: ["", "GE T", "POST\r\n", "GET"])
  func methods(method: String) throws {
    let request = HTTPRequest(method, "http://127.0.0.1:1/", body: "x")
    #expect(try HTTPClient.make().run(request)?.code == .invalidRequest)
  }

  @Test("http:// is refused where only https is allowed")
  func plain() throws {
    let client = try HTTPClient.make { $0.allowsPlainHTTP = false }
    #expect(client.run(HTTPRequest("GET", "http://127.0.0.1:1/"))?.code == .invalidRequest)
  }

  @Test(
    "no error says the token that its URL holds",
    arguments: [
      "http://127.0.0.1:1/botSECRET/x", "http://SECRET.invalid/", "nothing://SECRET/", "http://SECRET:SECRET@[/",
      "http://127.0.0.1:99999/botSECRET", "https://127.0.0.1:1/botSECRET",
    ])
  func secrets(url: String) throws {
    let error = try #require(try HTTPClient.make().run(HTTPRequest("GET", url))?.error)
    #expect(!"\(error)".contains("SECRET"))
    #expect(!error.description.isEmpty)
  }

  @Test("what exceeds the limit of requests in flight fails at once, the rest does not")
  func tooMany() throws {
    let client = try HTTPClient.make()
    let request = HTTPRequest("GET", "http://127.0.0.1:1/")
    for token in 0...UInt64(HTTPClient.maxInFlight) { client.start(request, token: token) }
    let done = client.finish(within: .seconds(30))
    #expect(done.count == HTTPClient.maxInFlight + 1)
    #expect(done[UInt64(HTTPClient.maxInFlight)]?.result.code == .other)
    #expect(done.values.count { $0.result.code == .connect } == HTTPClient.maxInFlight)
  }
}
