import AMQP
import Fakes
import Testing

/// `amqps://`, against a real broker with a certificate of a test's own authority.
@Suite struct TLSTests {
  @Test("over TLS messages pass, and only a certificate for the host from a known authority will do")
  func tls() throws {
    let authority = try TestAuthority()
    let server = try authority.issue("localhost")
    let port = try freePort()
    let node = try RabbitNode(configuration: [
      "listeners.ssl.1 = 127.0.0.1:\(port)", "ssl_options.cacertfile = \(authority.file)",
      "ssl_options.certfile = \(server.certificate)", "ssl_options.keyfile = \(server.key)",
      "ssl_options.verify = verify_peer", "ssl_options.fail_if_no_peer_cert = true",
    ])
    let mine = try authority.issue("client")
    var options = AMQPConnection.Options(name: "tls")
    options.caFile = authority.file
    options.certificateFile = mine.certificate
    options.keyFile = mine.key

    let client = try AMQPClient(AMQPURL("amqps://localhost:\(port)"), options)
    try client.connection.openChannel(1)
    try client.declareQueue("tls")
    try client.connection.consume(1, queue: "tls", consumerTag: "reader")
    for size in [0, 250, 131_064, 1 << 20] {
      let body = [UInt8](repeating: 7, count: size)
      try client.connection.burst { () throws(AMQPError) in
        try client.connection.publish(1, routingKey: "tls", properties: AMQPProperties(), body: body.span)
      }
      #expect(try client.nextDelivery()?.body == body)
    }

    #expect(Self.failure("amqps://127.0.0.1:\(port)", options)?.code == .tls)
    var stranger = options
    stranger.caFile = try TestAuthority().file
    #expect(Self.failure("amqps://localhost:\(port)", stranger)?.code == .tls)
    stranger.caFile = "/nowhere/ca.pem"
    #expect(Self.failure("amqps://localhost:\(port)", stranger)?.code == .tls)
    stranger = options
    stranger.keyFile = "/nowhere/client.key"
    #expect(Self.failure("amqps://localhost:\(port)", stranger)?.code == .tls)
    #expect(Self.failure("amqps://localhost:\(node.port)", options)?.code == .tls)

    // A dead peer must not end the process with SIGPIPE.
    node.kill()
    #expect(throws: AMQPError.self) {
      for _ in 1...1000 { try client.publish("tls", String(repeating: "x", count: 100_000)) }
    }
    client.connection.close()
  }

  private static func failure(_ url: String, _ options: AMQPConnection.Options) -> AMQPError? {
    do throws(AMQPError) {
      _ = try AMQPConnection(AMQPURL(url), options)
      return nil
    } catch {
      return error
    }
  }
}
