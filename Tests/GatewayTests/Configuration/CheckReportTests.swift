import Core
import Fakes
import Gateway
import Testing

@Suite("What check prints")
struct CheckReportTests {
  let configuration: ConfigurationFolder

  init() throws {
    configuration = try ConfigurationFolder()
  }

  static let yaml = """
    role: all
    timezone: UTC
    http: {listen: ["127.0.0.1:9", "unix:/tmp/a b"], threads: 3, max_body_bytes: 1000}
    admin: {listen: none, hosts: [h.example]}
    domains:
      - a
      - {name: "1.5", logbeacon: {url: none, fields: {message: msg}}, telegram: {customer: {chat_id: "@c", thread_id: 5}}}
    default_domain: "1.5"
    logbeacon: {url: "http://h/log", key_dir: "/k: #x", key_fields: ["a, b", "\\u0041\\"\\\\"]}
    telegram: {developer: {chat_id: -5}, max_age: 90s, group_window: 1s500ms}
    console: {format: off}
    """

  @Test("the shown settings, read again, are the same settings")
  func roundTrip() throws {
    for yaml in ["", Self.yaml] {
      let first = try #require(try configuration.load(yaml).settings)
      let again = try configuration.load(first.describe())
      #expect(again.problems == [])
      #expect(again.settings == first)
    }
    #expect(try configuration.load(Self.yaml).settings != Settings())
  }

  @Test("files of http.tls are opened, and what is wrong with them is an error")
  func certificates() throws {
    let folder = try TemporaryDirectory()
    let authority = try TestAuthority()
    let issued = try authority.issue("localhost")
    let other = try authority.issue("other")
    func errors(_ certificate: String, _ key: String) throws -> [String] {
      CheckReport(try configuration.load("http: {tls: {certificate: \"\(certificate)\", key: \"\(key)\"}}")).errors
    }
    try folder.write("no PEM", to: "bad.pem")
    #expect(try errors(issued.certificate, issued.key) == [])
    for (certificate, key, word) in [
      ("/nowhere.pem", issued.key, "http.tls.certificate"),
      (folder.file("bad.pem"), issued.key, "http.tls.certificate"),
      (issued.certificate, folder.file("bad.pem"), "http.tls.key"),
      (issued.certificate, other.key, "http.tls.key"),
    ] {
      let found = try errors(certificate, key)
      #expect(found.count == 1 && found[0].hasPrefix(word), "\(found)")
    }
    withExtendedLifetime(authority) {}
  }

  @Test("no secret shows: tokens, header values, passwords inside URLs")
  func masks() throws {
    let yaml = """
      admin: {token: hush1}
      logbeacon: {url: "https://u:hush2@h/?k=hush3", headers: {X-A: hush4}}
      telegram: {bot_token: "1:hush5", api_base: "http://u:hush6@t"}
      domains: [{name: a, telegram: {bot_token: "1:hush7"}, logbeacon: {headers: {B: hush8}}}]
      """
    let report = CheckReport(try configuration.load(yaml))
    #expect(report.errors == [])
    #expect(!report.output.contains("hush"))
    #expect(report.output.contains("  url: \"https://u:***@h/?***\"\n"))
    #expect(report.output.contains("  bot_token: \"***\"\n"))
    #expect(
      report.output.contains("  - {name: a, logbeacon: {headers: {B: \"***\"}}, telegram: {bot_token: \"***\"}}\n"))
    var settings = Settings()
    settings.broker.urls = [Secret("amqp://u:hush9@h/v")]
    #expect(settings.describe().contains("  urls: [\"amqp://u:***@h/v\"]\n"))
  }

  @Test("names the file that was read and exits 0")
  func success() throws {
    let report = CheckReport(try configuration.load("role: all"))
    #expect(report.exitCode == .success)
    #expect(
      report.output.hasPrefix(
        "# beacongate \(Version.current), settings from \(configuration.folder.file("b.yaml")), variables and flags\nrole: all\n"
      ))
  }

  @Test("an unknown variable is an error here, though serve would start")
  func unknownVariable() throws {
    let loaded = try configuration.load("", environment: ["BEACONGATE_NOPE": "1"])
    #expect(loaded.settings != nil)
    let report = CheckReport(loaded)
    #expect(report.exitCode == .configuration)
    #expect(report.errors == ["BEACONGATE_NOPE: unknown variable; remove it"])
    #expect(report.output == "")
  }

  @Test("lists a hundred mistakes and counts the rest")
  func manyMistakes() throws {
    let yaml = (1...103).map { "unknown_\($0): 1\n" }.joined()
    let report = CheckReport(try configuration.load(yaml))
    #expect(report.errors.count == 101)
    #expect(report.errors.last == "and 3 more")
  }
}
