import Core
import Testing

@Suite struct ExpositionTests {
  private static func text(_ write: (inout Exposition) -> Void) -> String {
    var exposition = Exposition()
    write(&exposition)
    return String(decoding: exposition.bytes, as: UTF8.self)
  }

  @Test("a family is its help, its type and its samples")
  func family() {
    let text = Self.text {
      $0.begin(.deadLetters)
      $0.sample(["logbeacon", "example.com"], 3)
      $0.sample(["telegram", "example.com"], -1)
    }
    #expect(
      text == """
        # HELP beacongate_dead_letters Dead letters kept, to be looked at, replayed or purged.
        # TYPE beacongate_dead_letters gauge
        beacongate_dead_letters{sink="logbeacon",domain="example.com"} 3
        beacongate_dead_letters{sink="telegram",domain="example.com"} -1

        """)
  }

  @Test("a sample without labels has no braces")
  func unlabelled() {
    let text = Self.text {
      $0.begin(.spoolEvents)
      $0.sample(0)
    }
    #expect(text.hasSuffix("\nbeacongate_spool_events 0\n"))
  }

  @Test(
    "label values escape the backslash, the quote and the line feed, and nothing else",
    arguments: [("a\"b", "a\\\"b"), ("a\\b", "a\\\\b"), ("a\nb", "a\\nb"), ("商城 {}=,", "商城 {}=,")])
  func escaping(_ value: String, _ written: String) {
    let text = Self.text {
      $0.begin(.queueMessages)
      $0.sample([value], 1)
    }
    #expect(text.hasSuffix("\nbeacongate_queue_messages{queue=\"\(written)\"} 1\n"))
  }

  @Test(
    "seconds are exact decimals",
    arguments: [
      (0, "0"), (1, "0.000000001"), (100_000, "0.0001"), (2_500_000_000, "2.5"), (10_000_000_000, "10"),
      (12_345_678_901, "12.345678901"),
    ])
  func seconds(_ nanoseconds: Int, _ written: String) {
    var snapshot = HistogramSnapshot.empty
    snapshot.sumNanoseconds = nanoseconds
    let text = Self.text {
      $0.begin(.httpRequestSeconds)
      $0.histogram([], snapshot)
    }
    #expect(text.contains("\nbeacongate_http_request_seconds_sum \(written)\n"))
  }

  @Test("a histogram's buckets are cumulative and end with +Inf, which is its count")
  func histogram() {
    var snapshot = HistogramSnapshot.empty
    snapshot.counts[0] = 2
    snapshot.counts[3] = 1
    snapshot.counts[HistogramBuckets.count] = 4
    snapshot.sumNanoseconds = 44_000_700_000
    let text = Self.text {
      $0.begin(.deliverySeconds)
      $0.histogram(["telegram"], snapshot)
    }
    let lines = text.split(separator: "\n").map(String.init)
    let name = "beacongate_delivery_seconds"
    #expect(lines[2] == "\(name)_bucket{sink=\"telegram\",le=\"0.0001\"} 2")
    #expect(lines[5] == "\(name)_bucket{sink=\"telegram\",le=\"0.001\"} 3")
    #expect(lines[17] == "\(name)_bucket{sink=\"telegram\",le=\"10\"} 3")
    #expect(lines[18] == "\(name)_bucket{sink=\"telegram\",le=\"+Inf\"} 7")
    #expect(lines[19] == "\(name)_sum{sink=\"telegram\"} 44.0007")
    #expect(lines[20] == "\(name)_count{sink=\"telegram\"} 7")
    #expect(lines.count == 21)
  }

  @Test("a histogram without labels has le alone")
  func unlabelledHistogram() {
    let text = Self.text {
      $0.begin(.httpRequestSeconds)
      $0.histogram([], .empty)
    }
    #expect(text.contains("\nbeacongate_http_request_seconds_bucket{le=\"0.0001\"} 0\n"))
    #expect(text.hasSuffix("\nbeacongate_http_request_seconds_count 0\n"))
  }
}
