import Foundation

/// Nodes on this machine that form one broker. Starting one takes half a minute.
package final class RabbitCluster: Sendable {
  package let nodes: [RabbitNode]

  package init(of count: Int = 3) throws {
    let cookie = "beacongate\(UUID().uuidString.filter(\.isLetter))"
    nodes = try (0..<count).map { _ in try RabbitNode(cookie: cookie) }
    guard let first = nodes.first else { return }
    for node in nodes.dropFirst() {
      try node.rabbitmqctl("stop_app")
      try node.rabbitmqctl("join_cluster", first.name)
      try node.rabbitmqctl("start_app")
    }
  }

  /// For `broker.urls`.
  package var urls: String { nodes.map(\.url).joined(separator: ",") }
}
