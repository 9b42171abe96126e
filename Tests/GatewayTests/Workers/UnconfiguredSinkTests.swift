import Core
import Fakes
import Gateway
import Testing

@Suite("A sink that is not configured")
struct UnconfiguredSinkTests {
  @Test("the console prints LogBeacon's events in its place, and that is delivered")
  func logBeaconStandIn() throws {
    let bench = try WorkerBench(.logbeacon)
    try bench.start(bench.settings())
    bench.publish("e1")
    #expect(bench.queue.wait { $0.delivered == ["e1"] })
    #expect(bench.says("✅ 發送成功 [LogBeacon-Info] pay - 支付 e1 - 附加信息: 訂單 (主控台)\n"))
    #expect(bench.status?.counts.stoodIn == 1 && bench.status?.counts.delivered == 0)
    #expect(bench.status?.condition == .console)
  }

  @Test("the console prints Telegram's whole text in its place")
  func telegramStandIn() throws {
    let bench = try WorkerBench(.telegram)
    try bench.start(bench.settings())
    bench.publish("e1", level: 91, target: "developer")
    bench.publish("e1", level: 91, target: "customer")
    #expect(bench.queue.wait { Set($0.delivered) == ["e1.developer", "e1.customer"] })
    #expect(bench.says("✅ 發送成功 [TG-developer] 錯誤時間:2025-01-15 10:30:00 商城名稱:shop.example 程式:api 函式:pay"))
    #expect(bench.says("✅ 發送成功 [TG-customer] 系統通知 - shop.example: 支付 e1 (主控台)\n"))
  }

  @Test("a sink declared unwanted settles its copies as disabled", arguments: [Sink.logbeacon, .telegram])
  func unwanted(sink: Sink) throws {
    let bench = try WorkerBench(sink)
    try bench.start(
      bench.settings { settings in
        settings.logbeacon.url = .unwanted
        settings.telegram.botToken = .unwanted
      })
    bench.publish("e1", level: 9, target: sink == .telegram ? "developer" : nil)
    #expect(bench.queue.wait { $0.disabled.count == 1 })
    #expect(bench.status?.condition == .unwanted)
    #expect(waitUntil { bench.status?.counts.disabled == 1 })
  }

  @Test("without a console nothing is taken, and health says so", arguments: [Sink.logbeacon, .telegram])
  func missing(sink: Sink) throws {
    let bench = try WorkerBench(sink, hasConsole: false)
    try bench.start(bench.settings())
    bench.publish("e1", level: 9, target: sink == .telegram ? "developer" : nil)
    #expect(bench.status?.condition == .missing)
    #expect(bench.worker?.snapshot().check.condition == .missing)
    #expect(bench.queue.state.value.consumptions.isEmpty)
  }

  @Test("with a broker the console never stands in")
  func broker() throws {
    let bench = try WorkerBench(.logbeacon)
    try bench.start(bench.settings { $0.queue = .rabbitmq })
    #expect(bench.status?.condition == .missing)
    #expect(bench.queue.state.value.consumptions.isEmpty)
    #expect(bench.says("[未設定]"))
  }

  @Test(
    "with a broker a Telegram queue is taken only if each of its chats has an address or is unwanted",
    arguments: [(Settings.Target.set("5"), true), (.unwanted, true), (.unset, false)])
  func brokerChats(customer: Settings.Target, isServed: Bool) throws {
    let telegram = try FakeTelegram()
    let bench = try WorkerBench(.telegram)
    try bench.start(
      bench.settings { settings in
        settings.queue = .rabbitmq
        settings.telegram.apiBase = telegram.url
        settings.telegram.botToken = .set(Secret(telegram.token))
        settings.telegram.developer.id = .set("4")
        settings.telegram.customer.id = customer
      })
    #expect(bench.queue.state.value.consumptions.isEmpty == !isServed)
    #expect(bench.status?.condition == (isServed ? .delivering : .missing))
    #expect(waitUntil(timeout: isServed ? .zero : .seconds(10)) { bench.consoleText.contains("[未設定]") } == !isServed)
    guard isServed else { return }
    bench.publish("e1", level: 91, target: "developer")
    bench.publish("e1", level: 91, target: "customer")
    let isUnwanted = customer == .unwanted
    #expect(bench.queue.wait { $0.delivered.count == (isUnwanted ? 1 : 2) })
    #expect(bench.queue.wait { $0.disabled == (isUnwanted ? ["e1.customer"] : []) })
  }

  @Test("one chat without an address does not keep the other from its messages")
  func oneChat() throws {
    let telegram = try FakeTelegram()
    let bench = try WorkerBench(.telegram, hasConsole: false)
    try bench.start(
      bench.settings { settings in
        settings.telegram.apiBase = telegram.url
        settings.telegram.botToken = .set(Secret(telegram.token))
        settings.telegram.customer.id = .set("5")
      })
    bench.publish("e1", level: 91, target: "developer")
    bench.publish("e1", level: 91, target: "customer")
    #expect(bench.queue.wait { $0.delivered == ["e1.customer"] && $0.parked.contains { $0.id == "e1.developer" } })
    #expect(bench.status?.condition == .missing)
    #expect(bench.queue.state.value.dead.isEmpty)
  }
}
