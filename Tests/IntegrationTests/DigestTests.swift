import Core
import Fakes
import Foundation
import Testing

@Suite("Digests of a running gateway") struct DigestTests {
  private static let storm = 1500

  private func configuration(_ telegram: FakeTelegram, broker: String? = nil) -> String {
    """
    \(broker.map { "broker: {urls: [\"\($0)\"]}" } ?? "queue: embedded")
    logbeacon: {url: none}
    domains: [\(domain)]
    telegram:
      api_base: \(telegram.url)
      bot_token: \(telegram.token)
      group_window: 2s
      developer: {chat_id: 101}
      customer: {chat_id: none}

    """
  }

  private let domain = "digest-\(UInt32.random(in: 0 ... .max)).example"

  /// Sends equal errors, and returns how many were accepted.
  private func send(_ count: Int, to gateway: GatewayProcess) throws -> Int {
    var accepted = 0
    for start in stride(from: 0, to: count, by: 500) {
      let batch = JSONValue.array(
        (start..<min(start + 500, count)).map { number in
          ["level": 9, "def_name": "pay", "message": "no answer", "extra_info": .string("order \(number % 3)")]
        })
      let answer = try gateway.post(batch)
      if answer.status == 202 { accepted += answer.json?["accepted"]?.int ?? 0 }
    }
    return accepted
  }

  /// How many events the chat was told of.
  private func told(_ telegram: FakeTelegram) -> Int {
    telegram.sent.reduce(0) { sum, message in
      guard let count = message.text.firstMatch(of: /重複錯誤:(\d+) 次/) else { return sum + 1 }
      return sum + (Int(count.1) ?? 0)
    }
  }

  @Test("a storm costs a chat two messages, with the embedded queue and with RabbitMQ", arguments: [false, true])
  func storm(hasBroker: Bool) throws {
    let telegram = try FakeTelegram()
    let folder = try TemporaryDirectory()
    let broker = hasBroker ? try RabbitNode.shared.url : nil
    try folder.write(configuration(telegram, broker: broker), to: "b.yaml")
    let gateway = try GatewayProcess(["serve", "--config", folder.file("b.yaml")], folder: folder)
    #expect(gateway.waitUntilHealthy())
    #expect(try send(Self.storm, to: gateway) == Self.storm)
    #expect(waitUntil(timeout: .seconds(30)) { told(telegram) == Self.storm })
    #expect(telegram.sent.count == 2)
    gateway.kill(SIGTERM)
    #expect(gateway.wait() == .code(0))
  }

  @Test("a kill in the middle of a window loses nothing: the next process tells of what was counted")
  func crash() throws {
    let telegram = try FakeTelegram()
    let folder = try TemporaryDirectory()
    try folder.write(configuration(telegram), to: "b.yaml")
    var gateway = try GatewayProcess(["serve", "--config", folder.file("b.yaml")], folder: folder)
    #expect(gateway.waitUntilHealthy())
    #expect(try send(Self.storm, to: gateway) == Self.storm)
    #expect(telegram.waitForSent(1))
    gateway.kill(SIGKILL)
    _ = gateway.wait()
    gateway = try GatewayProcess(["serve", "--config", folder.file("b.yaml")], folder: folder)
    #expect(gateway.waitUntilHealthy())
    #expect(waitUntil(timeout: .seconds(30)) { told(telegram) >= Self.storm })
    // The first may come once more, and what was not parked yet begins a group of its own.
    #expect(told(telegram) <= Self.storm + 1)
    #expect(telegram.sent.count <= 4)
    gateway.kill(SIGTERM)
    #expect(gateway.wait() == .code(0))
  }
}
