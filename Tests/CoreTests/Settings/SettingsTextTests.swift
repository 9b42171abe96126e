import Testing

@testable import Core

@Suite("Durations, sizes, addresses and URLs as the configuration writes them")
struct SettingsTextTests {
  @Test(
    "a duration is whole numbers with units, largest first",
    arguments: [
      ("100ms", 100), ("2s", 2000), ("10m", 600_000), ("4h", 14_400_000), ("1d", 86_400_000), ("1h30m", 5_400_000),
      ("1m30s500ms", 90_500), ("0s", 0), ("007s", 7000),
    ])
  func durations(text: String, milliseconds: Int64) {
    #expect(DurationText.parse(text) == .milliseconds(milliseconds))
  }

  @Test(
    "anything else is no duration",
    arguments: [
      "", "5", "s", "5 s", "-5s", "+5s", "1.5s", "5S", "5sec", "30m1h", "5s5s", "1s2", "５s", "99999999999999999999s",
      "9223372036854775807h", "off", "5s ", "106751991168d106751991168h",
    ])
  func noDurations(text: String) {
    #expect(DurationText.parse(text) == nil)
  }

  @Test(
    "a duration is shown in units that read back as the same",
    arguments: [
      (0, "0s"), (1, "1ms"), (999, "999ms"), (1000, "1s"), (1500, "1s500ms"), (60_000, "1m"), (75_000, "1m15s"),
      (14_400_000, "4h"), (90_000_000, "25h"), (86_399_999, "23h59m59s999ms"),
    ])
  func durationTexts(milliseconds: Int64, text: String) {
    #expect(DurationText.format(.milliseconds(milliseconds)) == text)
    #expect(DurationText.parse(text) == .milliseconds(milliseconds))
  }

  @Test(
    "a size is bytes, or a whole number with a binary unit",
    arguments: [
      ("0", 0), ("1048576", 1 << 20), ("64KiB", 65536), ("64kib", 65536), ("1GiB", 1 << 30), ("8MiB", 8 << 20),
      ("1TiB", 1 << 40), ("512B", 512),
    ])
  func sizes(text: String, bytes: Int) {
    #expect(ByteSizeText.parse(text) == bytes)
  }

  @Test(
    "anything else is no size",
    arguments: ["", "KiB", "1KB", "1K", "1.5GiB", "-1", "+1", "1 GiB", "1e6", "99999999999TiB", "18446744073709551616"])
  func noSizes(text: String) {
    #expect(ByteSizeText.parse(text) == nil)
  }

  @Test(
    "a size is shown in the largest exact unit",
    arguments: [
      (0, "0"), (1000, "1000"), (1024, "1KiB"), (1 << 20, "1MiB"), ((1 << 20) + 1, "1048577"), (3 << 30, "3GiB"),
    ])
  func sizeTexts(bytes: Int, text: String) {
    #expect(ByteSizeText.format(bytes) == text)
    #expect(ByteSizeText.parse(text) == bytes)
  }

  @Test(
    "an address is host:port, [IPv6]:port or unix:/path",
    arguments: [
      ("127.0.0.1:8080", ListenAddress.tcp(host: "127.0.0.1", port: 8080)),
      ("[::]:0", .tcp(host: "::", port: 0)), ("[::1]:65535", .tcp(host: "::1", port: 65535)),
      ("localhost:80", .tcp(host: "localhost", port: 80)), ("0.0.0.0:1", .tcp(host: "0.0.0.0", port: 1)),
      ("unix:/run/b.sock", .unix(path: "/run/b.sock")), ("unix:b.sock", .unix(path: "b.sock")),
    ])
  func addresses(text: String, address: ListenAddress) {
    #expect(ListenAddress(text) == address)
    #expect(address.description == text)
  }

  @Test(
    "anything else is no address",
    arguments: [
      "", "8080", ":8080", "*:8080", "localhost", "localhost:", "localhost:65536", "localhost:-1", "::1:80", "[::1]",
      "[localhost]:80", "[]:80", "unix:", "unix:/run/", "http://a:80", "a b:80",
      "unix:/" + String(repeating: "x", count: 107),
    ])
  func noAddresses(text: String) {
    #expect(ListenAddress(text) == nil)
  }

  @Test(
    "a URL shows neither its password nor its query",
    arguments: [
      ("amqp://u:p@h:5672/v", "amqp://u:***@h:5672/v"), ("amqp://u:p@w@h/", "amqp://u:***@h/"),
      ("amqp://u@h", "amqp://u@h"), ("https://h/p?key=s#f", "https://h/p?***"), ("https://h/p", "https://h/p"),
      ("https://:p@h/", "https://:***@h/"), ("https://h?a:b@c", "https://h?***"),
    ])
  func masks(text: String, shown: String) {
    #expect(URLText(text: text).masked == shown)
  }

  @Test(
    "the nearest known word is suggested, and none when none is near",
    arguments: [
      ("lisen", "listen"), ("thraeds", "threads"), ("max_body_byte", "max_body_bytes"), ("lissten", "listen"),
      ("colour", nil), ("x", nil), ("", nil),
    ] as [(String, String?)])
  func suggestions(written: String, meant: String?) {
    #expect(Suggestion.nearest(to: written, among: ["listen", "threads", "max_body_bytes"]) == meant)
  }

  @Test("text for a terminal keeps its letters and loses what would act on it")
  func printable() {
    #expect(PrintableText.escaped("é 日本 ok") == "é 日本 ok")
    #expect(PrintableText.escaped("a\u{1B}[31m\nb\u{202E}") == "a\\u{1b}[31m\\u{a}b\\u{202e}")
    #expect(PrintableText.quoted(String(repeating: "x", count: 61)) == "\"" + String(repeating: "x", count: 60) + "…\"")
  }
}
