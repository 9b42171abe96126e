import Core
import Fakes
import Gateway
import Testing

@Suite("The Telegram worker")
struct TelegramWorkerTests {
  private let bench: WorkerBench
  private let telegram: FakeTelegram

  init() throws {
    bench = try WorkerBench(.telegram)
    telegram = try FakeTelegram()
  }

  private func settings(token: String? = nil, _ change: (inout Settings) -> Void = { _ in }) -> Settings {
    bench.settings { settings in
      settings.telegram.apiBase = telegram.url
      settings.telegram.botToken = .set(Secret(token ?? telegram.token))
      settings.telegram.developer.id = .set("-1001")
      settings.telegram.customer.id = .set("@shop")
      change(&settings)
    }
  }

  @Test("developers get the guide's text in their chat, customers theirs")
  func texts() throws {
    try bench.start(
      settings { settings in
        settings.telegram.developer.thread = 7
        settings.telegram.customer.silent = true
      })
    bench.publish("e1", level: 91, target: "developer")
    bench.publish("e1", level: 91, target: "customer")
    #expect(bench.queue.wait { Set($0.delivered) == ["e1.developer", "e1.customer"] })
    let developer = try #require(telegram.sent(to: "-1001").first)
    #expect(
      developer.text
        == "錯誤時間:2025-01-15 10:30:00 商城名稱:shop.example\n程式:api\n函式:pay\n訊息:支付 e1\n附加信息:訂單\n追蹤碼:h1")
    #expect(developer.parameters["chat_id"]?.int == -1001)
    #expect(developer.parameters["message_thread_id"]?.int == 7)
    #expect(developer.parameters["parse_mode"] == nil && developer.parameters["disable_notification"] == nil)
    let customer = try #require(telegram.sent(to: "@shop").first)
    #expect(customer.text == "系統通知 - shop.example: 支付 e1")
    #expect(customer.parameters["disable_notification"]?.bool == true)
    #expect(bench.says("✅ 發送成功 [TG-developer] 錯誤時間:2025-01-15 10:30:00 商城名稱:shop.example"))
    #expect(bench.says("✅ 發送成功 [TG-customer] 系統通知 - shop.example: 支付 e1\n"))
  }

  @Test("a template makes the text instead, and a reload brings another")
  func templates() throws {
    try bench.start(settings { $0.telegram.customer.template = Self.template("{domain}/{level}: {message}") })
    bench.publish("e1", level: 11, target: "customer")
    #expect(bench.queue.wait { $0.delivered.count == 1 })
    bench.worker?.update(settings { $0.telegram.customer.template = Self.template("{message} *{id}* <b>") })
    bench.publish("e2", level: 11, target: "customer")
    #expect(bench.queue.wait { $0.delivered.count == 2 })
    #expect(
      telegram.sent(to: "@shop").map(\.text) == [
        "shop.example/Info_CTG: 支付 e1", "支付 e2 *e2* <b>",
      ])
    #expect(telegram.sent.allSatisfy { $0.parameters["parse_mode"] == nil })
    #expect(bench.says("✅ 發送成功 [TG-customer] shop.example/Info_CTG: 支付 e1\n"))
  }

  private static func template(_ text: String) -> MessageTemplate? {
    if case .template(let template) = MessageTemplate.read(text) { template } else { nil }
  }

  @Test("a chat gets at most one message a second, in order")
  func pace() throws {
    try bench.start(settings())
    for number in 1...3 { bench.publish("e\(number)", level: 9, target: "developer") }
    #expect(bench.queue.wait { $0.delivered.count == 3 })
    #expect(bench.queue.state.value.delivered == ["e1.developer", "e2.developer", "e3.developer"])
    let times = telegram.sent.map(\.request.arrival)
    for (earlier, later) in zip(times, times.dropFirst()) { #expect(later - earlier > 950_000_000) }
  }

  @Test("during its retry_after a chat is not called, and a 429 is no attempt")
  func limited() throws {
    telegram.failNext(with: .tooManyRequests(retryAfter: 1))
    try bench.start(settings { $0.retry.maxAttempts = 1 })
    bench.publish("e1", level: 9, target: "developer")
    bench.publish("e2", level: 11, target: "customer")
    #expect(bench.queue.wait { Set($0.delivered) == ["e1.developer", "e2.customer"] })
    #expect(telegram.violations == 0)
    #expect(telegram.calls.count == 3)
  }

  @Test(
    "a chat that refuses us, or its topic, is paused alone; nothing is buried",
    arguments: [FakeTelegram.Failure.blocked, .kicked, .chatNotFound, .threadNotFound])
  func refusedChat(_ failure: FakeTelegram.Failure) throws {
    telegram.fail(chat: "-1001", with: failure)
    try bench.start(settings { $0.retry.maxAttempts = 1 })
    for number in 1...3 { bench.publish("e\(number)", level: 9, target: "developer") }
    bench.publish("e4", level: 11, target: "customer")
    #expect(bench.queue.wait { $0.delivered == ["e4.customer"] && $0.parked.count >= 3 })
    #expect(waitUntil { bench.status?.condition == .paused })
    #expect(telegram.calls.count { $0.chat == "-1001" } == 1)
    #expect(bench.queue.state.value.dead.isEmpty)
    #expect(bench.says("❌ 發送失敗 [TG-developer] 錯誤時間:"))
    #expect(bench.says(#"[暫停] shop.example_tg 的 -1001 遭拒,其訊息保留等候 - 原因: HTTP 40"#))
  }

  @Test("a wrong token pauses everything and buries nothing; the right one, read anew, sends it all")
  func wrongToken() throws {
    try bench.start(
      settings(token: "123456:WRONG-token") { settings in
        settings.retry.maxAttempts = 1
        settings.retry.maxDelay = .seconds(600)
      })
    bench.publish("e1", level: 9, target: "developer")
    bench.publish("e2", level: 11, target: "customer")
    #expect(waitUntil { bench.status?.condition == .breakerOpen })
    #expect(bench.queue.state.value.dead.isEmpty)
    #expect(bench.says("[暫停] shop.example_tg"))
    bench.worker?.update(settings())
    #expect(bench.queue.wait { $0.delivered.count == 2 })
    #expect(waitUntil { bench.status?.condition == .delivering })
    #expect(!bench.consoleText.contains("WRONG-token") && !bench.consoleText.contains("TEST-token"))
    #expect(bench.status?.note.contains("token") == false)
  }

  @Test("a group that became a supergroup is followed, at once and by the next process")
  func migration() throws {
    telegram.fail(chat: "-1001", with: .migrated(to: -100_500))
    try bench.start(settings { $0.retry.maxAttempts = 1 })
    bench.publish("e1", level: 9, target: "developer")
    #expect(bench.queue.wait { $0.delivered == ["e1.developer"] })
    #expect(telegram.calls.map(\.chat) == ["-1001", "-100500"])
    bench.stop()
    let next = try WorkerBench(.telegram, folder: bench.folder)
    try next.start(settings())
    next.publish("e2", level: 9, target: "developer")
    #expect(next.queue.wait { $0.delivered == ["e2.developer"] })
    #expect(telegram.calls.map(\.chat) == ["-1001", "-100500", "-100500"])
  }

  @Test("a message that Telegram will never take is buried with its answer")
  func poison() throws {
    telegram.failNext(
      with: .other(FakeResponse(status: 400, json: ["ok": false, "description": "Bad Request: strange"])))
    try bench.start(settings())
    bench.publish("e1", level: 9, target: "developer")
    #expect(bench.queue.wait { $0.dead["e1.developer"] != nil })
    let note = try #require(bench.queue.state.value.dead["e1.developer"])
    #expect(note.reason == .rejected && note.lastStatus == 400)
    #expect(note.lastError.contains("Bad Request: strange"))
  }

  @Test("a 200 of something else than the Bot API is no delivery")
  func portal() throws {
    telegram.failNext(with: .other(FakeResponse(text: "<html>please log in</html>")))
    try bench.start(settings())
    bench.publish("e1", level: 9, target: "developer")
    #expect(bench.queue.wait { $0.delivered == ["e1.developer"] })
    #expect(telegram.calls.count == 2)
  }

  @Test("an older producer's copy without target goes to every chat of its level")
  func noTarget() throws {
    try bench.start(settings())
    bench.publish("e1", level: 91)
    bench.publish("e2", level: 1)
    #expect(bench.queue.wait { Set($0.delivered) == ["e1", "e1.developer", "e1.customer"] && $0.dead["e2"] != nil })
    #expect(telegram.sent(to: "-1001").count == 1 && telegram.sent(to: "@shop").count == 1)
    #expect(bench.queue.state.value.dead["e2"]?.reason == .rejected)
  }

  @Test("such a copy follows the routes of the configuration, also after a reload")
  func noTargetRouted() throws {
    try bench.start(settings { $0.routes[.errorCTG] = [.telegramCustomer] })
    bench.publish("e1", level: 91)
    #expect(bench.queue.wait { Set($0.delivered) == ["e1", "e1.customer"] })
    bench.worker?.update(settings { $0.routes[.info] = [.telegramDeveloper] })
    bench.publish("e2", level: 1)
    #expect(bench.queue.wait { Set($0.delivered).isSuperset(of: ["e2", "e2.developer"]) })
    #expect(telegram.sent(to: "-1001").count == 1 && telegram.sent(to: "@shop").count == 1)
  }

  @Test("a text beyond Telegram's limit is cut and sent")
  func long() throws {
    try bench.start(settings())
    let message = String(repeating: "長", count: 9000)
    bench.queue.publish(
      QueueName(domain: "shop.example", sink: .telegram), id: "e1.customer",
      #"{"v":1,"id":"e1","level":11,"def_name":"f","message":"\#(message)","target":"customer"}"#)
    #expect(bench.queue.wait { $0.delivered == ["e1.customer"] })
    #expect(telegram.sent.first?.text.contains("e1") == true)
  }
}
