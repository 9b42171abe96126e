/// How many descriptors a process may have, and how many the settings want.
package struct DescriptorReading: Sendable, Equatable {
  /// What `serve` can raise its limit to.
  package var limit: Int
  package var maxConnections: Int
  /// Kept for store, sinks and key files, whatever clients do.
  package static let others = 256

  package init(limit: Int, maxConnections: Int) {
    self.limit = limit
    self.maxConnections = maxConnections
  }

  package var findings: [Finding] {
    let wanted = maxConnections + Self.others
    guard limit < wanted else {
      return [.ok("descriptors", "\(limit) are allowed, enough for http.max_connections \(maxConnections)")]
    }
    return [
      .warn(
        "descriptors",
        "\(limit) are allowed, http.max_connections \(maxConnections) needs \(wanted): raise the limit (ulimit -n, LimitNOFILE=) or lower the key"
      )
    ]
  }
}
