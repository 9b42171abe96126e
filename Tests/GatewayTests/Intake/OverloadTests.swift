import Core
import Fakes
import Testing

@Suite("Overload over a socket") struct OverloadTests {
  private static func event(_ level: Int) -> String { #"{"level":\#(level),"def_name":"f","message":"m"}"# }

  private static func post(_ body: String) -> String { RunningGateway.post(body) }

  /// The memory that a request on its way takes is what fills it up.
  private static func filled(_ gateway: RunningGateway) throws -> RawHTTPConnection {
    let connection = try gateway.connect()
    try connection.send(
      "POST /log HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n" + String(repeating: " ", count: 80_000))
    return connection
  }

  @Test("as memory fills up errors are still taken, the others are 503 with Retry-After until it is free again")
  func shedding() throws {
    let gateway = try RunningGateway {
      // Each loop looks for itself, a moment before or after another.
      $0.http.threads = 1
      $0.http.maxBufferedBytes = 100_000
    }
    for level in [0, 1, 11, 99] { #expect(try gateway.exchange(Self.post(Self.event(level))).status == 202) }
    let slow = try Self.filled(gateway)
    for level in [0, 1, 11, 99] {
      #expect(waitUntil { (try? gateway.exchange(Self.post(Self.event(level))).status) == 503 }, "\(level)")
    }
    let refused = try gateway.exchange(Self.post(Self.event(1)))
    #expect(refused.headers["retry-after"] == "2")
    for level in [9, 91] { #expect(try gateway.exchange(Self.post(Self.event(level))).status == 202) }
    let batch = try gateway.exchange(Self.post("[\(Self.event(1)),\(Self.event(9))]"))
    #expect(batch.status == 202)
    #expect(batch.json?["status"] == "partial")
    #expect(batch.text.contains(#"{"index":0,"code":"unavailable""#))
    let all = try gateway.exchange(Self.post("[\(Self.event(1)),\(Self.event(0))]"))
    #expect(all.status == 503)
    #expect(all.headers["retry-after"] != nil)
    let metrics = try gateway.exchange("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", onAdmin: true).text
    #expect(metrics.contains(#"beacongate_events_rejected_total{reason="overloaded"}"#))
    slow.close()
    #expect(waitUntil { (try? gateway.exchange(Self.post(Self.event(1))).status) == 202 })
  }

  @Test("as the store fills up errors are still taken when the others are not")
  func store() throws {
    let gateway = try RunningGateway {
      $0.http.threads = 1
      $0.spool.maxBytes = 4 << 20
    }
    let text = String(repeating: "m", count: 9000)
    func send(_ level: Int) throws -> Int {
      try gateway.exchange(Self.post(#"{"level":\#(level),"def_name":"f","message":"\#(text)"}"#)).status
    }
    var taken = 0
    while try send(1) == 202, taken < 2000 { taken += 1 }
    #expect((200..<2000).contains(taken))
    #expect(try send(1) == 503)
    #expect(try send(9) == 202)
  }
}
