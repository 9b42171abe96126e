import Core
import EventLoop
import JSON
import Platform
import TLS

/// One event loop of the intake and everything that it owns. Born on its thread and confined to it.
///
/// The events of one turn go to the queue as one batch; the queue's answer for the batch comes back as one message.
final class IntakeLoop {
  /// What reaches the loop from other threads.
  enum Message: Sendable {
    case stored(batch: UInt64, StoreOutcome)
    /// The first with a twin's id was stored, or was not.
    case twinEnded(UInt64, TwinEnd)
    /// A page that was promised.
    case page(UInt64, Page)
    /// Something waits for a reader of `GET /api/tail`.
    case tail(UInt64)
    case settings(Settings, Clients)
    /// Another loop has accepted it and has enough.
    case connection(Socket, Site)
    /// What new connections are taken with; `nil` without TLS.
    case secure(TLSContext?)
    /// Close connections that nothing is owed to.
    case closeIdle
    /// Stop accepting and close connections as they fall idle.
    case close
  }

  /// The most that is received at once.
  static let receiveBytes = 64 << 10
  /// How long a listener rests after the process has run out of descriptors.
  private static let exhaustedRest: UInt64 = 100_000_000

  let events: EventLoop
  let gate: IntakeGate
  private(set) var limits: HTTPLimits
  let handler: RequestHandler
  /// Monotonic nanoseconds at the start of this turn.
  var now: UInt64 { events.turnStart }

  private let mailbox: Mailbox<Message>
  private var timeouts: Timeouts
  private var security: TLSContext?
  private var peers: PeerPolicy
  private let seats: ConnectionSeats
  private let metrics: MetricsShard
  private let heartbeat: Heartbeat
  private let roster: LoopRoster
  private let index: Int
  private var acceptors: [Acceptor] = []
  private var connections: [any ServedConnection] = []
  private var dirty: [any ServedConnection] = []
  private var scratch: [UInt8] = []
  private var isClosing = false

  init(_ parts: IntakeParts, events: EventLoop, index: Int, mailbox: Mailbox<Message>) {
    self.events = events
    self.mailbox = mailbox
    gate = parts.gate
    limits = HTTPLimits(parts.settings.http)
    timeouts = Timeouts(parts.settings.http)
    security = parts.security
    peers = PeerPolicy(parts.settings.http)
    seats = parts.seats
    metrics = parts.metrics.shards[index]
    heartbeat = parts.heartbeats[index]
    roster = parts.roster
    self.index = index
    roster.joined()
    handler = RequestHandler(parts, metrics: metrics, mailbox: mailbox)
    scratch.reserveCapacity(Self.receiveBytes)
    for (listener, site) in parts.listeners {
      acceptors.append(Acceptor(listener, site: site, loop: self))
    }
    events.onTurnBegin = { [unowned self] in beginTurn() }
    events.onWakeup = { [unowned self] in takeMessages() }
    events.onTurnEnd = { [unowned self] in endTurn() }
    events.isFull = { [unowned self] in handler.log.isFull && !isClosing }
    events.onTick = { [unowned self] in checkDeadlines() }
  }

  /// Turns until closed.
  func run() {
    for acceptor in acceptors { acceptor.resume() }
    events.run()
    for connection in connections { connection.close() }
  }

  // MARK: Turns

  private func beginTurn() {
    heartbeat.woke(at: now)
    handler.turnBegan(at: now)
  }

  private func takeMessages() {
    for message in mailbox.take() {
      switch message {
      case .stored(let batch, let outcome): handler.stored(batch, outcome, at: now)
      case .twinEnded(let twin, let end): handler.twinEnded(twin, end, at: now)
      case .page(let number, let page): handler.answered(number, page)
      case .tail(let number): handler.tails.called(number)
      case .settings(let settings, let clients):
        limits = HTTPLimits(settings.http)
        timeouts = Timeouts(settings.http)
        peers = PeerPolicy(settings.http)
        handler.update(settings, clients)
      case .connection(let socket, let site):
        roster.arrived(at: index)
        gate.connection(-1, site)
        welcome(socket, site: site)
      case .secure(let context): security = context
      case .closeIdle: closeIdle()
      case .close:
        isClosing = true
        for acceptor in acceptors { acceptor.close() }
        roster.left()
        closeIdle()
      }
    }
    // Clients get on with their next request while this turn reads those that have come.
    flushDirty()
  }

  private func endTurn() {
    handler.submit()
    flushDirty()
    if isClosing { closeIdle() }
    tickWhileNeeded()
    heartbeat.rested()
  }

  /// Sends what is ready, one system call a connection.
  private func flushDirty() {
    var next = 0
    while next < dirty.count {
      dirty[next].flush()
      next += 1
      // A flush may have let held-back requests in.
      if next == dirty.count { handler.submit() }
    }
    dirty.removeAll(keepingCapacity: true)
  }

  /// Connections that nothing is owed to are finished, after a last look at what they have sent; the loop ends with the
  /// last one.
  private func closeIdle() {
    for connection in connections where connection.mayFinish(at: now) { connection.readOnce() }
    for connection in connections where connection.mayFinish(at: now) { connection.finish() }
    flushDirty()
    if isClosing, connections.isEmpty, roster.isSettled(index) { events.stop() }
  }

  private func tickWhileNeeded() {
    let isNeeded = !connections.isEmpty || acceptors.contains { $0.isResting }
    if isClosing { events.tickMilliseconds = 20 }
    guard !isClosing, isNeeded != (events.tickMilliseconds != nil) else { return }
    let shortest = min(timeouts.header, timeouts.body, timeouts.idle)
    let milliseconds = Int32(
      clamping: shortest.components.seconds * 1000 / 8 + shortest.components.attoseconds / 8_000_000_000_000_000)
    events.tickMilliseconds = isNeeded ? max(10, min(milliseconds, 500)) : nil
  }

  private func checkDeadlines() {
    // From the end, since closing moves the last connection into the gap.
    for index in connections.indices.reversed() where index < connections.count {
      connections[index].checkDeadline(timeouts)
    }
    handler.tails.ticked(at: now)
    for acceptor in acceptors where acceptor.isResting { acceptor.resume() }
  }

  // MARK: Connections

  /// Takes a connection off a listener, for this loop or for one that has fewer.
  func accepted(_ socket: Socket, site: Site) {
    guard !isClosing, !site.isAdmin, let other = roster.lighter(than: index) else { return welcome(socket, site: site) }
    gate.connection(1, site)
    roster.hand(socket, site, to: other)
  }

  private func welcome(_ socket: Socket, site: Site) {
    guard !site.isAdmin else { return serve(socket, site, from: nil, countedAs: nil) }
    let peer = socket.peer.map { IPAddress(high: $0.high, low: $0.low) }
    switch peers.welcome(peer) {
    case .serve(let client): serve(socket, site, from: peer, countedAs: client)
    case .awaitHeader: adopt(ProxyGreeting(socket, from: peer, site: site, loop: self))
    case .refuse:
      refusedPeer(.forbidden)
      socket.close()
    }
  }

  /// A proxy has said for whom it speaks: for itself where `source` is its own address.
  func announced(_ socket: Socket, site: Site, source: IPAddress?) {
    serve(socket, site, from: source, countedAs: peers.counted(source))
  }

  /// A connection was closed before anything was asked on it.
  func refusedPeer(_ reason: RejectionReason) { metrics.rejected(reason) }

  private func serve(_ socket: Socket, _ site: Site, from peer: IPAddress?, countedAs client: IPAddress?) {
    var seat: ConnectionSeats.Seat?
    if let client {
      seat = seats.take(client, limit: peers.maxConnections)
      guard seat != nil else {
        refusedPeer(.connectionLimit)
        return socket.close()
      }
    }
    guard let transport = transport(on: socket, site, peer, seat) else { return socket.close() }
    adopt(Connection(transport, site: site, loop: self))
  }

  private func adopt(_ connection: any ServedConnection) {
    guard connection.start() else { return }
    connection.index = connections.count
    connections.append(connection)
    gate.connection(1, connection.site)
    metrics.connectionOpened()
  }

  /// `nil` for want of memory.
  private func transport(
    on socket: Socket, _ site: Site, _ peer: IPAddress?, _ seat: ConnectionSeats.Seat?
  ) -> Transport? {
    guard site.offersTLS, let security else { return Transport(socket, peer: peer, seat: seat) }
    return security.session(on: socket).map { Transport(socket, session: $0, peer: peer, seat: seat) }
  }

  /// Puts `successor` in the place of a connection that has turned out to speak HTTP/2; false if it cannot be served.
  func succeed(_ connection: any ServedConnection, by successor: any ServedConnection) -> Bool {
    guard successor.start() else { return false }
    successor.index = connection.index
    connections[connection.index] = successor
    return true
  }

  func closed(_ connection: any ServedConnection) {
    let last = connections.removeLast()
    if last !== connection {
      connections[connection.index] = last
      last.index = connection.index
    }
    gate.connection(-1, connection.site)
    metrics.connectionClosed()
    if !isClosing { for acceptor in acceptors where acceptor.isResting { acceptor.resume() } }
  }

  func markDirty(_ connection: any ServedConnection) { dirty.append(connection) }

  /// Receives into the loop's buffer, which is free again when `use` returns.
  func receive(from transport: Transport, _ use: (Span<UInt8>) -> Void) -> Socket.Transfer {
    var buffer = scratch
    scratch = []
    buffer.removeAll(keepingCapacity: true)
    let result = transport.receive(into: &buffer, limit: Self.receiveBytes)
    if case .bytes = result { use(buffer.span) }
    scratch = buffer
    return result
  }
}
