import Core
import Fakes
import Foundation
import Testing

@Suite("Message templates of a running gateway") struct TemplateTests {
  @Test("SIGHUP brings another template, and one with a mistake keeps the old, saying where it is wrong")
  func reload() throws {
    let telegram = try FakeTelegram()
    let folder = try TemporaryDirectory()
    let write = { (template: String) in
      try folder.write(
        """
        telegram:
          api_base: \(telegram.url)
          bot_token: \(telegram.token)
          developer: {chat_id: none}
          customer: {chat_id: 202, template: "\(template)"}

        """, to: "b.yaml")
    }
    try write("{level} {message}")
    let gateway = try GatewayProcess(["serve", "--config", folder.file("b.yaml")], folder: folder)
    #expect(gateway.waitUntilHealthy())
    let send = {
      try gateway.post(["level": 11, "def_name": "f", "message": .string($0), "domain": "localhost"]).status
    }
    #expect(try send("one") == 202)
    #expect(telegram.waitForSent(1))
    try write("{domain}: {message}")
    gateway.kill(SIGHUP)
    #expect(waitUntil { gateway.standardError.contains("settings were read again") })
    #expect(try send("two") == 202)
    #expect(telegram.waitForSent(2))
    try write("{domain}: {massage}")
    gateway.kill(SIGHUP)
    #expect(waitUntil { gateway.standardError.contains("old ones stay") })
    #expect(
      gateway.standardError.contains("b.yaml:5:38: telegram.customer.template: line 1, column 11 of the template"))
    #expect(try send("three") == 202)
    #expect(telegram.waitForSent(3))
    #expect(telegram.sent(to: "202").map(\.text) == ["Info_CTG one", "localhost: two", "localhost: three"])
    gateway.kill(SIGTERM)
    #expect(gateway.wait() == .code(0))
  }
}
