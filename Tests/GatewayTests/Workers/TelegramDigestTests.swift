import Core
import Fakes
import Gateway
import Platform
import Testing

@Suite("The Telegram worker's digests and packed messages")
struct TelegramDigestTests {
  private let bench: WorkerBench
  private let telegram: FakeTelegram

  init() throws {
    bench = try WorkerBench(.telegram)
    telegram = try FakeTelegram()
  }

  private func settings(window: Duration = .milliseconds(1500), _ change: (inout Settings) -> Void = { _ in })
    -> Settings
  {
    bench.settings { settings in
      settings.telegram.apiBase = telegram.url
      settings.telegram.botToken = .set(Secret(telegram.token))
      settings.telegram.developer.id = .set("1001")
      settings.telegram.customer.id = .set("@shop")
      settings.telegram.groupWindow = window
      change(&settings)
    }
  }

  @Test("a storm of equal errors costs a chat two messages, and every copy is settled once")
  func storm() throws {
    // All of the storm comes within it, on a busy machine too.
    try bench.start(settings(window: .seconds(5)))
    let storm = 2000
    for number in 1...storm {
      bench.publish("e\(number)", level: 9, target: "developer", message: "down", info: "order \(number % 7)")
    }
    #expect(bench.queue.wait(timeout: .seconds(60)) { $0.delivered.count == storm })
    #expect(Set(bench.queue.state.value.delivered).count == storm)
    #expect(telegram.sent.count == 2)
    #expect(telegram.sent[0].text.hasPrefix("錯誤時間:"))
    #expect(telegram.sent[1].text.hasPrefix("重複錯誤:\(storm - 1) 次 商城名稱:shop.example\n首次:2025-01-15 10:30:00"))
    #expect(telegram.sent[1].text.split(separator: "\n").count { $0.hasPrefix("- order ") } == 5)
    #expect(bench.says("✅ 發送成功 [TG-developer] 重複錯誤:\(storm - 1) 次"))
  }

  @Test("a customer's notices are never merged, however equal; alerts to customers are")
  func customers() throws {
    try bench.start(settings())
    for number in 1...3 { bench.publish("n\(number)", level: 11, target: "customer", message: "shipped") }
    for number in 1...3 { bench.publish("a\(number)", level: 91, target: "customer", message: "shop is down") }
    #expect(bench.queue.wait(timeout: .seconds(20)) { $0.delivered.count == 6 })
    #expect(telegram.sent(to: "@shop").count { $0.text == "系統通知 - shop.example: shipped" } == 3)
    let alerts = telegram.sent(to: "@shop").map(\.text).filter { $0.contains("shop is down") }
    #expect(alerts.count == 2)
    #expect(alerts[1].contains("重複 2 次"))
  }

  @Test("nothing is called before a digest's chat allows it, and a 429 loses no count")
  func limited() throws {
    try bench.start(settings())
    bench.publish("e1", level: 9, target: "developer", message: "down")
    #expect(bench.queue.wait { $0.delivered.count == 1 })
    telegram.failNext(with: .tooManyRequests(retryAfter: 1))
    for number in 2...6 { bench.publish("e\(number)", level: 9, target: "developer", message: "down") }
    #expect(bench.queue.wait(timeout: .seconds(20)) { $0.delivered.count == 6 })
    #expect(telegram.violations == 0)
    #expect(telegram.sent.count == 2)
    #expect(telegram.sent[1].text.hasPrefix("重複錯誤:5 次"))
  }

  @Test("a digest that is refused for good buries what it counts, with its reason; nothing vanishes")
  func refused() throws {
    try bench.start(settings())
    bench.publish("e1", level: 9, target: "developer", message: "down")
    #expect(bench.queue.wait { $0.delivered.count == 1 })
    telegram.failNext(with: .other(FakeResponse(status: 400, json: ["ok": false, "description": "Bad Request: no"])))
    for number in 2...5 { bench.publish("e\(number)", level: 9, target: "developer", message: "down") }
    #expect(bench.queue.wait(timeout: .seconds(20)) { $0.dead.count == 4 })
    #expect(bench.queue.state.value.dead.values.allSatisfy { $0.reason == .rejected && $0.lastStatus == 400 })
    #expect(
      bench.says(
        "❌ 發送失敗 [TG-developer] 重複錯誤:4 次 商城名稱:shop.example... - 原因: "
          + #"HTTP 400: {"description":"Bad Request: no","ok":false}"#))
  }

  @Test("dead letters that are replayed are counted like new ones")
  func replayed() throws {
    try bench.start(settings(window: .milliseconds(300)))
    for number in 1...5 { bench.publish("e\(number)", level: 9, target: "developer", message: "down", lane: "") }
    #expect(bench.queue.wait(timeout: .seconds(20)) { $0.delivered.count == 5 })
    #expect(telegram.sent.count == 2)
    #expect(telegram.sent[1].text.hasPrefix("重複錯誤:4 次"))
  }

  @Test("a worker that ends in the middle of a window loses no copy: another one tells of them")
  func anotherLife() throws {
    try bench.start(settings(window: .seconds(3600)))
    for number in 1...5 { bench.publish("e\(number)", level: 9, target: "developer", message: "down") }
    #expect(bench.queue.wait { $0.delivered.count == 1 && $0.parked.count == 4 })
    bench.stop()
    bench.queue.makeParkedDue(QueueName(domain: WorkerBench.domains[0], sink: .telegram))
    try bench.start(settings(window: .milliseconds(200)))
    #expect(bench.queue.wait(timeout: .seconds(20)) { $0.delivered.count == 5 })
    #expect(telegram.sent.count == 2)
    #expect(telegram.sent[1].text.hasPrefix("重複錯誤:4 次"))
  }

  @Test("different errors that have waited for two minutes are packed into one message")
  func packed() throws {
    telegram.failNext(with: .tooManyRequests(retryAfter: 1))
    try bench.start(settings())
    let long = Clock.unixMilliseconds() - Packing.age
    for number in 1...10 { bench.publish("e\(number)", level: 9, target: "developer", storedAt: long) }
    #expect(bench.queue.wait(timeout: .seconds(20)) { $0.delivered.count == 10 })
    #expect(telegram.sent.count <= 2)
    #expect(telegram.sent.contains { $0.text.hasPrefix("共 ") && $0.text.contains("訊息:支付 e10") })
    #expect(bench.says("✅ 發送成功 [TG-developer] 錯誤時間:2025-01-15 10:30:00 商城名稱:shop.example"))
  }

  @Test("with max_age what is older becomes a line, and counts as delivered")
  func tooOld() throws {
    try bench.start(settings { $0.telegram.maxAge = .seconds(3600) })
    bench.publish("e1", level: 9, target: "developer")
    bench.publish("n1", level: 11, target: "customer")
    #expect(bench.queue.wait { $0.delivered.count == 2 })
    #expect(telegram.sent(to: "1001").map(\.text) == ["共 1 則訊息\n\n過舊 1 則:e1"])
    #expect(telegram.sent(to: "@shop").map(\.text) == ["系統通知 - shop.example: 支付 n1"])
  }

  @Test("settings that are read anew change the window")
  func live() throws {
    try bench.start(settings(window: .zero))
    for number in 1...2 { bench.publish("e\(number)", level: 9, target: "developer", message: "down") }
    #expect(bench.queue.wait { $0.delivered.count == 2 })
    #expect(telegram.sent.count == 2)
    bench.worker?.update(settings(window: .milliseconds(1000)))
    for number in 3...6 { bench.publish("e\(number)", level: 9, target: "developer", message: "down") }
    #expect(bench.queue.wait(timeout: .seconds(20)) { $0.delivered.count == 6 })
    #expect(telegram.sent.count == 4)
  }

  @Test("a lower worker.parked_max ends the window that counts too many at once")
  func lowered() throws {
    try bench.start(settings(window: .seconds(3600)))
    for number in 1...9 { bench.publish("e\(number)", level: 9, target: "developer", message: "down") }
    #expect(bench.queue.wait { $0.delivered.count == 1 && $0.parked.count == 8 })
    bench.worker?.update(settings(window: .seconds(3600)) { $0.worker.parkedMax = 10 })
    #expect(bench.queue.wait(timeout: .seconds(20)) { $0.delivered.count == 9 })
    #expect(telegram.sent.last?.text.hasPrefix("重複錯誤:8 次") == true)
  }
}
