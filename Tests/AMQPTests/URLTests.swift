import AMQP
import Testing

/// What a broker's URL says.
@Suite struct URLTests {
  struct Sample: Sendable, CustomTestStringConvertible {
    let text: String
    let host: String
    let port: UInt16
    let user: String
    let vhost: String
    let shown: String
    var testDescription: String { text }
  }

  static let samples = [
    Sample(
      text: "amqp://localhost", host: "localhost", port: 5672, user: "guest", vhost: "/",
      shown: "amqp://localhost:5672/"),
    Sample(
      text: "AMQPS://mq.example.com/", host: "mq.example.com", port: 5671, user: "guest", vhost: "/",
      shown: "amqps://mq.example.com:5671/"),
    Sample(
      text: "amqp://log:s%40cret@10.0.0.1:5673/%2F", host: "10.0.0.1", port: 5673, user: "log", vhost: "/",
      shown: "amqp://10.0.0.1:5673/"),
    Sample(
      text: "amqp://l%C3%B6g:a:b@c@host/logs", host: "host", port: 5672, user: "lög", vhost: "logs",
      shown: "amqp://host:5672/logs"),
    Sample(
      text: "amqp://u@[::1]:99/a/b?heartbeat=5", host: "::1", port: 99, user: "u", vhost: "a/b",
      shown: "amqp://[::1]:99/a/b"),
  ]

  @Test("a URL is taken apart, and shown without user and password", arguments: samples)
  func valid(sample: Sample) throws {
    let url = try AMQPURL(sample.text)
    #expect(url.host == sample.host)
    #expect(url.port == sample.port)
    #expect(url.user == sample.user)
    #expect(url.vhost == sample.vhost)
    #expect(url.isTLS == sample.text.lowercased().hasPrefix("amqps"))
    #expect("\(url)" == sample.shown)
  }

  @Test(
    "what is no URL of a broker is refused without repeating it",
    arguments: [
      "", "localhost", "http://secret@host", "amqp://", "amqp://user:secret@", "amqp://host:0", "amqp://host:65536",
      "amqp://host:-1", "amqp://user:secret%4@host", "amqp://user:secret%zz@host", "amqp://user:secret%00@host",
      "amqp://host/%FF", "amqp://[::1]secret",
    ])
  func invalid(text: String) {
    let error = #expect(throws: AMQPError.self) { try AMQPURL(text) }
    #expect(error?.code == .invalidURL)
    #expect(error?.isRetryable == false)
    #expect(error?.description.contains("secret") == false)
  }
}
