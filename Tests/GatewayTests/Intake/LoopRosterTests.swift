import Core
import EventLoop
import Fakes
import Platform
import Testing

@testable import Gateway

@Suite struct LoopRosterTests {
  private static func roster(_ loads: [Int]) -> (LoopRoster, [Mailbox<IntakeLoop.Message>], Metrics) {
    let metrics = Metrics(domains: [], loops: loads.count)
    for (shard, load) in zip(metrics.shards, loads) { for _ in 0..<load { shard.connectionOpened() } }
    let mailboxes = loads.map { _ in Mailbox<IntakeLoop.Message> {} }
    return (LoopRoster(mailboxes, metrics), mailboxes, metrics)
  }

  private static func accepted() throws -> Socket {
    let listener = try Listener(.tcp(host: "127.0.0.1", port: 0))
    guard case .tcp(_, let port) = listener.address else { preconditionFailure("a TCP listener has a port") }
    _ = try RawHTTPConnection(port: port)
    var socket: Socket?
    _ = waitUntil {
      if case .socket(let taken) = listener.accept() { socket = taken }
      return socket != nil
    }
    return try #require(socket)
  }

  @Test(
    "a connection goes to the loop that has the fewest, and stays where no other has fewer",
    arguments: [
      ([0], 0, nil), ([0, 0], 0, nil), ([0, 0], 1, nil), ([1, 0], 0, 1), ([0, 1], 0, nil), ([3, 2, 1], 0, 2),
      ([3, 2, 2], 1, nil),
    ]
      as [([Int], Int, Int?)])
  func lighter(loads: [Int], own: Int, expected: Int?) {
    #expect(Self.roster(loads).0.lighter(than: own) == expected)
  }

  @Test(
    "one that is on its way counts where it goes; a loop is settled once all have left and nothing is on its way to it")
  func onItsWay() throws {
    let (roster, mailboxes, _) = Self.roster([1, 0])
    roster.joined()
    roster.joined()
    #expect(roster.lighter(than: 0) == 1)
    let socket = try Self.accepted()
    defer { socket.close() }
    roster.hand(socket, Site(router: .intake, isAdmin: false), to: 1)
    #expect(roster.lighter(than: 0) == nil)
    roster.left()
    #expect(mailboxes[1].take().count == 1)
    #expect(!roster.isSettled(0))
    roster.left()
    #expect(roster.isSettled(0))
    #expect(!roster.isSettled(1))
    // Those that have waited for the last one are told.
    #expect(mailboxes.map { $0.take().count } == [1, 1])
    roster.arrived(at: 1)
    #expect(roster.isSettled(1))
  }

  @Test("connections that come at once are spread over the loops, and each is served", arguments: [1, 2, 3])
  func spread(loops: Int) throws {
    var settings = Settings()
    settings.http.listen = [.tcp(host: "127.0.0.1", port: 0)]
    settings.admin.listen = [.tcp(host: "127.0.0.1", port: 0)]
    let metrics = Metrics(domains: settings.domains.map(\.name), loops: loops)
    let bound = try Intake.Bound(settings)
    let intake = try Intake(
      bound, settings: settings, queue: MemoryQueue(), console: .off, metrics: metrics,
      heartbeats: (0..<loops).map { _ in Heartbeat() },
      pages: { _, _ in Page(status: .ok, mediaType: .json, body: []) }, deadPages: { _, _ in })
    defer {
      intake.refuse()
      intake.close()
    }
    let port = try #require(bound.addresses.first?.address.split(separator: ":").last.flatMap { UInt16($0) })
    let connections = try (0..<12 * loops).map { _ in try RawHTTPConnection(port: port) }
    for connection in connections {
      try connection.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
      #expect(try connection.readResponse().status == 200)
    }
    let open = metrics.shards.map(\.openConnections)
    // Two loops that accept at the same moment may both think of a third, or of each other.
    #expect(open.reduce(0, +) == 12 * loops && open.allSatisfy { 9...15 ~= $0 }, "\(open)")
  }
}
