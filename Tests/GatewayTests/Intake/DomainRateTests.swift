import Core
import Fakes
import Gateway
import Testing

@Suite("A domain's own rate") struct DomainRateTests {
  private static func event(_ domain: String) -> String {
    #"{"level":1,"def_name":"f","message":"m","domain":"\#(domain)"}"#
  }

  /// Two events for `a`, and the next in a thousand seconds; `b` has no limit.
  private static func gateway() throws -> RunningGateway {
    try RunningGateway {
      $0.domains = [Settings.Domain(name: "a"), Settings.Domain(name: "b")]
      $0.domains[0].rate = 0.001
      $0.domains[0].burst = 2
    }
  }

  @Test("an event beyond it is 429 with Retry-After, and other domains go on")
  func single() throws {
    let gateway = try Self.gateway()
    for _ in 0..<2 { #expect(try gateway.exchange(RunningGateway.post(Self.event("a"))).status == 202) }
    let refused = try gateway.exchange(RunningGateway.post(Self.event("a")))
    #expect(refused.status == 429)
    #expect(refused.headers["retry-after"] == "1000")
    #expect(try gateway.exchange(RunningGateway.post(Self.event("b"))).status == 202)
    // What is no valid event costs nothing of it.
    #expect(try gateway.exchange(RunningGateway.post(#"{"level":1,"domain":"a"}"#)).status == 422)
  }

  @Test("in a batch it is an item error, and 429 if nothing else was in it")
  func batch() throws {
    let gateway = try Self.gateway()
    let items = [String](repeating: Self.event("a"), count: 3) + [Self.event("b")]
    let partial = try gateway.exchange(RunningGateway.post("[\(items.joined(separator: ","))]"))
    #expect(partial.status == 202)
    #expect(partial.json?["accepted"] == 3)
    #expect(partial.text.contains(#"{"index":2,"code":"rate_limited""#))
    let refused = try gateway.exchange(RunningGateway.post("[\(Self.event("a")),\(Self.event("a"))]"))
    #expect(refused.status == 429)
    #expect(refused.headers["retry-after"] != nil)
    #expect(try gateway.exchange(RunningGateway.post("[\(Self.event("a")),{}]")).status == 422)
  }

  @Test("a reload changes it, and leaves what is used up where it has not changed")
  func reload() throws {
    let gateway = try Self.gateway()
    var settings = gateway.settings
    for _ in 0..<2 { _ = try gateway.exchange(RunningGateway.post(Self.event("a"))) }
    gateway.application.reload(settings)
    #expect(try gateway.exchange(RunningGateway.post(Self.event("a"))).status == 429)
    settings.domains[0].rate = nil
    settings.domains[0].burst = nil
    gateway.application.reload(settings)
    #expect(waitUntil { (try? gateway.exchange(RunningGateway.post(Self.event("a"))).status) == 202 })
  }
}
