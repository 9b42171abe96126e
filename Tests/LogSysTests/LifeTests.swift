import Fakes
import LogSys
import Testing

/// Many calls, closing, cancelling, the program-wide functions.
@Suite struct LifeTests {
  @Test("many calls at a time each get their own receipt, over few connections")
  func many() async throws {
    let gateway = try FakeGateway()
    let client = try gateway.client()
    let ids = try await withThrowingTaskGroup(of: String.self) { group in
      for number in 0..<300 { group.addTask { try await client.log(1, "f", "event \(number)").id } }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(ids.count == 300)
    #expect(Set(gateway.taken.keys) == ids)
    #expect(gateway.server.connectionCount <= LogSystem.Limits().requests)
    await client.close()
  }

  @Test("one call more than may wait is busy, and not sent")
  func busy() async throws {
    let gateway = try FakeGateway()
    var limits = LogSystem.Limits()
    limits.waitingCalls = 2
    let client = try gateway.client(limits)
    gateway.failNext([.hang, .hang])
    let waiting = (0..<2).map { _ in Task { await failure { try await client.log(1, "f", "m") } } }
    #expect(await aside { gateway.server.waitForRequests(2) })
    #expect(await failure { try await client.log(1, "f", "m") }?.code == .busy)
    for task in waiting { task.cancel() }
    for task in waiting { #expect(await task.value?.code == .cancelled) }
    #expect(try await client.log(1, "f", "m").stored == .spool)
    await client.close()
  }

  @Test("close waits for what is under way and refuses what comes later")
  func close() async throws {
    let gateway = try FakeGateway()
    let client = try gateway.client()
    gateway.failNext([FakeResponse(status: 503).delayed(.milliseconds(100))])
    let call = Task { try await client.log(1, "f", "m") }
    #expect(await aside { gateway.server.waitForRequests(1) })
    await client.close()
    #expect(try await call.value.stored == .spool)
    #expect(await failure { try await client.log(1, "f", "m") }?.code == .closed)
    await client.close()
  }

  @Test("close gives up after five seconds, and the call knows")
  func closeGivesUp() async throws {
    let gateway = try FakeGateway()
    let client = try gateway.client()
    gateway.failNext([.hang])
    let call = Task { await failure { try await client.log(1, "f", "m") } }
    #expect(await aside { gateway.server.waitForRequests(1) })
    let start = ContinuousClock.now
    await client.close()
    let taken = start.duration(to: .now)
    #expect(taken >= .seconds(5) && taken < .seconds(9))
    #expect(await call.value?.code == .closed)
  }

  @Test("a client that is dropped unclosed ends its thread and connections")
  func dropped() async throws {
    let gateway = try FakeGateway()
    var client: LogSystem? = try gateway.client()
    try await client?.log(1, "f", "m")
    client = nil
    #expect(await aside { waitUntil { gateway.server.openConnections == 0 } })
  }

  @Test("a gateway that comes up later gets the event")
  func lateGateway() async throws {
    let port = try freePort()
    let client = try LogSystem(url: "http://127.0.0.1:\(port)/", programName: "p")
    let call = Task { try await client.log(1, "f", "m") }
    let accepted = JSONValue.object(["id": "i", "status": "accepted", "stored": "none"])
    let server = try FakeHTTPServer(port: port) { _ in FakeResponse(status: 202, json: accepted) }
    #expect(try await call.value.stored == .none)
    await client.close()
    server.stop()
  }

  @Test("the program-wide functions work once set up, and say so before and after")
  func shared() async throws {
    #expect(await failure { try await logsys(1, "f", "m") }?.code == .invalid)
    let gateway = try FakeGateway()
    try await initLogsys(programName: "api_server", url: gateway.server.url)
    try await logsys(11, "order_status", "訂單已出貨", "訂單號: 7", hashValue: "abc")
    try await initLogsys(programName: "scheduler", url: gateway.server.url)
    try await logsys(.monitor, "m", "")
    #expect(gateway.server.requests.map { $0.json?["program_name"] } == ["api_server", "scheduler"])
    #expect(gateway.server.requests[0].json?["domain"] == nil)
    await closeLogsys()
    #expect(await failure { try await logsys(1, "f", "m") }?.code == .invalid)
  }
}
