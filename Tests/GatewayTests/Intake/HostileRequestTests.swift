import Core
import Fakes
import Testing

@Suite("Hostile requests over a socket") struct HostileRequestTests {
  /// A health check: whatever lies behind a refused request and is answered is a request that was smuggled.
  private static let probe = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"

  /// How many events a gateway has accepted.
  private static func accepted(_ gateway: RunningGateway) throws -> Int {
    let page = try gateway.exchange("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", onAdmin: true).text
    return page.split(separator: "\n").filter { $0.hasPrefix("beacongate_events_accepted_total{") }
      .reduce(0) { $0 + (Int($1.split(separator: " ").last ?? "") ?? 0) }
  }

  private static func check(_ hostile: HostileRequest, _ connection: RawHTTPConnection) throws {
    let response = try connection.readResponse()
    #expect(hostile.allowed.contains(response.status), "\(hostile.clause): \(response.status)")
    if response.status >= 400 {
      #expect(response.headers["content-type"] == "application/problem+json", "\(hostile.clause)")
    }
    guard hostile.mustClose else {
      #expect(try connection.readResponse().status == 200, "\(hostile.clause): the connection goes on")
      return
    }
    #expect(response.headers["connection"] == "close", "\(hostile.clause)")
    #expect(connection.isClosedByPeer(), "\(hostile.clause)")
  }

  @Test("each is answered as its clause says, closes where it must, and publishes no more than it may")
  func table() throws {
    let gateway = try RunningGateway()
    var published = 0
    for hostile in HostileRequest.table {
      let connection = try gateway.connect()
      try connection.send(hostile.bytes + Self.probe)
      try Self.check(hostile, connection)
      published += hostile.published
      #expect(try Self.accepted(gateway) == published, "\(hostile.clause)")
    }
  }

  @Test("one byte a packet, each is answered the same")
  func trickling() throws {
    let gateway = try RunningGateway()
    for hostile in HostileRequest.table {
      let connection = try gateway.connect()
      // The gateway may have closed before the last byte is sent.
      for byte in (hostile.bytes + Self.probe).utf8 { if (try? connection.send([byte])) == nil { break } }
      try Self.check(hostile, connection)
    }
    #expect(try Self.accepted(gateway) == HostileRequest.table.reduce(0) { $0 + $1.published })
  }

  @Test("what is behind a sound request is refused for itself, and the sound one keeps its answer")
  func behindSound() throws {
    let gateway = try RunningGateway()
    for hostile in HostileRequest.table where hostile.published == 0 && hostile.mustClose {
      let connection = try gateway.connect()
      try connection.send(RunningGateway.post(RunningGateway.event) + hostile.bytes + Self.probe)
      #expect(try connection.readResponse().status == 202, "\(hostile.clause)")
      try Self.check(hostile, connection)
    }
  }

  @Test("a client that resets in the middle of its answers takes nobody else along")
  func reset() throws {
    let gateway = try RunningGateway()
    let other = try gateway.connect()
    for _ in 0..<20 {
      do {
        let connection = try gateway.connect()
        try connection.send(String(repeating: RunningGateway.post(RunningGateway.event), count: 50))
        connection.resetOnClose()
      }
      try other.send(RunningGateway.post(RunningGateway.event))
      #expect(try other.readResponse().status == 202)
    }
  }

  @Test("a client that half-closes in the middle of a request is closed without an answer")
  func unfinished() throws {
    let gateway = try RunningGateway()
    for text in ["POST /log HT", "POST /log HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{", "\r\n"] {
      let connection = try gateway.connect()
      try connection.send(text)
      connection.closeWrite()
      #expect(connection.isClosedByPeer())
    }
    #expect(try Self.accepted(gateway) == 0)
  }
}
