import Fakes
import Testing

/// Whose address stands with a slow request.
@Suite struct ForwardedClientTests {
  private static let event = #"{"level":1,"def_name":"f","message":"m"}"#

  /// A gateway to which every request is slow that waits for the disk.
  private static func start(_ environment: [String: String]) throws -> GatewayProcess {
    let gateway = try GatewayProcess(
      environment: environment.merging([
        "BEACONGATE_MONITOR_THRESHOLD": "1ms", "BEACONGATE_CONSOLE_FORMAT": "json", "BEACONGATE_LOCALE": "en",
      ]) { $1 })
    #expect(waitUntil(timeout: .seconds(20)) { gateway.standardError.contains("taking events on") })
    return gateway
  }

  /// True when an event is answered 202, whose request has `fields` and comes behind `start`.
  static func accepts(port: UInt16, _ fields: String, after start: String = "") throws -> Bool {
    let connection = try RawHTTPConnection(port: port)
    try connection.send(
      "\(start)POST /log HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\(fields)"
        + "Content-Length: \(event.utf8.count)\r\n\r\n\(event)")
    return try connection.readResponse().status == 202
  }

  /// True when a request that begins with `start` is shown as slow, with `client` as whose it was.
  private static func shows(_ client: String, _ gateway: GatewayProcess, _ fields: String, after start: String = "")
    throws -> Bool
  {
    try waitUntil {
      guard try accepts(port: gateway.port, fields, after: start) else { return false }
      return gateway.standardOutput.contains("\"POST /log \(client)\"")
    }
  }

  @Test("a trusted proxy's X-Forwarded-For or Forwarded names the client, anybody else's does not")
  func headers() throws {
    let trusting = try Self.start(["BEACONGATE_HTTP_TRUSTED_PROXIES": "127.0.0.1,10.0.0.0/8"])
    #expect(try Self.shows("192.0.2.7", trusting, "X-Forwarded-For: 1.1.1.1, 192.0.2.7, 10.0.0.5\r\n"))
    #expect(try Self.shows("2001:db8::9", trusting, "Forwarded: for=\"[2001:db8::9]:80\";proto=https\r\n"))
    #expect(try Self.shows("127.0.0.1", trusting, "X-Forwarded-For: 1.1.1.1, unknown\r\n"))
    let other = try Self.start(["BEACONGATE_HTTP_TRUSTED_PROXIES": "10.0.0.0/8"])
    #expect(try Self.shows("127.0.0.1", other, "X-Forwarded-For: 192.0.2.7\r\nForwarded: for=192.0.2.7\r\n"))
    #expect(!trusting.standardOutput.contains("POST /log 1.1.1.1"))
    #expect(!other.standardOutput.contains("192.0.2.7"))
  }

  @Test("behind two proxies the PROXY header names the nearer one, and the field the client")
  func announced() throws {
    let gateway = try Self.start([
      "BEACONGATE_HTTP_TRUSTED_PROXIES": "127.0.0.1,10.0.0.0/8", "BEACONGATE_HTTP_PROXY_PROTOCOL": "true",
    ])
    let line = { (source: String) in "PROXY TCP4 \(source) 127.0.0.1 4000 8080\r\n" }
    #expect(try Self.shows("192.0.2.7", gateway, "", after: line("192.0.2.7")))
    #expect(try Self.shows("192.0.2.8", gateway, "X-Forwarded-For: 192.0.2.8\r\n", after: line("10.0.0.9")))
    #expect(try Self.shows("192.0.2.9", gateway, "X-Forwarded-For: 1.1.1.1\r\n", after: line("192.0.2.9")))
    #expect(!gateway.standardOutput.contains("POST /log 1.1.1.1"))
  }
}
