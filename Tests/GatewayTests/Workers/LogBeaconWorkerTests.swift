import Core
import Fakes
import Foundation
import Gateway
import Testing

@Suite("The LogBeacon worker")
struct LogBeaconWorkerTests {
  private let bench: WorkerBench
  private let beacon: FakeLogBeacon
  private let pair = FakeLogBeacon.Pair(domain: "shop.example", program: "api")

  init() throws {
    bench = try WorkerBench(.logbeacon)
    beacon = try FakeLogBeacon()
  }

  private func start(_ change: (inout Settings) -> Void = { _ in }) throws {
    try bench.start(
      bench.settings { settings in
        settings.logbeacon.url = .set(beacon.url)
        change(&settings)
      })
  }

  private var keyFile: String { "keys/api_key-shop.example-api-logbeacon.txt" }

  @Test("an event is posted as it was stored, without v, under its id, and its delivery is printed as in the guide")
  func delivery() throws {
    try start()
    bench.publish("e1")
    #expect(bench.queue.wait { $0.delivered == ["e1"] })
    let call = try #require(beacon.calls.first)
    #expect(call.id == "e1")
    #expect(call.key == nil)
    #expect(call.request.method == "POST")
    #expect(call.request.headers["content-type"] == "application/json")
    #expect(call.request.headers["user-agent"] == "beacongate/\(Version.current)")
    #expect(
      call.request.text
        == #"{"id":"e1","timestamp":"2025-01-15T10:30:00.000Z","domain":"shop.example","program_name":"api","#
        + #""level":1,"level_name":"Info","def_name":"pay","message":"支付 e1","extra_info":"訂單","hash_value":"h1"}"#)
    #expect(bench.says("✅ 發送成功 [LogBeacon-Info] pay - 支付 e1 - 附加信息: 訂單\n"))
    #expect(bench.status?.counts.delivered == 1)
    #expect(bench.status?.condition == .delivering)
  }

  @Test("members are renamed and headers added as the settings say")
  func renames() throws {
    try start { settings in
      settings.logbeacon.fields = ["message": "msg", "hash_value": "trace"]
      settings.logbeacon.headers = ["X-Team": Secret("blue")]
    }
    bench.publish("e1")
    #expect(bench.queue.wait { $0.delivered == ["e1"] })
    let call = try #require(beacon.calls.first)
    #expect(call.event["msg"]?.string == "支付 e1")
    #expect(call.event["trace"]?.string == "h1")
    #expect(call.event["message"] == nil && call.event["v"] == nil)
    #expect(call.event.object?.count == 10)
    #expect(call.request.headers["x-team"] == "blue")
  }

  @Test("many events arrive once each over no more connections than the concurrency")
  func many() throws {
    try start { $0.logbeacon.concurrency = 4 }
    for number in 0..<500 { bench.publish("e\(number)", program: "p\(number % 7)") }
    #expect(bench.queue.wait(timeout: .seconds(30)) { $0.delivered.count == 500 })
    #expect(beacon.acceptedIDs.count == 500)
    #expect(beacon.calls.count == 500)
    #expect(beacon.server.connectionCount <= 4)
  }

  @Test("each domain has calls of its own, and a reload changes how many")
  func concurrency() throws {
    let domains = WorkerBench.domains
    beacon.fail { $0.id.hasPrefix("hang") ? .init(.hang) : nil }
    try start { $0.logbeacon.concurrency = 2 }
    for domain in domains { bench.publish("first-\(domain)", domain: domain) }
    #expect(bench.queue.wait { $0.delivered.count == 2 })
    for number in 0..<6 { bench.publish("hang\(number)", program: "p\(number)") }
    #expect(beacon.waitForCalls(4))
    for number in 0..<20 { bench.publish("e\(number)", domain: domains[1]) }
    #expect(bench.queue.wait { $0.delivered.count == 22 })
    #expect(beacon.calls.count { $0.id.hasPrefix("hang") } == 2)
    bench.update(
      bench.settings {
        $0.logbeacon.url = .set(beacon.url)
      } domain: {
        $0.logbeacon.concurrency = $0.name == domains[0] ? 5 : 1
      })
    #expect(beacon.waitForCalls(4 + 20 + 3))
    #expect(Set(beacon.calls.filter { $0.id.hasPrefix("hang") }.map(\.request.connection)).count == 5)
  }

  @Test("a slow worker keeps twice its calls in hand, 32 at least; a reload changes that")
  func sharing() throws {
    let names = WorkerBench.domains.map { QueueName(domain: $0, sink: .logbeacon) }
    try start { $0.logbeacon.concurrency = 20 }
    #expect(
      bench.queue.wait { state in names.map { state.consumers[$0]?.mode } == [.sharing(least: 40), .sharing(least: 40)]
      })
    bench.update(
      bench.settings {
        $0.logbeacon.url = .set(beacon.url)
      } domain: {
        $0.logbeacon.concurrency = $0.name == WorkerBench.domains[0] ? 16 : 100
      })
    #expect(
      bench.queue.wait { state in
        names.map { state.consumers[$0]?.mode } == [.sharing(least: 32), .sharing(least: 200)]
      })
  }

  @Test("a key that an answer brings is stored and used from the next call on", arguments: [true, false])
  func newKey(inHeader: Bool) throws {
    beacon.renewKey("fresh-key", of: pair, in: inHeader ? .header : .field("data.api_key"))
    try start()
    bench.publish("e1")
    #expect(bench.queue.wait { $0.delivered == ["e1"] })
    #expect(bench.folder.read(keyFile) == "fresh-key" || bench.folder.read(keyFile) == "fresh-key\n")
    bench.publish("e2")
    #expect(bench.queue.wait { $0.delivered == ["e1", "e2"] })
    #expect(beacon.calls.map(\.key) == [nil, "fresh-key"])
    #expect(!bench.consoleText.contains("fresh-key"))
  }

  @Test("a 401 that brings a key sends the event again at once, and that is no attempt")
  func keyWithRefusal() throws {
    beacon.renewKey("fresh-key", of: pair, in: .field("new_api_key"), onUnauthorized: true)
    try start { $0.retry.maxAttempts = 1 }
    bench.publish("e1")
    #expect(bench.queue.wait { $0.delivered == ["e1"] })
    #expect(beacon.calls.map(\.status) == [401, 200])
    #expect(bench.queue.state.value.parked.isEmpty)
  }

  @Test("a refused key pauses its pair alone until its file changes; nothing is buried")
  func pausedPair() throws {
    try FileManager.default.createDirectory(atPath: bench.folder.file("keys"), withIntermediateDirectories: true)
    try bench.folder.write("old-key", to: keyFile)
    beacon.requireKey("right-key", of: pair)
    try start { settings in
      settings.retry.maxAttempts = 1
      settings.retry.maxDelay = .seconds(600)
    }
    bench.publish("e1")
    bench.publish("e2")
    bench.publish("f1", program: "web")
    #expect(bench.queue.wait { $0.delivered == ["f1"] && $0.parked.count == 2 })
    #expect(waitUntil { bench.status?.condition == .paused })
    #expect(bench.worker?.snapshot().check.condition == .paused)
    #expect(beacon.calls.count { $0.pair == pair } == 1)
    try bench.folder.write("right-key\n", to: keyFile)
    #expect(bench.queue.wait { Set($0.delivered) == ["f1", "e1", "e2"] })
    #expect(bench.queue.state.value.dead.isEmpty)
    #expect(waitUntil { bench.status?.condition == .delivering })
    #expect(!bench.consoleText.contains("right-key") && !bench.consoleText.contains("old-key"))
  }

  @Test("a key changed by another process is found by the refused call itself")
  func rereadKey() throws {
    try FileManager.default.createDirectory(atPath: bench.folder.file("keys"), withIntermediateDirectories: true)
    try bench.folder.write("old-key", to: keyFile)
    beacon.requireKey("new-key", of: pair)
    try start { $0.retry.maxDelay = .seconds(600) }
    try bench.folder.write("new-key", to: keyFile)
    bench.publish("e1")
    #expect(bench.queue.wait { $0.delivered == ["e1"] })
  }

  @Test("a key file changed from outside is noticed while nothing happens, and the next call carries it")
  func changedWhileIdle() throws {
    try FileManager.default.createDirectory(atPath: bench.folder.file("keys"), withIntermediateDirectories: true)
    try bench.folder.write("old-key", to: keyFile)
    try start()
    bench.publish("e1")
    #expect(bench.queue.wait { $0.delivered == ["e1"] })
    try bench.folder.write("new-key", to: keyFile)
    #expect(bench.says("[金鑰] shop.example_logbeacon 的 api 改用金鑰檔的新內容"))
    bench.publish("e2")
    #expect(bench.queue.wait { $0.delivered == ["e1", "e2"] })
    #expect(beacon.calls.map(\.key) == ["old-key", "new-key"])
  }

  @Test("answers that may pass are retried", arguments: [408, 425, 429, 500, 502, 503, 504])
  func retries(status: Int) throws {
    beacon.failNext(2, with: .init(FakeResponse(status: status, headers: [("Retry-After", "nonsense")])))
    try start()
    bench.publish("e1")
    #expect(bench.queue.wait { $0.delivered == ["e1"] })
    #expect(beacon.calls.map(\.status) == [status, status, 200])
    #expect(bench.queue.state.value.parked.map(\.parking.attempt) == [1, 2])
    #expect(bench.says("❌ 發送失敗 [LogBeacon-Info] pay - 支付 e1 - 附加信息: 訂單 - 原因: HTTP \(status)"))
  }

  @Test("a lost answer and one that is no HTTP are retried under the same id")
  func lostAnswers() throws {
    beacon.failNext(with: .init(.closeWithoutAnswer, takesEvent: true))
    beacon.failNext(with: .init(.garbage))
    try start()
    bench.publish("e1")
    #expect(bench.queue.wait { $0.delivered == ["e1"] })
    #expect(Set(beacon.calls.map(\.id)) == ["e1"])
    #expect(beacon.calls.count >= 3)
  }

  @Test("a 2xx with a body beyond the cap, or without an end, is delivered by one call", arguments: [true, false])
  func longAnswer(isEndless: Bool) throws {
    let long = FakeResponse(body: [UInt8](repeating: 0x61, count: 3_000_000))
    beacon.failNext(with: .init(isEndless ? .endless : long, takesEvent: true))
    try start()
    bench.publish("e1")
    bench.publish("e2")
    #expect(bench.queue.wait { Set($0.delivered) == ["e1", "e2"] })
    #expect(beacon.calls.count == 2)
    #expect(bench.queue.state.value.parked.isEmpty)
  }

  @Test("events that always fail do not hold up those that come later, and are buried after their attempts")
  func fewPoison() throws {
    beacon.fail { $0.id.hasPrefix("bad") ? .init(FakeResponse(status: 500)) : nil }
    try start { $0.retry.maxAttempts = 4 }
    for number in 0..<8 { bench.publish("bad\(number)") }
    #expect(waitUntil { bench.status?.condition == .breakerOpen || bench.queue.state.value.dead.count == 8 })
    for number in 0..<10 { bench.publish("e\(number)") }
    #expect(bench.queue.wait { $0.delivered.count == 10 && $0.dead.count == 8 })
    #expect(bench.queue.state.value.dead.values.allSatisfy { $0.attempt == 4 && $0.reason == .attemptsExhausted })
    #expect((0..<8).allSatisfy { number in beacon.calls.count { $0.id == "bad\(number)" } == 4 })
  }

  @Test("an answer that no retry mends buries the event with what was said, without secrets; others flow")
  func poison() throws {
    beacon.fail { call in
      guard call.id == "bad" else { return nil }
      let said = #"{"error":"no","new_api_key":"leaked-key"}"# + String(repeating: "長", count: 1000)
      return .init(FakeResponse(status: 400, text: said))
    }
    beacon.fail { call in
      call.id == "bad"
        ? .init(FakeResponse(status: 422, text: "no " + String(repeating: "長", count: 1000))) : nil
    }
    try start()
    bench.publish("bad")
    bench.publish("good")
    #expect(bench.queue.wait { $0.delivered == ["good"] && $0.dead["bad"] != nil })
    let note = try #require(bench.queue.state.value.dead["bad"])
    #expect(note.reason == .rejected && note.lastStatus == 422 && note.attempt == 1)
    #expect(note.lastError.hasPrefix("HTTP 422: no 長"))
    #expect(note.lastError.hasSuffix("...(響應過長已截斷)"))
    #expect(note.lastError.unicodeScalars.count < 540)
    #expect(bench.status?.counts.dead == 1)
  }

  @Test("a key in a refusal's text is struck out of line and dead letter")
  func redaction() throws {
    beacon.fail { _ in .init(FakeResponse(status: 400, json: ["error": "bad", "api_key": "leaked-key"])) }
    try start()
    bench.publish("e1")
    #expect(bench.queue.wait { $0.dead["e1"] != nil })
    #expect(bench.says("❌ 發送失敗"))
    let note = try #require(bench.queue.state.value.dead["e1"])
    #expect(note.lastError.contains("***") && !note.lastError.contains("leaked"))
    #expect(!bench.consoleText.contains("leaked"))
    #expect(!FileManager.default.fileExists(atPath: bench.folder.file(keyFile)))
  }

  @Test("one event that always fails is buried after its attempts; those behind it flow")
  func exhausted() throws {
    beacon.fail { $0.id == "bad" ? .init(FakeResponse(status: 500)) : nil }
    try start { $0.retry.maxAttempts = 7 }
    bench.publish("bad")
    for number in 0..<20 { bench.publish("e\(number)") }
    #expect(bench.queue.wait { $0.delivered.count == 20 && $0.dead["bad"] != nil })
    let note = try #require(bench.queue.state.value.dead["bad"])
    #expect(note == DeathNote(reason: .attemptsExhausted, attempt: 7, lastStatus: 500, lastError: "HTTP 500"))
    #expect(beacon.calls.count { $0.id == "bad" } == 7)
  }

  @Test("a service that is away opens the breaker; nothing is buried, and all is delivered in order when it is back")
  func away() throws {
    let port = beacon.server.port
    beacon.stop()
    try start { settings in
      settings.retry.maxAttempts = 6
      settings.logbeacon.concurrency = 1
      settings.retry.maxDelay = .milliseconds(50)
    }
    for number in 0..<30 { bench.publish("e\(number)") }
    #expect(waitUntil { bench.status?.condition == .breakerOpen })
    #expect(bench.queue.wait { $0.consumptions.count { $0 == DeliveryMachine.handful } >= 10 })
    #expect(bench.queue.state.value.dead.isEmpty)
    #expect(bench.queue.state.value.rows.count == 30)
    let back = try FakeLogBeacon(port: port)
    #expect(back.waitForAccepted(30))
    #expect(bench.queue.wait { $0.rows.isEmpty })
    #expect(back.acceptedIDs.count == 30)
    #expect(waitUntil { bench.status?.condition == .delivering })
    #expect(bench.says("[恢復]"))
  }

  @Test("a domain's own authority counts; one that does not hold is a retry, and health says what is wrong")
  func authorities() throws {
    let (authority, other) = (try TestAuthority(), try TestAuthority())
    let sink = try TLSSink(authority.issue("localhost"))
    let settings = bench.settings {
      $0.logbeacon.url = .set(sink.url)
    } domain: {
      $0.logbeacon.tls.authority = $0.name == "shop.example" ? other.file : authority.file
    }
    try bench.start(settings)
    bench.publish("e1", domain: "other.example")
    bench.publish("e2")
    #expect(bench.queue.wait { $0.delivered == ["e1"] })
    #expect(waitUntil { bench.worker?.snapshot().check.condition == .failing })
    #expect(
      bench.worker?.snapshot().check.note == "the server's certificate is signed by an unknown authority")
    #expect(bench.queue.state.value.dead.isEmpty)
    // A reload brings the right one.
    bench.update(
      bench.settings {
        $0.logbeacon.url = .set(sink.url)
        $0.logbeacon.tls.authority = authority.file
      })
    #expect(bench.queue.wait { Set($0.delivered) == ["e1", "e2"] })
  }

  @Test("a redirect is an answer that may pass; nobody goes where it points")
  func redirect() throws {
    beacon.failNext(with: .init(.redirect(to: "\(beacon.url)elsewhere")))
    try start()
    bench.publish("e1")
    #expect(bench.queue.wait { $0.delivered == ["e1"] })
    #expect(beacon.calls.map(\.status) == [302, 200])
    #expect(Set(beacon.calls.map(\.request.path)) == ["/log/"])
  }

  @Test("a body that is no queue message becomes a dead letter with its reason")
  func unreadable() throws {
    try start()
    let name = QueueName(domain: "shop.example", sink: .logbeacon)
    bench.queue.publish(name, id: "x1", "{\"v\":1,")
    bench.queue.publish(name, id: "x2", "[]")
    #expect(bench.queue.wait { $0.dead.count == 2 })
    #expect(bench.queue.state.value.dead.values.allSatisfy { $0.reason == .unreadable })
    #expect(beacon.calls.isEmpty)
  }

  @Test("a body of an older producer is sent as it is, under its message's id")
  func olderProducer() throws {
    try start()
    bench.queue.publish(
      QueueName(domain: "shop.example", sink: .logbeacon), id: "m 1",
      #"{"level":9,"def_name":"f","message":"m","extra_info":{"n":12345678901234567890},"program_name":"old"}"#)
    #expect(bench.queue.wait { $0.delivered == ["m 1"] })
    let call = try #require(beacon.calls.first)
    #expect(call.id == "m%201")
    #expect(call.request.text.contains(#""extra_info":{"n":12345678901234567890}"#))
    #expect(call.pair.program == "old")
  }

  @Test("stopping gives back what hangs at the deadline and ends")
  func stopping() throws {
    beacon.fail { _ in .init(.hang) }
    try start { $0.logbeacon.timeout = .seconds(60) }
    for number in 0..<5 { bench.publish("e\(number)") }
    #expect(beacon.waitForCalls(1))
    bench.stop(within: .milliseconds(100))
    #expect(bench.queue.wait { $0.rows.count == 5 && $0.rows.allSatisfy { !$0.isOut } })
    #expect(bench.queue.state.value.delivered.isEmpty && bench.queue.state.value.dead.isEmpty)
  }

  @Test("a second signal ends the wait of a stop, also of one that comes after it")
  func hurried() throws {
    beacon.fail { _ in .init(.hang) }
    try start { $0.logbeacon.timeout = .seconds(60) }
    bench.publish("e1")
    #expect(beacon.waitForCalls(1))
    bench.hurry()
    let begun = ContinuousClock.now
    bench.stop(within: .seconds(60))
    #expect(begun.duration(to: .now) < .seconds(30))
    #expect(bench.queue.wait { $0.rows.count == 1 && $0.rows.allSatisfy { !$0.isOut } })
  }

  @Test("stopping lets a call end that ends in time")
  func graceful() throws {
    beacon.fail { _ in .init(FakeResponse().delayed(.milliseconds(200)), takesEvent: true) }
    try start()
    bench.publish("e1")
    #expect(beacon.waitForCalls(1))
    bench.stop(within: .seconds(10))
    #expect(bench.queue.state.value.delivered == ["e1"])
  }

  @Test("every health interval a line tells each queue's state")
  func healthLines() throws {
    beacon.fail { _ in .init(.hang) }
    try start { $0.worker.healthInterval = .milliseconds(20) }
    #expect(bench.says("[待命中] 目前無訊息處理 (LogBeacon: 0)\n"))
    bench.publish("e1")
    #expect(bench.says("[處理中] 待處理訊息 (LogBeacon: 1)\n"))
  }
}
