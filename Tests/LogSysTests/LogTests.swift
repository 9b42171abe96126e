import Fakes
import LogSys
import Testing

/// One call: what is sent, what comes back, what is tried again.
@Suite struct LogTests {
  @Test("an event goes out whole and its receipt comes back")
  func event() async throws {
    let gateway = try FakeGateway()
    let client = try gateway.client(token: "T0KEN")
    let receipt = try await client.log(
      .error, "payment_failed", "支付失敗\n\"x\"", ["order": 7, "tries": 2], hashValue: "h")
    #expect(receipt.stored == .spool)
    #expect(receipt.routes == ["logbeacon"])
    #expect(!receipt.isDuplicate)

    let request = try #require(gateway.server.requests.first)
    #expect(request.path == "/log")
    #expect(request.headers["content-type"] == "application/json")
    #expect(request.headers["authorization"] == "Bearer T0KEN")
    let event = try #require(request.json?.object)
    #expect(
      event.keys.sorted() == [
        "def_name", "domain", "extra_info", "hash_value", "id", "level", "message", "program_name", "timestamp",
      ])
    #expect(event["id"] == .string(receipt.id))
    #expect(event["level"] == 9)
    #expect(event["message"] == "支付失敗\n\"x\"")
    #expect(event["extra_info"] == ["order": 7, "tries": 2])
    #expect(event["program_name"] == "tests")
    #expect(event["domain"] == "a.example")
    #expect(receipt.id.count == 36 && receipt.id.dropFirst(14).first == "7")
    await client.close()
  }

  @Test(
    "what may pass is tried again under the same id and delivered once",
    arguments: [
      FakeResponse(status: 503, headers: [("Retry-After", "0")]), FakeResponse(status: 429), FakeResponse(status: 408),
      FakeResponse(status: 500), .closeWithoutAnswer, .reset, .garbage,
    ], [false, true])
  func retries(failure: FakeResponse, takesEvent: Bool) async throws {
    let gateway = try FakeGateway()
    gateway.failNext([failure, failure], takesEvent: takesEvent)
    let client = try gateway.client()
    let receipt = try await client.log(1, "f", "m")
    #expect(receipt.isDuplicate == takesEvent)
    #expect(gateway.taken.keys.sorted() == [receipt.id])
    #expect(gateway.server.requestCount >= 3)
    #expect(Set(gateway.server.requests.map(\.body)).count == 1)
    await client.close()
  }

  @Test("a Retry-After is waited out")
  func retryAfter() async throws {
    let gateway = try FakeGateway()
    gateway.failNext([FakeResponse(status: 503, headers: [("Retry-After", "1")])])
    let client = try gateway.client()
    try await client.log(1, "f", "m")
    let arrivals = gateway.server.requests.map(\.arrival)
    #expect(arrivals[1] - arrivals[0] >= 1_000_000_000)
    await client.close()
  }

  @Test("a Retry-After beyond the call's time ends the call at once")
  func hopelessRetryAfter() async throws {
    let gateway = try FakeGateway()
    gateway.failNext([FakeResponse(status: 503, headers: [("Retry-After", "3600")])])
    let client = try gateway.client()
    let error = try #require(await failure { try await client.log(1, "f", "m") })
    #expect(error.code == .unavailable)
    #expect(error.status == 503)
    #expect(error.isRetryable)
    #expect(gateway.server.requestCount == 1)
    await client.close()
  }

  @Test("an invalid event is refused once, and the error names the field")
  func refused() async throws {
    let gateway = try FakeGateway()
    let client = try gateway.client()
    let error = try #require(await failure { try await client.log(1, "", "m") })
    #expect(error.code == .refused)
    #expect(error.status == 422)
    #expect(error.description.contains("def_name: must not be empty"))
    #expect(!error.isRetryable)
    #expect(gateway.server.requestCount == 1)
    await client.close()
  }

  @Test(
    "a 2xx that is not a gateway's is no receipt",
    arguments: [
      FakeResponse(status: 200, text: "<html>Welcome</html>"), FakeResponse(status: 204),
      FakeResponse(status: 202, json: ["status": "accepted"]),
      FakeResponse(status: 200, json: ["id": "x", "status": "accepted", "stored": "spool"]),
    ])
  func strangers(answer: FakeResponse) async throws {
    let gateway = try FakeGateway()
    gateway.failNext([answer])
    let client = try gateway.client()
    #expect(await failure { try await client.log(1, "f", "m") }?.code == .unreadableAnswer)
    await client.close()
  }

  @Test("attempts and time are bounded")
  func bounds() async throws {
    let gateway = try FakeGateway()
    var limits = LogSystem.Limits()
    limits.attempts = 3
    let client = try gateway.client(limits)
    gateway.failNext(Array(repeating: FakeResponse(status: 500), count: 10))
    #expect(await failure { try await client.log(1, "f", "m") }?.status == 500)
    #expect(gateway.server.requestCount == 3)
    await client.close()

    limits.callTimeout = .milliseconds(200)
    let hasty = try gateway.client(limits)
    gateway.failNext([.hang])
    let error = try #require(await failure { try await hasty.log(1, "f", "m") })
    #expect(error.code == .unavailable)
    #expect(error.status == 0)
    await hasty.close()
  }

  @Test("values that JSON cannot say, and URLs and tokens that cannot work, are invalid")
  func invalid() async throws {
    let gateway = try FakeGateway()
    let client = try gateway.client()
    #expect(await failure { try await client.log(1, "f", "m", Double.nan) }?.code == .invalid)
    for url in ["", "127.0.0.1:8080", "ftp://x"] {
      #expect(throws: LogSystemError.self) { try LogSystem(url: url, programName: "p") }
    }
    #expect(throws: LogSystemError.self) { try LogSystem(programName: "p", token: "a\r\nb") }
    #expect(gateway.server.connectionCount == 0)
    await client.close()
  }
}

/// The error that `call` throws, `nil` if it succeeds.
func failure(_ call: () async throws -> LogReceipt) async -> LogSystemError? {
  do {
    _ = try await call()
    return nil
  } catch {
    return error as? LogSystemError
  }
}
