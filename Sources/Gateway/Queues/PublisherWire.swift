import AMQP
import Core
import Platform

/// The connection and channel that do nothing but publish, on a thread of their own that may hang in a send.
///
/// It decides nothing: it connects, publishes and tells what comes back. Confined to its thread.
final class PublisherWire {
  struct Parts: Sendable {
    /// `nil`: a configured URL is not one.
    let access: BrokerAccess?
    /// By number; see `QueueID`.
    let names: [String]
    let prepare: @Sendable (AMQPURL, AMQPConnection.Options) throws(AMQPError) -> Void
    let commands: Mailbox<WireCommand>
    let tell: @Sendable (WireEvent) -> Void
  }

  static let channel: UInt16 = 1
  /// Messages that are published before the broker's answers are looked at again.
  static let burstMessages = 64
  /// How long the channel may take to be there, in nanoseconds.
  static let setupTime: UInt64 = 5_000_000_000

  let parts: Parts
  let thread: BrokerThread
  private var connection: AMQPConnection?
  private var link = 0
  private var isBlocked = false
  /// What is to be published, from `sent` on.
  private var outgoing: [WireCopy] = []
  private var sent = 0

  init(_ parts: Parts, _ thread: BrokerThread) {
    self.parts = parts
    self.thread = thread
  }

  /// Until the thread is told to stop.
  func run() {
    while !thread.isStopping {
      if let connection {
        connection.wait(for: thread.wakeup, milliseconds: -1)
      } else {
        thread.wakeup.wait(milliseconds: -1)
      }
      for command in parts.commands.take() {
        switch command {
        case .connect(let link): connect(link)
        case .publish(let link, let copies): if link == self.link, connection != nil { outgoing += copies }
        case .close(let link): if link == self.link { close() }
        }
      }
      exchange()
    }
    thread.connected(nil)
    connection?.close()
  }

  // MARK: The link

  private func connect(_ link: Int) {
    var failure = AMQPError(code: .invalidURL, description: "a URL in broker.urls is not one")
    for url in parts.access?.urls ?? [] where !thread.isStopping {
      do throws(AMQPError) {
        try open(url, link)
        return
      } catch {
        failure = error
      }
    }
    thread.connected(nil)
    parts.tell(.failed(failure))
  }

  private func open(_ url: AMQPURL, _ link: Int) throws(AMQPError) {
    guard let options = parts.access?.options("publisher") else { return }
    try parts.prepare(url, options)
    let connection = try AMQPConnection(url, options)
    thread.connected(connection.cutter)
    do throws(AMQPError) {
      try openChannel(connection)
    } catch {
      connection.close()
      throw error
    }
    self.connection = connection
    self.link = link
    (outgoing, sent, isBlocked) = ([], 0, false)
    parts.tell(.opened(link: link, place: url.description, connection.cutter))
  }

  /// Nothing may be published before the broker has agreed to confirm it.
  private func openChannel(_ connection: AMQPConnection) throws(AMQPError) {
    let deadline = Clock.monotonicNanoseconds() + Self.setupTime
    // Signals that the waits below take belong to the mailbox, which is looked at afterwards.
    defer { thread.wakeup.signal() }
    try connection.openChannel(Self.channel)
    try connection.selectConfirms(Self.channel)
    var events: [AMQPEvent] = []
    while true {
      _ = try connection.receive(into: &events)
      for event in events {
        if case .confirmsSelected = event { return }
        if case .channelClosed(_, _, let text) = event { throw Self.channelClosed(text) }
      }
      events = []
      guard Clock.monotonicNanoseconds() < deadline, !thread.isStopping else {
        throw AMQPError(code: .timeout, description: "the broker did not open a channel in time")
      }
      connection.wait(for: thread.wakeup, milliseconds: 100)
    }
  }

  private func close() {
    lost(AMQPError(code: .lost, description: "the connection was closed"))
  }

  private func lost(_ error: AMQPError) {
    guard let connection else { return }
    connection.close()
    thread.connected(nil)
    self.connection = nil
    (outgoing, sent) = ([], 0)
    parts.tell(.lost(link: link, error))
  }

  private static func channelClosed(_ text: String) -> AMQPError {
    AMQPError(code: .closedByServer, description: "the broker closed the publisher's channel: \(text)")
  }

  // MARK: Traffic

  /// Publishes what there is and takes what has come, by turns, until there is nothing more of either.
  private func exchange() {
    guard let connection else { return }
    do throws(AMQPError) {
      var hasMore = true
      while hasMore || (sent < outgoing.count && !isBlocked) {
        hasMore = try receive(connection)
        if !isBlocked { try publishBurst(connection) }
      }
      if sent == outgoing.count {
        outgoing.removeAll(keepingCapacity: true)
        sent = 0
      }
    } catch {
      lost(error)
    }
  }

  private func receive(_ connection: AMQPConnection) throws(AMQPError) -> Bool {
    var events: [AMQPEvent] = []
    var failure: AMQPError?
    var hasMore = false
    do throws(AMQPError) {
      hasMore = try connection.receive(into: &events)
    } catch {
      failure = error
    }
    for event in events {
      switch event {
      case .blocked: isBlocked = true
      case .unblocked: isBlocked = false
      case .channelClosed(_, _, let text): failure = failure ?? Self.channelClosed(text)
      default: break
      }
    }
    if !events.isEmpty { parts.tell(.received(link: link, events)) }
    if let failure { throw failure }
    return hasMore
  }

  private func publishBurst(_ connection: AMQPConnection) throws(AMQPError) {
    let end = min(outgoing.count, sent + Self.burstMessages)
    let burst = sent..<end
    if burst.count == 1 {
      try publish(outgoing[sent], on: connection)
    } else if !burst.isEmpty {
      try connection.burst { () throws(AMQPError) in
        for index in burst { try publish(outgoing[index], on: connection) }
      }
    }
    sent = end
  }
}
