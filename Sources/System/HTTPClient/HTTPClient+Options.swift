extension HTTPClient {
  /// What holds for every request of one client.
  package struct Options: Sendable {
    /// False refuses `http://` URLs as `.invalidRequest`.
    package var allowsPlainHTTP = true
    /// A PEM file of authorities in place of the system's.
    package var caFile: String?
    /// Further requests to one host wait for a connection; their timeout runs meanwhile.
    package var maxConnectionsPerHost: Int
    /// Name lookup, TCP and TLS together.
    package var connectTimeout = Duration.seconds(5)
    package var userAgent: String
    /// Of a longer answer the rest is not read and its connection is closed.
    package var maxResponseBytes = HTTPClient.maxResponseBytes

    package init(userAgent: String, maxConnectionsPerHost: Int = 16) {
      self.userAgent = userAgent
      self.maxConnectionsPerHost = maxConnectionsPerHost
    }
  }

  /// A request's end.
  package struct Completion: Sendable {
    /// As given to ``HTTPClient/start(_:token:)``.
    package let token: UInt64
    /// Any status is a success here; a failure is a request without an answer.
    package let result: Result<HTTPResponse, HTTPClientError>
    /// From start to the last byte.
    package let duration: Duration
  }
}

extension Duration {
  /// Rounded up, so that a wait never ends before its time; negative durations are 0.
  var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    guard seconds < 1 << 40 else { return Int.max }
    return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
