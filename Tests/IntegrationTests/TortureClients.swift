import Fakes
import Platform
import Synchronization

/// Clients that go on whatever happens: each sends the next event as soon as the last is answered or lost, or, with a pace, at
/// its time.
final class TortureClients: Sendable {
  /// Accepted copies that no service has yet; with more, clients wait.
  static let maxOwed = 2000
  /// The pause of the client whose events go to the chats, which take one a second.
  static let chatInterval = Duration.milliseconds(1500)

  private let threads: [NamedThread]
  private let isStopped: Flag
  private let isHeld = Flag()

  /// `port` is where the gateway listens now; it changes with every start. Client 0 sends to the chats.
  init(_ ledger: TortureLedger, clients: Int, pace: TorturePace? = nil, port: @escaping @Sendable () -> UInt16) {
    let isStopped = Flag()
    self.isStopped = isStopped
    let isHeld = isHeld
    threads = (0..<clients).map { client in
      NamedThread("client-\(client)") {
        TortureClient(
          client: client, ledger: ledger, pace: pace, port: port, isStopped: isStopped, isHeld: isHeld
        ).run()
      }
    }
  }

  /// Nothing more is sent until ``goOn()``; what is under way is answered meanwhile.
  func hold() { isHeld.raise() }

  func goOn() { isHeld.lower() }

  /// Waits for the answers that are due.
  func stop() {
    isStopped.raise()
    for thread in threads { thread.join() }
  }
}

/// Seen by every thread.
final class Flag: Sendable {
  private let value = Atomic(false)

  var isRaised: Bool { value.load(ordering: .acquiring) }
  func raise() { value.store(true, ordering: .releasing) }
  func lower() { value.store(false, ordering: .releasing) }
}

private struct TortureClient {
  let client: Int
  let ledger: TortureLedger
  let pace: TorturePace?
  let port: @Sendable () -> UInt16
  let isStopped: Flag
  let isHeld: Flag

  func run() {
    var connection: RawHTTPConnection?
    var due = Clock.monotonicNanoseconds()
    while !isStopped.isRaised {
      if let pace {
        due += pace.interval
        _ = waitUntil { Clock.monotonicNanoseconds() >= due || isStopped.isRaised }
      } else {
        _ = waitUntil(timeout: .seconds(1)) { ledger.owed < TortureClients.maxOwed || isStopped.isRaised }
      }
      while isHeld.isRaised, !isStopped.isRaised { _ = waitUntil { !isHeld.isRaised || isStopped.isRaised } }
      // What is not due yet has no latency.
      if isStopped.isRaised { return }
      if connection == nil { connection = try? RawHTTPConnection(port: port()) }
      guard let open = connection else {
        _ = waitUntil(timeout: .milliseconds(10)) { isStopped.isRaised }
        continue
      }
      let event = ledger.begin(client)
      let answer = Self.send(event, on: open)
      if let answer { ledger.answered(event, status: answer.status) }
      if !event.isForAll { pace?.answered(after: Clock.monotonicNanoseconds() - due) }
      if answer?.headers["connection"] == "close" || answer == nil { connection = nil }
      if event.isForAll {
        _ = waitUntil(timeout: TortureClients.chatInterval) { isStopped.isRaised }
        due = Clock.monotonicNanoseconds()
      }
    }
  }

  private static func send(_ event: TortureEvent, on connection: RawHTTPConnection) -> RawHTTPConnection.Response? {
    let body = event.body
    let head = "POST /log HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.count)\r\n\r\n"
    return try? { () throws in
      try connection.send(Array(head.utf8) + body)
      return try connection.readResponse()
    }()
  }
}
