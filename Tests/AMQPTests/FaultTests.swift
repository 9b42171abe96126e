import AMQP
import Fakes
import Platform
import Testing

/// Brokers that are absent, silent, frozen, gone or under alarm.
@Suite(.serialized) struct FaultTests {
  /// The node that these tests break, one after another; each leaves it as it found it.
  private static let node = Result { try RabbitNode() }

  @Test("nobody listening is unreachable, an unknown host does not resolve, and neither takes long")
  func absent() throws {
    let refused = Self.connect("amqp://127.0.0.1:\(try freePort())")
    #expect(refused?.code == .unreachable)
    #expect(refused?.isRetryable == true)
    #expect(Self.connect("amqp://no-such-host.invalid")?.code == .resolve)
  }

  @Test(
    "a peer that is silent is given up after the time for connecting",
    arguments: [AMQPPeer.Manner.silent, .greeting([1, 0, 0]), .greeting([1, 0, 0, 0, 0, 0, 6, 0, 10])])
  func silent(manner: AMQPPeer.Manner) throws {
    let peer = try AMQPPeer(manner)
    let start = ContinuousClock.now
    #expect(Self.connect(peer.url)?.code == .timeout)
    #expect(ContinuousClock.now - start >= .milliseconds(250))
  }

  @Test(
    "a peer that speaks something else is a protocol error",
    arguments: [
      Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), Array("AMQP".utf8) + [0, 0, 9, 2],
      [UInt8](repeating: 1, count: 4096),
    ])
  func otherProtocol(greeting: [UInt8]) throws {
    let peer = try AMQPPeer(.greeting(greeting))
    #expect(Self.connect(peer.url)?.code == .protocol)
  }

  @Test("a peer that hangs up at once is a lost connection")
  func closing() throws {
    let peer = try AMQPPeer(.closing)
    #expect(Self.connect(peer.url)?.code == .lost)
  }

  @Test(
    "an idle connection outlives many heartbeats; a frozen broker is noticed after two, and closing does not wait for it"
  )
  func heartbeats() throws {
    let node = try Self.node.get()
    let client = try AMQPClient.open(node.url, heartbeat: .seconds(1))
    #expect(client.nextFailure(timeout: .seconds(5)) == nil)
    node.freeze()
    defer { node.thaw() }
    let start = ContinuousClock.now
    #expect(client.nextFailure(timeout: .seconds(20))?.code == .heartbeat)
    #expect(ContinuousClock.now - start >= .milliseconds(900))
    client.connection.close()
  }

  @Test("a broker that is killed is a lost connection, and every later call says the same")
  func killed() throws {
    let node = try Self.node.get()
    let client = try AMQPClient.open(node.url)
    node.kill()
    let error = try #require(client.nextFailure(timeout: .seconds(20)))
    #expect(error.code == .lost)
    #expect(throws: error) { try client.publish("queue", "{}") }
    #expect(throws: error) { try client.connection.openChannel(2) }
    #expect(!node.isRunning)
    try node.start()
    _ = try AMQPClient.open(node.url)
  }

  @Test("after its close a connection takes no call")
  func closedHere() throws {
    let client = try AMQPClient.open(RabbitNode.shared.url)
    client.connection.close()
    client.connection.close()
    #expect(throws: AMQPError.self) {
      try client.connection.burst { () throws(AMQPError) in try client.publish("queue", "{}") }
    }
    #expect(throws: AMQPError.self) { try client.publish("queue", "{}") }
    #expect(throws: AMQPError.self) { try client.connection.ack(1, deliveryTag: 1, multiple: true) }
    #expect(client.nextFailure(timeout: .seconds(1))?.code == .lost)
  }

  @Test("a broker that closes the connection says why")
  func closedByServer() throws {
    let node = try RabbitNode.shared
    let client = try AMQPClient(node.url)
    try node.rabbitmqctl("close_all_connections", "maintenance tonight")
    let error = try #require(client.nextFailure(timeout: .seconds(20)))
    #expect(error.code == .closedByServer)
    #expect(error.underlyingCode == 320)
    #expect(error.description.contains("maintenance tonight"))
  }

  @Test("under an alarm a publisher hears that it is blocked, and when that ends")
  func alarm() throws {
    let node = try Self.node.get()
    let client = try AMQPClient.open(node.url)
    try client.declareQueue("fault.alarm")
    try client.connection.selectConfirms(1)
    try node.alarm(on: true)
    try client.publish("fault.alarm", "{}")
    #expect(try client.next { if case .blocked = $0 { true } else { false } } != nil)
    try node.alarm(on: false)
    try client.expect(.unblocked)
    try client.expect(.acked(tag: 1, multiple: false))
  }

  @Test("a publish that hangs on a frozen broker returns when the connection is cut from another thread")
  func cutter() throws {
    let node = try Self.node.get()
    let client = try AMQPClient.open(node.url)
    node.freeze()
    defer { node.thaw() }
    let cutter = client.connection.cutter
    let published = Monitor(0)
    let watchdog = NamedThread("watchdog") {
      // Cuts once nothing has gone out for a while.
      var last = -1
      while published.value != last {
        last = published.value
        _ = published.wait(timeout: .milliseconds(300)) { _ in false }
      }
      cutter.cut()
    }
    let text = String(repeating: "x", count: 60_000)
    #expect(throws: AMQPError.self) {
      for count in 1...100_000 {
        try client.publish("fault.cut", text)
        published.change { $0 = count }
      }
    }
    watchdog.join()
    #expect(published.value > 0)
    client.connection.close()
    cutter.cut()
  }

  @Test("a link that swallows what the broker sends is noticed by the heartbeat")
  func halfDead() throws {
    let proxy = try TCPProxy(to: RabbitNode.shared.port)
    let client = try AMQPClient.open("amqp://127.0.0.1:\(proxy.port)", heartbeat: .seconds(1))
    proxy.hold([.toClient])
    #expect(client.nextFailure(timeout: .seconds(20))?.code == .heartbeat)

    proxy.hold([])
    let second = try AMQPClient.open("amqp://127.0.0.1:\(proxy.port)")
    proxy.resetAll()
    #expect(second.nextFailure(timeout: .seconds(20))?.code == .lost)
    #expect(proxy.connectionCount == 2)
    proxy.refuse(true)
    #expect(Self.connect("amqp://127.0.0.1:\(proxy.port)") != nil)
  }

  @Test("a slow link delays what passes and loses none of it, and a new connection follows the broker to another port")
  func slow() throws {
    let peer = try AMQPPeer(.silent)
    let proxy = try TCPProxy(to: peer.port)
    #expect(Self.connect("amqp://127.0.0.1:\(proxy.port)")?.code == .timeout)
    proxy.redirect(to: try RabbitNode.shared.port)
    proxy.delay(.milliseconds(20))
    let client = try AMQPClient.open("amqp://127.0.0.1:\(proxy.port)")
    try client.declareQueue("fault.slow")
    try client.connection.consume(1, queue: "fault.slow", consumerTag: "reader")
    let text = String(repeating: "x", count: 500_000)
    let before = proxy.byteCount(.toServer)
    try client.publish("fault.slow", text)
    #expect(try client.nextDelivery()?.body == Array(text.utf8))
    #expect(proxy.byteCount(.toServer) - before > 500_000)
    #expect(proxy.byteCount(.toClient) > 500_000)
  }

  /// Why a connection could not be opened within 300 ms.
  private static func connect(_ url: String) -> AMQPError? {
    do throws(AMQPError) {
      var options = AMQPConnection.Options(name: "test")
      options.connectTimeout = .milliseconds(300)
      _ = try AMQPConnection(AMQPURL(url), options)
      return nil
    } catch {
      return error
    }
  }
}
