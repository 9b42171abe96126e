import Core
import Fakes
import Gateway
import Testing

@Suite("Mistakes in the configuration")
struct SettingsMistakesTests {
  let configuration: ConfigurationFolder

  init() throws {
    configuration = try ConfigurationFolder()
  }

  @Test("all mistakes of a file are reported at once, each with its place, in the order of the file")
  func allAtOnce() throws {
    let yaml = """
      role: al
      http:
        lisen: 127.0.0.1:1
        threads: many
        max_headers: 0
        header_timeout: 10
        max_headers: 5
      telegram:
        developer: {chat_id: [1, 2], silent: "true"}
      admin: 127.0.0.1:1
      domains: [ok, .bad, ok]
      retry:
        delay: 2 s
      listen: x
      """
    #expect(
      try configuration.problems(yaml) == [
        "b.yaml:1:7: role: \"al\" is unknown; did you mean all?",
        "b.yaml:3:3: http.lisen: unknown key; did you mean http.listen?",
        "b.yaml:4:12: http.threads: \"many\" is not a whole number; write 1 to 1024",
        "b.yaml:5:16: http.max_headers: 0 is out of range; write 1 to 10000",
        "b.yaml:6:19: http.header_timeout: \"10\" has no unit; write it like 100ms, 2s, 10m or 4h",
        "b.yaml:7:3: the key max_headers is given twice; keep one of them",
        "b.yaml:9:24: telegram.developer.chat_id: a single value is expected, not a list; chat id, or `none`",
        "b.yaml:9:40: telegram.developer.silent: \"true\" is not a boolean; write true or false",
        "b.yaml:10:8: admin: a block of keys is expected, not a single value; write one or more of listen, token, hosts",
        "b.yaml:11:15: domains[1]: \".bad\" is not a name; write 1 to 255 of A-Z a-z 0-9 . _ -, not starting with a dot",
        "b.yaml:11:21: domains[2]: ok is given twice; keep one",
        "b.yaml:13:10: retry.delay: \"2 s\" is not a duration; write it like 100ms, 2s, 10m or 4h",
        "b.yaml:14:1: listen: unknown key; remove it",
      ])
  }

  @Test("mistakes in file, variables and flags come together, and so do broken rules")
  func everySource() throws {
    let lines = try configuration.problems(
      "http: {threads: x}\nrole: ingest\n",
      environment: ["BEACONGATE_HTTP_MAX_HEADERS": "-1", "BEACONGATE_WORKERS": "logbeacon,tg"],
      flags: ["retry.delay": "0s", "http.listn": "x"])
    #expect(
      lines == [
        "b.yaml:1:17: http.threads: \"x\" is not a whole number; write 1 to 1024",
        "b.yaml:2:7: role: ingest needs a broker between intake and delivery; set broker.urls, or use role all",
        "BEACONGATE_HTTP_MAX_HEADERS: -1 is out of range; write 1 to 10000",
        "BEACONGATE_WORKERS: workers[1]: \"tg\" is unknown; write one of logbeacon, telegram, webhook",
        "--set http.listn: unknown key; did you mean http.listen?",
        "--set retry.delay: 0s is out of range; write 1ms to 24h",
      ])
  }

  @Test(
    "each mistake is one line with place, key, problem and mend",
    arguments: [
      ("http.listen: 127.0.0.1:1", "b.yaml:1:1: http.listen: unknown key; write listen in a block http"),
      ("http: {client_ca: x}", "b.yaml:1:8: http.client_ca: unknown key; did you mean http.tls.client_ca?"),
      (
        "http: {listen: \"8080\"}",
        "b.yaml:1:16: http.listen[0]: \"8080\" is not an address; write host:port, [::]:port or unix:/path"
      ),
      (
        "http: {max_body_bytes: 1MB}",
        "b.yaml:1:24: http.max_body_bytes: \"1MB\" is not a size; write bytes, or a unit such as 64KiB or 1GiB"
      ),
      (
        "http: {max_headers: \"5\"}", "b.yaml:1:21: http.max_headers: \"5\" is not a whole number; leave the quotes out"
      ),
      ("http: {max_headers: 1.5}", "b.yaml:1:21: http.max_headers: \"1.5\" is not a whole number; write 1 to 10000"),
      (
        "- a\n",
        "b.yaml:1:1: a block of keys is expected, not a list; write one or more of role, workers, data_dir, locale, timezone, queue, http, admin, auth, domains, default_domain, default_program, routes, broker, fallback, fallback_after, spool, dead, intake, worker, logbeacon, telegram, webhook, retry, shutdown, console, monitor, limits"
      ),
      (
        "default_domain: x",
        "b.yaml:1:17: default_domain: \"x\" is not among the domains; add it to domains, or write one of them"
      ),
      ("domains: []", "b.yaml:1:10: domains: 1 to 1000 domains are expected; write a list of names"),
      (
        "domains: [{nam: a}]",
        "b.yaml:1:11: domains[0].name: a domain needs a name; add name\nb.yaml:1:12: domains[0].nam: unknown key; did you mean domains[0].name?"
      ),
      (
        "domains: [{name: a, telegram: {bot_token: 1:a, silent: true}}]",
        "b.yaml:1:48: domains[0].telegram.silent: unknown key; remove it"
      ),
      (
        "domains: [{name: a, logbeacon: {timeout: 1}}]",
        "b.yaml:1:42: domains[0].logbeacon.timeout: \"1\" has no unit; write it like 100ms, 2s, 10m or 4h"
      ),
      (
        "logbeacon: {url: ftp://h/}",
        "b.yaml:1:18: logbeacon.url: the value is not a URL; write one that starts with https:// or http://"
      ),
      (
        "logbeacon: {url: \"https://h:0/\"}",
        "b.yaml:1:18: logbeacon.url: the URL's port is not a number from 1 to 65535; write https://host:port/…"
      ),
      (
        "logbeacon: {headers: {Content-Length: 5}}",
        "b.yaml:1:23: logbeacon.headers.Content-Length: this header is set by each call itself; remove it"
      ),
      (
        "logbeacon: {headers: {A: \"x\\r\\nB: y\"}}",
        "b.yaml:1:26: logbeacon.headers.A: the value is not a header value; write 1 to 4096 bytes on one line"
      ),
      (
        "logbeacon: {fields: {mesage: m}}",
        "b.yaml:1:22: logbeacon.fields.mesage: unknown key; did you mean logbeacon.fields.message?"
      ),
      (
        "logbeacon: {fields: {message: id}}",
        "b.yaml:1:21: logbeacon.fields: two members would be named id; give each its own name"
      ),
      (
        "telegram: {developer: {chat_id: abc}}",
        "b.yaml:1:33: telegram.developer.chat_id: \"abc\" is not a chat id; write the chat's number, or @name of a channel"
      ),
      (
        "telegram: {customer: {template: \"{mesage} {\"}}",
        "b.yaml:1:33: telegram.customer.template: line 1, column 1 of the template: \"{mesage}\" is no placeholder; did you mean {message}? there are {time} {domain} {program} {level} {function} {message} {extra_info} {hash} {id}\nb.yaml:1:33: telegram.customer.template: line 1, column 10 of the template: a { is not closed; write {{ for a brace, or close one of {time} {domain} {program} {level} {function} {message} {extra_info} {hash} {id}"
      ),
      (
        "domains: [{name: a, telegram: {customer: {template: ''}}}]",
        "b.yaml:1:53: domains[0].telegram.customer.template: line 1, column 1 of the template: the template is empty; write a text, or leave the key out"
      ),
      (
        "routes: {Eror: [logbeacon], Error: [logbecon], 9: none, 12: [], 1: [logbeacon, logbeacon], debug: x}",
        """
        b.yaml:1:10: routes.Eror: "Eror" is no level; did you mean Error?
        b.yaml:1:37: routes.Error[0]: "logbecon" is no route; did you mean logbeacon?
        b.yaml:1:48: routes.9: level Error is given twice; keep one
        b.yaml:1:57: routes.12: "12" is no level; write one of Debug (0), Info (1), Error (9), Info_CTG (11), Error_CTG (91), Monitor (99)
        b.yaml:1:68: routes.1: logbeacon is given twice; keep one
        b.yaml:1:99: routes.debug[0]: "x" is no route; write one of logbeacon, telegram.developer, telegram.customer, webhook
        """
      ),
      (
        "routes: {Error: [webhook]}",
        "b.yaml:1:9: routes: a level goes to webhook, and webhook.url is not set; set webhook.url and webhook.secret, or take webhook out of the routes"
      ),
      (
        "webhook: {url: https://h/}",
        "webhook.secret: calls of domain localhost would not be signed; set it, best as a file named by BEACONGATE_WEBHOOK_SECRET_FILE"
      ),
      (
        "webhook: {secret: short}",
        "b.yaml:1:19: webhook.secret: the value is not a webhook secret; write whsec_ and the base64 of 24 bytes or more (openssl rand -base64 32), or 24 visible ASCII characters or more"
      ),
      (
        "domains: [{name: a, webhook: {concurency: 3}}]",
        "b.yaml:1:31: domains[0].webhook.concurency: unknown key; did you mean domains[0].webhook.concurrency?"
      ),
      (
        "routes: [Error]",
        "b.yaml:1:9: routes: a block of levels is expected, not a list; write {Error: [logbeacon, telegram.developer]}"
      ),
      (
        "default_program: a/b",
        "b.yaml:1:18: default_program: \"a/b\" is not a name; write 1 to 64 of A-Z a-z 0-9 . _ -, not starting with a dot"
      ),
      (
        "timezone: ../etc/passwd",
        "b.yaml:1:11: timezone: \"../etc/passwd\" is not a time zone; write an IANA name such as Asia/Taipei"
      ),
      (
        "timezone: Asia/Nowhere",
        "b.yaml:1:11: timezone: the system knows no zone Asia/Nowhere; write an IANA name such as Asia/Taipei, and install tzdata"
      ),
      ("a: &x 1", "b.yaml:1:1: a: unknown key; remove it\nb.yaml:1:4: anchors are not supported; write the value out"),
      ("http: {threads: 1\n", "b.yaml:2:1: did not find expected ',' or '}'; mend the YAML here"),
      (
        "locale: ${LANGUAGE_X}",
        "b.yaml:1:9: locale: the variable LANGUAGE_X is not set; set it, or give a default: ${LANGUAGE_X:-default}"
      ),
      ("\"a\\e[31m\": 1", "b.yaml:1:1: a\\u{1b}[31m: unknown key; remove it"),
    ])
  func single(yaml: String, lines: String) throws {
    #expect(try configuration.problems(yaml).joined(separator: "\n") == lines)
  }

  @Test(
    "a secret that is refused is not repeated",
    arguments: [
      "telegram: {bot_token: \"hush hush\"}", "admin: {token: \"hush hush\"}",
      "logbeacon: {headers: {A: \"hush\\nhush\"}}", "broker: {urls: [\"http://u:hush@h\"]}",
      "webhook: {secret: hush}", "webhook: {secret: whsec_hush!hush!hush!hush!hush!hush!hush!hush}",
      "auth: {tokens: [{name: t, sha256: hush}]}", "logbeacon: {url: \"ftp://u:hush@h\"}",
    ])
  func secrets(yaml: String) throws {
    let problems = try configuration.problems(yaml)
    #expect(!problems.isEmpty)
    #expect(!problems.contains { $0.contains("hush") })
  }

  @Test("a file that was named and cannot be read is an error")
  func missingFile() {
    let path = configuration.folder.file("none.yaml")
    let loaded = SettingsLoader.load(configPath: path, environment: [:], flags: [:])
    #expect(loaded.settings == nil)
    #expect(loaded.problems.map(\.description).first?.hasPrefix("\(path):1:1: the file cannot be read: ") == true)
    #expect(loaded.problems.count == 1)
  }

  @Test("a folder is no configuration file, and an empty file is one")
  func folderAndEmptyFile() throws {
    let folder = SettingsLoader.load(configPath: configuration.folder.path, environment: [:], flags: [:])
    #expect(folder.problems.count == 1)
    #expect(try configuration.load("").settings == Settings())
    #expect(try configuration.load("http:\nretry: {delay: }\n").settings == Settings())
  }
}
