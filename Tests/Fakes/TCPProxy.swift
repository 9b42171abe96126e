import Platform

/// A TCP proxy on loopback whose manners a test changes while connections run.
package final class TCPProxy: Sendable {
  /// Which way bytes go.
  package enum Direction: Sendable, Hashable, CaseIterable {
    case toServer
    case toClient
  }

  private struct State: Sendable {
    var server: UInt16
    var held: Set<Direction> = []
    var delay = Duration.zero
    var isRefusing = false
    var isClosed = false
    var pairs: [Int: Pair] = [:]
    /// By connection; those of `ended` are joined when the next one comes.
    var pumps: [Int: NamedThread] = [:]
    var ended: [Int] = []
    var connectionCount = 0
    var byteCounts: [Direction: Int] = [:]
    /// What went to the server, while it is asked for.
    var record: [UInt8]?
  }

  private struct Pair: Sendable {
    let client: Socket
    let server: Socket
  }

  package let port: UInt16
  private let listener: Socket
  private let state: Monitor<State>
  private let acceptor: NamedThread

  /// Forwards to `server` on loopback; nobody needs to listen there yet.
  package init(to server: UInt16) throws {
    let listener = try Socket.listen()
    let state = Monitor(State(server: server))
    self.listener = listener
    self.state = state
    port = listener.port
    acceptor = NamedThread("proxy") {
      while let client = listener.accept() { Self.serve(client, state) }
    }
  }

  deinit {
    state.change { $0.isClosed = true }
    listener.shutDown()
    acceptor.join()
    state.change { state in
      for pair in state.pairs.values {
        pair.client.shutDown()
        pair.server.shutDown()
      }
    }
    for pump in state.value.pumps.values { pump.join() }
  }

  /// New connections go to another port.
  package func redirect(to server: UInt16) { state.change { $0.server = server } }

  /// Holds back what goes that way: the link is half dead, its connections stay. `[]` lets everything go on.
  package func hold(_ directions: Set<Direction>) { state.change { $0.held = directions } }

  /// Delays each piece in both directions.
  package func delay(_ delay: Duration) { state.change { $0.delay = delay } }

  /// Closes new connections at once.
  package func refuse(_ isRefusing: Bool) { state.change { $0.isRefusing = isRefusing } }

  /// Ends every connection with RST.
  package func resetAll() {
    state.change { state in
      for pair in state.pairs.values {
        pair.client.reset()
        pair.server.reset()
      }
      state.pairs = [:]
    }
  }

  /// Sends `bytes` to every client, as if its server had said so.
  package func say(_ bytes: [UInt8]) {
    for pair in state.value.pairs.values { try? pair.client.send(bytes) }
  }

  /// Connections so far.
  package var connectionCount: Int { state.value.connectionCount }
  package var openConnections: Int { state.value.pairs.count }
  /// Bytes forwarded so far.
  package func byteCount(_ direction: Direction) -> Int { state.value.byteCounts[direction] ?? 0 }

  /// Keeps what goes to the server from now on.
  package func startRecording() { state.change { $0.record = [] } }
  /// What went to the server since then.
  package var record: [UInt8] { state.value.record ?? [] }

  private static func serve(_ client: Socket, _ state: Monitor<State>) {
    joinEnded(state)
    let now = state.value
    guard !now.isRefusing, !now.isClosed, let server = try? Socket.connect(port: now.server) else {
      client.resetOnClose()
      return
    }
    let number = state.change { state in
      state.connectionCount += 1
      state.pairs[state.connectionCount] = Pair(client: client, server: server)
      return state.connectionCount
    }
    let pumps = NamedThread("proxy-up") {
      let down = NamedThread("proxy-down") { pump(server, client, .toClient, state, number) }
      pump(client, server, .toServer, state, number)
      down.join()
      state.change { $0.ended.append(number) }
    }
    state.change { $0.pumps[number] = pumps }
  }

  private static func joinEnded(_ state: Monitor<State>) {
    let ended = state.change { state in
      defer { state.ended = [] }
      return state.ended.compactMap { state.pumps.removeValue(forKey: $0) }
    }
    for pump in ended { pump.join() }
  }

  private static func pump(
    _ source: Socket, _ target: Socket, _ direction: Direction, _ state: Monitor<State>, _ number: Int
  ) {
    while let bytes = try? source.receive(), !bytes.isEmpty {
      let pause = state.value.delay
      if pause > .zero { _ = state.wait(timeout: pause) { $0.isClosed || $0.pairs[number] == nil } }
      _ = state.wait(timeout: .seconds(600)) {
        !$0.held.contains(direction) || $0.isClosed || $0.pairs[number] == nil
      }
      // Counted before it can be answered.
      let isOpen = state.change { state in
        guard state.pairs[number] != nil else { return false }
        state.byteCounts[direction, default: 0] += bytes.count
        if direction == .toServer { state.record?.append(contentsOf: bytes) }
        return true
      }
      guard isOpen, (try? target.send(bytes)) != nil else { break }
    }
    let isReset = state.value.pairs[number] == nil
    if !isReset { target.shutDown() }
    state.change { $0.pairs[number] = nil }
  }
}
