import Testing

@testable import Core

@Suite("What changes when the settings are read again")
struct SettingsDifferencesTests {
  @Test("nothing changed is no difference")
  func none() {
    #expect(Settings().differences(to: Settings()) == [])
  }

  @Test(
    "role, listeners, data folder, queue, threads and domain names need a restart",
    arguments: ["role", "http.listen", "admin.listen", "data_dir", "queue", "http.threads", "domains"])
  func restart(key: String) {
    var newer = Settings()
    newer.role = .worker
    newer.http.listen = []
    newer.admin.listen = []
    newer.dataDirectory = "/x"
    newer.queue = .rabbitmq
    newer.http.threads = 3
    newer.domains = [Settings.Domain(name: "other")]
    let differences = Settings().differences(to: newer)
    #expect(differences.contains(SettingsDifference(key: key, needsRestart: true)))
    #expect(Settings().adopting(newer) == Settings())
  }

  @Test("secrets, sinks and limits change while running; a changed secret is seen though it never shows")
  func live() {
    var older = Settings()
    older.telegram.botToken = .set(Secret("1:a"))
    var newer = older
    newer.telegram.botToken = .set(Secret("1:b"))
    newer.logbeacon.url = .set("https://h/")
    newer.limits.message = 5
    #expect(
      older.differences(to: newer) == [
        SettingsDifference(key: "logbeacon.url", needsRestart: false),
        SettingsDifference(key: "telegram.bot_token", needsRestart: false),
        SettingsDifference(key: "limits.message", needsRestart: false),
      ])
    #expect(older.adopting(newer) == newer)
  }

  @Test("a domain's block changes while running; its place in the list stays the old one")
  func domains() {
    var older = Settings()
    older.domains = [Settings.Domain(name: "a"), Settings.Domain(name: "b")]
    var newer = older
    newer.domains[1].telegram.groupWindow = .seconds(5)
    #expect(older.differences(to: newer) == [SettingsDifference(key: "domains", needsRestart: false)])
    #expect(older.adopting(newer).domains[1].telegram.groupWindow == .seconds(5))
    newer.domains.swapAt(0, 1)
    #expect(older.differences(to: newer).contains(SettingsDifference(key: "domains", needsRestart: true)))
    let adopted = older.adopting(newer)
    #expect(adopted.domains.map(\.name) == ["a", "b"])
    #expect(adopted.domains[1].telegram.groupWindow == .seconds(5))
  }

  @Test("a webhook's address and secret change while running; whether there is one at all needs a restart")
  func webhook() {
    let without = Settings()
    var with = without
    with.webhook.url = .set("http://h/")
    with.webhook.secret = Secret("a")
    with.domains[0].webhook = with.webhook
    with.routes[.error] = [.webhook]
    let coming = without.differences(to: with)
    #expect(coming.contains(SettingsDifference(key: "webhook.url", needsRestart: true)))
    #expect(coming.contains(SettingsDifference(key: "routes", needsRestart: true)))
    #expect(!without.adopting(with).usesWebhook)
    #expect(with.differences(to: without).contains(SettingsDifference(key: "webhook.url", needsRestart: true)))
    #expect(with.adopting(without).usesWebhook)
    var other = with
    other.domains[0].webhook.url = .set("http://other/")
    other.webhook.url = .set("http://other/")
    other.webhook.secret = Secret("b")
    other.domains[0].webhook.secret = Secret("b")
    #expect(with.differences(to: other).allSatisfy { !$0.needsRestart })
    #expect(with.adopting(other) == other)
  }

  @Test("a key of a domain's block that needs a restart is named and keeps its old value, its neighbours change")
  func domainRestart() {
    let older = Settings()
    var newer = older
    newer.domains[0].logbeacon.keyDirectory = "/new"
    newer.domains[0].logbeacon.keyHeader = "X-New"
    #expect(older.differences(to: newer) == [SettingsDifference(key: "domains", needsRestart: true)])
    let adopted = older.adopting(newer).domains[0].logbeacon
    #expect(adopted.keyDirectory == nil)
    #expect(adopted.keyHeader == "X-New")
  }
}
