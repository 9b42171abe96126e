import Core
import Fakes
import Gateway
import Testing

@Suite("File, variables and flags")
struct SettingsLayersTests {
  let configuration: ConfigurationFolder

  init() throws {
    configuration = try ConfigurationFolder()
  }

  private func settings(
    _ yaml: String, _ environment: [String: String] = [:], flags: [String: String] = [:]
  ) throws -> Settings {
    let loaded = try configuration.load(yaml, environment: environment, flags: flags)
    #expect(loaded.problems == [])
    return try #require(loaded.settings)
  }

  @Test("a flag wins over a variable, that over the file, that over the default")
  func precedence() throws {
    let yaml = "retry: {delay: 3s, max_delay: 20m, max_attempts: 4}\n"
    let environment = ["BEACONGATE_RETRY_DELAY": "4s", "BEACONGATE_RETRY_MAX_DELAY": "30m"]
    let read = try settings(yaml, environment, flags: ["retry.delay": "5s"])
    #expect(read.retry.delay == .seconds(5))
    #expect(read.retry.maxDelay == .seconds(1800))
    #expect(read.retry.maxAttempts == 4)
    #expect(read.limits == Settings().limits)
  }

  @Test("a mistake that a later layer replaces is reported all the same")
  func replacedMistake() throws {
    let loaded = try configuration.load("retry: {delay: soon}", environment: ["BEACONGATE_RETRY_DELAY": "4s"])
    #expect(loaded.settings == nil)
    #expect(loaded.problems.count == 1)
  }

  @Test("the word of an unset value takes back what the file set, an empty variable takes back nothing")
  func unsetting() throws {
    let yaml = "telegram: {max_age: 1h}\nadmin: {token: abc}\n"
    let read = try settings(yaml, ["BEACONGATE_TELEGRAM_MAX_AGE": "off", "BEACONGATE_ADMIN_TOKEN": ""])
    #expect(read.telegram.maxAge == nil)
    #expect(read.admin.token?.value == "abc")
  }

  @Test("lists are comma separated in a variable, and a list or one value in the file")
  func lists() throws {
    let both = [ListenAddress.tcp(host: "::1", port: 1), .unix(path: "/tmp/s")]
    #expect(try settings("", ["BEACONGATE_HTTP_LISTEN": "[::1]:1, unix:/tmp/s,"]).http.listen == both)
    #expect(try settings("http: {listen: [\"[::1]:1\", \"unix:/tmp/s\"]}").http.listen == both)
    #expect(try settings("http: {listen: \"[::1]:1\"}").http.listen == [both[0]])
    #expect(
      try settings("", ["BEACONGATE_DOMAINS": "a.example,b.example"]).domains.map(\.name) == ["a.example", "b.example"])
    #expect(try settings("", ["BEACONGATE_LOGBEACON_KEY_FIELDS": #"["a,b","c"]"#]).logbeacon.keyFields == ["a,b", "c"])
  }

  @Test("no worker runs for the word none or an empty list", arguments: ["none", "[]"])
  func noWorkers(text: String) throws {
    #expect(try settings("", ["BEACONGATE_WORKERS": text]).workers == [])
    #expect(try settings("workers: \(text)\n").workers == [])
    #expect(try settings("workers: [telegram]\n").workers == [.telegram])
  }

  @Test("none declares a sink or chat unwanted, which differs from saying nothing")
  func unwanted() throws {
    let read = try settings(
      "logbeacon: {url: none}\ntelegram: {bot_token: None, developer: {chat_id: none}}\n",
      ["BEACONGATE_TELEGRAM_CUSTOMER_CHAT_ID": "-1001234567890"])
    #expect(read.logbeacon.url == .unwanted)
    #expect(read.telegram.botToken == .unwanted)
    #expect(read.telegram.developer.id == .unwanted)
    #expect(read.telegram.customer.id == .set("-1001234567890"))
    #expect(try settings("").logbeacon.url == .unset)
  }

  @Test("a _FILE variable reads its value from a file, without the line end")
  func files() throws {
    try configuration.folder.write("1:abc\n", to: "token")
    let read = try settings("", ["BEACONGATE_TELEGRAM_BOT_TOKEN_FILE": configuration.folder.file("token")])
    #expect(read.telegram.botToken == .set(Secret("1:abc")))
  }

  @Test("a _FILE variable whose file is missing or empty, or that stands beside its plain variable, is a problem")
  func badFiles() throws {
    let missing = configuration.folder.file("missing")
    let lines = try configuration.problems("", environment: ["BEACONGATE_ADMIN_TOKEN_FILE": missing])
    #expect(lines.count == 1)
    #expect(lines[0].hasPrefix("BEACONGATE_ADMIN_TOKEN_FILE: admin.token: missing: No such file or directory"))
    try configuration.folder.write("\n", to: "empty")
    let empty = ["BEACONGATE_ADMIN_TOKEN_FILE": configuration.folder.file("empty")]
    #expect(
      try configuration.problems("", environment: empty) == [
        "BEACONGATE_ADMIN_TOKEN_FILE: admin.token: empty: the file is empty or not UTF-8; write the value into it"
      ])
    try configuration.folder.write("t\n", to: "token")
    let both = ["BEACONGATE_ADMIN_TOKEN": "x", "BEACONGATE_ADMIN_TOKEN_FILE": configuration.folder.file("token")]
    #expect(
      try configuration.problems("", environment: both) == [
        "BEACONGATE_ADMIN_TOKEN_FILE: admin.token: BEACONGATE_ADMIN_TOKEN is set too; keep one of the two"
      ])
  }

  @Test("variables expand inside the file, also where quotes keep YAML from tripping over the braces")
  func expansion() throws {
    let read = try settings(
      "domains: [\"${D}\", b]\nretry: {max_attempts: \"${N:-7}\"}\nlogbeacon:\n  url: https://${D}/log\n",
      ["D": "d.example"])
    #expect(read.domains.map(\.name) == ["d.example", "b"])
    #expect(read.retry.maxAttempts == 7)
    #expect(read.logbeacon.url == .set("https://d.example/log"))
  }

  @Test("each domain has the global blocks with its own values over them, whatever layer the global ones come from")
  func domains() throws {
    let yaml = """
      domains:
        - a
        - name: b
          logbeacon: {url: "https://b/", timeout: 3s}
          telegram: {developer: {chat_id: 7}, bot_token: none}
      default_domain: b
      logbeacon: {url: https://global/, concurrency: 4}
      telegram: {developer: {chat_id: 1, silent: true}}
      """
    let read = try settings(yaml, ["BEACONGATE_LOGBEACON_CONCURRENCY": "5"])
    #expect(read.defaultDomain == 1)
    #expect(read.defaultDomainName == "b")
    #expect(read.domains[0].logbeacon == read.logbeacon)
    #expect(read.domains[0].telegram == read.telegram)
    #expect(read.logbeacon.concurrency == 5)
    #expect(read.domains[1].logbeacon.concurrency == 5)
    #expect(read.domains[1].logbeacon.url == .set("https://b/"))
    #expect(read.domains[1].logbeacon.timeout == .seconds(3))
    #expect(read.domains[1].telegram.developer.id == .set("7"))
    #expect(read.domains[1].telegram.developer.silent)
    #expect(read.domains[1].telegram.botToken == .unwanted)
    #expect(read.telegram.botToken == .unset)
  }

  @Test("a template may be of several lines or of a file, is a domain's own, and `standard` is the guide's text")
  func templates() throws {
    try configuration.folder.write("{id}\n{message}\n", to: "template")
    let yaml = """
      domains: [{name: a, telegram: {developer: {template: "x {id}"}, customer: {template: standard}}}, b]
      telegram:
        developer:
          template: |-
            {level}: {message}
            $${{x}}
      """
    let path = configuration.folder.file("template")
    let read = try settings(yaml, ["BEACONGATE_TELEGRAM_CUSTOMER_TEMPLATE_FILE": path])
    #expect(read.telegram.developer.template?.source == "{level}: {message}\n${{x}}")
    #expect(read.domains[0].telegram.developer.template?.source == "x {id}")
    #expect(read.telegram.customer.template?.source == "{id}\n{message}")
    #expect(read.domains[0].telegram.customer.template == nil)
    #expect(read.domains[1].telegram == read.telegram)
  }

  @Test(
    "routes name levels in any case or by number; levels left out keep the guide's, `none` and [] are the console alone"
  )
  func routes() throws {
    var expected = RouteTable()
    expected[.error] = [.logbeacon]
    expected[.monitor] = [.logbeacon, .telegramDeveloper]
    expected[.info] = []
    expected[.infoCTG] = []
    let yaml = "routes: {error: logbeacon, 99: [telegram.developer, logbeacon], INFO: [], info_ctg: none, Debug: }\n"
    #expect(try settings(yaml).routes == expected)
    let json = #"{"9":["logbeacon"],"Monitor":["logbeacon","telegram.developer"],"Info":[],"11":[]}"#
    #expect(try settings("routes: {91: []}\n", ["BEACONGATE_ROUTES": json]).routes == expected)
    #expect(try settings("").routes == RouteTable())
    let told = try settings(yaml).describe()
    #expect(told.contains("  Monitor: [logbeacon, telegram.developer]\n") && told.contains("  Info: []\n"))
    #expect(try settings(told).routes == expected)
  }

  @Test("lists of maps are JSON in a variable, and a mistake in it names the variable")
  func json() throws {
    let json = #"[{"name":"a","telegram":{"group_window":"5s"}},{"name":"b"}]"#
    let read = try settings("", ["BEACONGATE_DOMAINS": json])
    #expect(read.domains.map(\.name) == ["a", "b"])
    #expect(read.domains[0].telegram.groupWindow == .seconds(5))
    let headers = try settings("", ["BEACONGATE_LOGBEACON_HEADERS": #"{"X-A":"1"}"#])
    #expect(headers.logbeacon.headers == ["X-A": Secret("1")])
    let lines = try configuration.problems("", environment: ["BEACONGATE_DOMAINS": #"[{"name":"a""#])
    #expect(lines.count == 1)
    #expect(lines[0].hasPrefix("BEACONGATE_DOMAINS: not JSON: "))
    #expect(
      try configuration.problems("", environment: ["BEACONGATE_DOMAINS": #"[{"nme":"a","name":"a"}]"#]) == [
        "BEACONGATE_DOMAINS: domains[0].nme: unknown key; did you mean domains[0].name?"
      ])
  }

  @Test("variables of ours that no key has are told apart from Kubernetes' own")
  func unknownVariables() throws {
    let loaded = try configuration.load(
      "",
      environment: [
        "BEACONGATE_HTTP_LISEN": "x", "BEACONGATE_SERVICE_HOST": "x", "BEACONGATE_PORT_8080_TCP_ADDR": "x",
        "BEACONGATE_PORT": "tcp://x", "BEACONGATE_CONFIG": "x", "HOME": "/", "BEACONGATE_XYZZY": "1",
      ])
    #expect(loaded.settings != nil)
    #expect(
      loaded.unknownVariables.map(\.description) == [
        "BEACONGATE_HTTP_LISEN: unknown variable; did you mean BEACONGATE_HTTP_LISTEN?",
        "BEACONGATE_XYZZY: unknown variable; remove it",
      ])
    #expect(loaded.warnings == loaded.unknownVariables)
  }

  @Test("the file is the one that the flag names, else the one of BEACONGATE_CONFIG")
  func source() throws {
    try configuration.folder.write("default_program: one\n", to: "one.yaml")
    let path = configuration.folder.file("one.yaml")
    let environment = ["BEACONGATE_CONFIG": path]
    let loaded = SettingsLoader.load(configPath: nil, environment: environment, flags: [:])
    #expect(loaded.source == path)
    #expect(loaded.settings?.defaultProgram == "one")
    #expect(try settings("default_program: two\n", environment).defaultProgram == "two")
  }

  @Test("a secret given by a flag is taken, with a notice that names the variable to use")
  func secretFlag() throws {
    let loaded = try configuration.load("", flags: ["telegram.bot_token": "1:hush"])
    #expect(loaded.settings?.telegram.botToken == .set(Secret("1:hush")))
    #expect(
      loaded.warnings.map(\.description) == [
        "--set telegram.bot_token: other users can see a secret on the command line; use BEACONGATE_TELEGRAM_BOT_TOKEN_FILE"
      ])
  }

  @Test("tokens parse whole, and mistakes are named")
  func tokens() throws {
    let digest = String(repeating: "Ab", count: 32)
    let good = "auth: {tokens: [{name: a, sha256: \(digest), domains: [localhost], rate: 0.5, burst: 3}]}"
    #expect(try configuration.problems(good) == [])
    let certified = #"auth: {tokens: [{name: a, subject: "CN=a,O=b"}, {name: b, subject: "dns:a.example"}]}"#
    #expect(try configuration.problems("http: {tls: {certificate: a, key: b, client_ca: c}}\n\(certified)") == [])
    let twice =
      #"auth: {tokens: [{name: a, subject: "CN=a, o = b"}, {name: b, subject: "CN=a,O=b"}, {name: c, subject: x}]}"#
    let bothKinds = #"auth: {tokens: [{name: a, subject: "CN=a", token: x}]}"#
    for (text, words) in [
      (
        certified,
        "auth.tokens[0].subject: clients are not asked for a certificate; set http.tls.client_ca, or use a token"
      ),
      (twice, "auth.tokens[2].subject: \"x\" names no certificate; write CN=…,O=… as"),
      (twice.replacing(", {name: c, subject: x}", with: ""), "auth.tokens: two tokens have the subject CN=a,O=b; keep"),
      (bothKinds, "auth.tokens[0]: a token needs exactly one of sha256, token and subject; keep one of them"),
    ] {
      let problems = try configuration.problems(text)
      #expect(problems.count == 1 && problems[0].contains(words), "\(problems)")
    }
    let bad = "auth: {tokens: [{name: a}, {name: a, token: x, rate: 0}, {token: x}, {name: b, token: y, burst: 1}]}"
    #expect(
      try configuration.problems(bad).map { $0.split(separator: ": ", maxSplits: 2)[1...].joined(separator: ": ") } == [
        "auth.tokens[0]: a token needs exactly one of sha256, token and subject; keep one of them",
        "auth.tokens[1].rate: \"0\" is not a rate; write events a second, above 0 to 1000000",
        "auth.tokens[2].name: every token needs a name; add name",
        "auth.tokens[3].burst: burst without rate limits nothing; add rate",
      ])
  }
}
