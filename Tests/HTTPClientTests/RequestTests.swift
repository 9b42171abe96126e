import Fakes
import HTTPClient
import Testing

/// What goes over the wire for a request, and what comes back.
@Suite struct RequestTests {
  @Test("a POST carries its headers, its body and nothing that nobody asked for")
  func wire() throws {
    let server = try FakeHTTPServer { _ in
      FakeResponse(status: 201, headers: [("X-New-Key", " abc "), ("X-Empty", "")], text: "done")
    }
    var request = HTTPRequest(url: "\(server.url)/log/?a=b")
    request.headers = [("Content-Type", "application/json"), ("X-API-Key", "k"), ("X-Blank", "")]
    request.body = Array(#"{"a":1}"#.utf8)
    let response = try #require(try HTTPClient.make().run(request)?.response)

    #expect(response.status == 201)
    #expect(response.body == Array("done".utf8))
    #expect(response.header("x-new-key") == "abc")
    #expect(response.header("x-empty") == "")
    let sent = try #require(server.requests.first)
    #expect(sent.method == "POST")
    #expect(sent.path == "/log/?a=b")
    #expect(sent.text == #"{"a":1}"#)
    #expect(
      sent.headers == [
        "host": "127.0.0.1:\(server.port)", "user-agent": "beacongate/test", "accept": "*/*",
        "content-type": "application/json", "x-api-key": "k", "x-blank": "", "content-length": "7",
      ])
  }

  @Test(
    "each method goes out as it is, on one client in turn",
    arguments: [["GET", "POST", "HEAD", "PUT", "GET", "DELETE", "POST", "PATCH", "GET"]])
  func methods(_ methods: [String]) throws {
    let server = try FakeHTTPServer { FakeResponse(text: "\($0.method) \($0.body.count)") }
    let client = try HTTPClient.make()
    for method in methods {
      let body = method == "GET" || method == "HEAD" ? "" : "12345"
      let response = try #require(client.run(HTTPRequest(method, server.url, body: body))?.response)
      #expect(response.body == Array((method == "HEAD" ? "" : "\(method) \(body.utf8.count)").utf8))
    }
    #expect(server.requests.map(\.method) == methods)
  }

  @Test("bodies from nothing to a megabyte arrive whole", arguments: [0, 1, 250, 65_535, 65_536, 65_537, 1 << 20])
  func bodies(size: Int) throws {
    let server = try FakeHTTPServer { FakeResponse(text: "\($0.body.count)") }
    let client = try HTTPClient.make()
    var request = HTTPRequest(url: server.url)
    request.body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    for _ in 0..<2 { #expect(client.run(request)?.response?.body == Array("\(size)".utf8)) }
    #expect(server.requests.allSatisfy { $0.body == request.body && $0.headers["expect"] == nil })
  }

  @Test("a request's own User-Agent stands in place of the client's, for that request")
  func userAgent() throws {
    let server = try FakeHTTPServer()
    let client = try HTTPClient.make()
    var request = HTTPRequest("GET", server.url)
    request.headers = [("user-agent", "mine")]
    for request in [request, HTTPRequest("GET", server.url)] { #expect(client.run(request)?.response?.status == 200) }
    #expect(server.requests.map { $0.headers["user-agent"] } == ["mine", "beacongate/test"])
  }

  @Test("requests to several URLs take turns on one client, each with its own path and query")
  func paths() throws {
    let server = try FakeHTTPServer { FakeResponse(text: $0.path) }
    let client = try HTTPClient.make()
    for path in ["/a?b=c", "/d%20e", "/a?b=c", "/f/../g", "/d%20e"] {
      let answer = client.run(HTTPRequest("GET", server.url + path))?.response
      #expect(answer?.body == Array((path == "/f/../g" ? "/g" : path).utf8))
    }
  }

  @Test("a hundred headers arrive, and the next request has only its own")
  func headers() throws {
    let server = try FakeHTTPServer()
    let client = try HTTPClient.make()
    var request = HTTPRequest("GET", server.url)
    request.headers = (0..<100).map { ("X-\($0)", String(repeating: "v", count: $0)) }
    #expect(client.run(request)?.response?.status == 200)
    #expect(client.run(HTTPRequest("GET", server.url))?.response?.status == 200)
    #expect((0..<100).allSatisfy { server.requests[0].headers["x-\($0)"] == String(repeating: "v", count: $0) })
    #expect(server.requests[1].headers.keys.sorted() == ["accept", "host", "user-agent"])
  }

  @Test(
    "answers in chunks, of every status, and without a body are answers", arguments: [200, 204, 302, 404, 429, 503])
  func statuses(status: Int) throws {
    let text = String(repeating: "x", count: status == 204 ? 0 : 3000)
    let server = try FakeHTTPServer { _ in
      FakeResponse(status: status, text: text).in(status == 204 ? .plain : .chunked)
    }
    let response = try #require(try HTTPClient.make().run(HTTPRequest("GET", server.url))?.response)
    #expect(response.status == status)
    #expect(response.body.count == text.utf8.count)
  }

  @Test("a redirect is an answer and is not followed")
  func redirect() throws {
    let server = try FakeHTTPServer { _ in .redirect(to: "/elsewhere") }
    let response = try HTTPClient.make().run(HTTPRequest("GET", server.url))?.response
    #expect(response?.status == 302)
    #expect(response?.header("location") == "/elsewhere")
    #expect(server.requestCount == 1)
  }
}
