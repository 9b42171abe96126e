extension AMQPConnection {
  /// What holds for one connection from its start.
  package struct Options: Sendable, Equatable {
    /// Both sides send something at least every half of it, and give the other up after two of it without a byte.
    /// Whole seconds, at least one; zero is never.
    package var heartbeat = Duration.seconds(20)
    /// TCP, TLS and login together; the lookup of the host's name has the resolver's own limit.
    package var connectTimeout = Duration.seconds(5)
    /// How the broker's tools name the connection.
    package var name: String
    /// A PEM file of authorities in place of the system's.
    package var caFile: String?
    /// PEM files of a client certificate and its key, both or neither.
    package var certificateFile: String?
    package var keyFile: String?

    package init(name: String) {
      self.name = name
    }
  }

  /// Events of one ``receive(into:)``.
  package static let maxEventsPerReceive = 4096
  /// Body bytes of one ``receive(into:)``, short of one message.
  package static let maxBytesPerReceive = 8 << 20
  /// Channels are numbered 1 to this at the most: RabbitMQ's own default. A broker may allow fewer; see ``channelLimit``.
  package static let maxChannels = 2047
  /// A message announced as longer is a protocol error.
  package static let maxBodyBytes = 128 << 20
  /// Names and properties of one published message, in bytes.
  package static let maxPropertyBytes = 65536
}
