import Fakes
import HTTPClient
import Platform
import Testing

/// Many requests at a time, kept connections, waiting and waking.
@Suite struct PollTests {
  @Test("a hundred requests one after another use one connection")
  func reuse() throws {
    let server = try FakeHTTPServer { FakeResponse(text: $0.text) }
    let client = try HTTPClient.make()
    for number in 0..<100 {
      let response = client.run(HTTPRequest("POST", "\(server.url)/\(number % 3)", body: "\(number)"))?.response
      #expect(response?.body == Array("\(number)".utf8))
    }
    #expect(server.requestCount == 100)
    #expect(server.connectionCount == 1)
  }

  @Test("many requests run at a time, each with its own answer, over no more connections than allowed")
  func concurrency() throws {
    let server = try FakeHTTPServer { FakeResponse(headers: [("X-Token", $0.text)], text: $0.text) }
    let client = try HTTPClient.make { $0.maxConnectionsPerHost = 8 }
    for round in 0..<3 {
      for token in 0..<100 {
        client.start(HTTPRequest("POST", server.url, body: "\(round) \(token)"), token: UInt64(token))
      }
      #expect(client.inFlight == 100)
      let done = client.finish()
      #expect(done.count == 100)
      for (token, completion) in done {
        #expect(completion.result.response?.body == Array("\(round) \(token)".utf8))
        #expect(completion.result.response?.header("x-token") == "\(round) \(token)")
      }
    }
    #expect(server.requestCount == 300)
    #expect((2...8).contains(server.connectionCount))
  }

  @Test("a slow answer holds up nobody else")
  func slowOne() throws {
    let server = try FakeHTTPServer { $0.path == "/slow" ? .hang : FakeResponse(text: "quick") }
    let client = try HTTPClient.make()
    client.start(HTTPRequest("GET", "\(server.url)/slow"), token: 0)
    for token in 1...20 { client.start(HTTPRequest("GET", server.url), token: UInt64(token)) }
    var done: Set<UInt64> = []
    #expect(
      waitUntil {
        done.formUnion(client.poll(timeout: .milliseconds(100)).map(\.token))
        return done.count == 20
      })
    #expect(!done.contains(0))
    #expect(client.inFlight == 1)
  }

  @Test("poll waits out its timeout when there is nothing to do")
  func idle() throws {
    let client = try HTTPClient.make()
    let start = ContinuousClock.now
    #expect(client.poll(timeout: .milliseconds(50)).isEmpty)
    #expect(start.duration(to: .now) >= .milliseconds(49))
  }

  @Test("a wake from another thread ends poll, before or during the wait")
  func wake() throws {
    let client = try HTTPClient.make()
    let waker = client.waker
    waker.wake()
    let start = ContinuousClock.now
    #expect(client.poll(timeout: .seconds(30)).isEmpty)
    let thread = NamedThread("waker") { waker.wake() }
    #expect(client.poll(timeout: .seconds(30)).isEmpty)
    thread.join()
    #expect(start.duration(to: .now) < .seconds(20))
  }

  @Test("a waker outlives its client")
  func wakeAfterTheEnd() throws {
    let waker = try HTTPClient.make().waker
    waker.wake()
    #expect(try HTTPClient.make().poll(timeout: .zero).isEmpty)
  }

  @Test("cancelled requests never complete, and the client goes on")
  func cancel() throws {
    let server = try FakeHTTPServer { $0.path == "/hang" ? .hang : FakeResponse() }
    let client = try HTTPClient.make()
    for token in UInt64(0)..<5 { client.start(HTTPRequest("GET", "\(server.url)/hang"), token: token) }
    #expect(client.poll(timeout: .milliseconds(10)).isEmpty)
    client.cancelAll()
    #expect(client.inFlight == 0)
    #expect(client.poll(timeout: .milliseconds(10)).isEmpty)
    #expect(client.run(HTTPRequest("GET", server.url))?.response?.status == 200)
  }

  @Test("a client with requests in flight can be dropped")
  func drop() throws {
    let server = try FakeHTTPServer { _ in .hang }
    var client: HTTPClient? = try HTTPClient.make()
    client?.start(HTTPRequest("GET", server.url), token: 1)
    #expect(client?.poll(timeout: .milliseconds(50)).isEmpty == true)
    client = nil
    #expect(waitUntil { server.openConnections == 0 })
  }
}
