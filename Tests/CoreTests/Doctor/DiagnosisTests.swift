import Core
import Testing

@Suite struct DiagnosisTests {
  @Test(
    "warnings are no failure, wrong settings come before what is absent",
    arguments: [
      ([], nil), ([.ok("t", ""), .warn("t", "")], nil), ([.fail("t", "")], .absence),
      ([.fail("t", ""), .fail("t", "", .configuration)], .configuration),
    ] as [([Finding], Finding.Cause?)])
  func cause(_ findings: [Finding], _ cause: Finding.Cause?) {
    var diagnosis = Diagnosis()
    diagnosis += findings
    #expect(diagnosis.cause == cause)
  }

  @Test("nothing that a peer says acts on the terminal or breaks a line")
  func line() {
    let line = String(decoding: Diagnosis.line(.warn("broker", "a\u{1B}[2J\nfail b")), as: UTF8.self)
    #expect(line == "warn broker: a\\x1b[2J\\nfail b\n")
    #expect(String(decoding: Diagnosis.line(.ok("t", "x")), as: UTF8.self) == "ok   t: x\n")
  }

  @Test("samples are read from Prometheus text with their labels, and other lines passed over")
  func samples() {
    let text = """
      # HELP beacongate_a text
      beacongate_a{x="1",y="q\\"\\\\\\n,}"} 5
      beacongate_a{x="2"} 7
      beacongate_b 9
      beacongate_c{x="1
      beacongate_d 0.5
      nonsense
      """
    let samples = MetricSamples(parsing: Array(text.utf8))
    #expect(samples.samples.count == 3)
    #expect(samples.samples.first?.labels == ["x": "1", "y": "q\"\\\n,}"])
    #expect(samples.sum("beacongate_a") == 12)
    #expect(samples.sum("beacongate_a", ["x": "2"]) == 7)
    #expect(samples.sum("beacongate_x") == nil)
  }

  private func ledger(_ stored: Int) -> GatewayReading {
    let text = """
      beacongate_ledger_copies{store="spool",state="stored"} \(stored)
      beacongate_ledger_copies{store="spool",state="delivered"} 6
      beacongate_ledger_copies{store="spool",state="queued"} 4
      """
    var reading = GatewayReading()
    reading.listeners = [("http.listen", "127.0.0.1:1", .gateway(.init(version: "1", role: "all", status: "pass")))]
    reading.metrics = .samples(MetricSamples(parsing: Array(text.utf8)))
    return reading
  }

  @Test("the ledger is exact or a failure")
  func ledger() {
    #expect(ledger(10).findings.last == .ok("ledger", "of the spool adds up: 10 stored = 6 delivered + 4 queued"))
    #expect(ledger(11).findings.last?.status == .fail)
  }

  @Test(
    "addresses: free, taken, unusable, answered by a gateway that is well or not",
    arguments: [
      (.free, .ok), (.unasked("x"), .ok), (.unusable("x"), .fail), (.stranger("x"), .fail),
      (.gateway(.init(version: "1", role: "all", status: "pass")), .ok),
      (.gateway(.init(version: "1", role: "all", status: "warn", troubles: ["broker: away"])), .warn),
      (.gateway(.init(version: "1", role: "all", status: "fail")), .fail),
    ] as [(GatewayReading.Answer, Finding.Status)])
  func listeners(_ answer: GatewayReading.Answer, _ status: Finding.Status) {
    var reading = GatewayReading()
    reading.listeners = [("http.listen", "127.0.0.1:1", answer)]
    #expect(reading.findings.map(\.status) == [status])
  }

  @Test("a canary is delivered when all that was before it, and it, are settled")
  func trail() {
    func samples(_ delivered: Int, _ failed: Int = 0, _ dead: Int = 0, waiting: Int = 0) -> MetricSamples {
      MetricSamples(
        parsing: Array(
          """
          beacongate_deliveries_total{sink="logbeacon",domain="a",outcome="delivered"} \(delivered)
          beacongate_deliveries_total{sink="logbeacon",domain="b",outcome="delivered"} 99
          beacongate_deliveries_total{sink="logbeacon",domain="a",outcome="failed"} \(failed)
          beacongate_deliveries_total{sink="logbeacon",domain="a",outcome="dead"} \(dead)
          beacongate_queue_messages{queue="a_logbeacon"} \(waiting)
          """.utf8))
    }
    let trail = CanaryTrail(domain: "a", before: samples(5, 2, waiting: 3), copies: 1)
    #expect(!trail.isOver(samples(8)))
    #expect(trail.isOver(samples(9)))
    #expect(trail.isOver(samples(8, 4, 1)))
    #expect(trail.failures(samples(8, 4, 1)) == 3)
    #expect(trail.buried(samples(8, 4, 1)) == 1)
  }
}
