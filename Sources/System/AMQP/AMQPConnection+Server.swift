import CRabbitMQ

/// What the two sides know of each other since the login.
extension AMQPConnection {
  /// The largest frame, in bytes, as agreed with the broker.
  package var frameBytes: Int { unsafe Int(amqp_get_frame_max(state)) }

  /// As agreed with the broker, in seconds; 0 is never.
  package var heartbeatSeconds: Int { Int(heartbeat) }

  /// What the broker says of itself (`product`, `version`, `cluster_name` …), as far as it is text or a number.
  package var serverProperties: AMQPHeaders {
    guard failure == nil, let table = unsafe amqp_get_server_properties(state) else { return [:] }
    return unsafe AMQPHeaders(table.pointee, &texts)
  }
}
