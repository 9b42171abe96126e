import Fakes
import Foundation
import Testing

/// A gateway on one folder that is told to end under load and started again, many times, with RabbitMQ between.
struct TortureShutdownRun {
  /// `make torture` takes the long way.
  static let rounds = TortureTests.isLong ? 50 : 4

  let rounds: Int
  var changes: [String: String] = [:]
  var isFrozen = false
  /// What follows the first SIGTERM.
  var then: (GatewayProcess) -> Void = { _ in }

  func run() throws {
    let node = try RabbitNode.shared
    try TortureBrokerFaultRun.deleteQueues(of: node)
    let deployment = try Deployment()
    defer { deployment.stop() }
    let environment = TortureBrokerFaultRun.brokerSettings(node.url).merging(changes) { $1 }
    var accepted: Set<String> = []
    for round in 0..<rounds {
      let gateway = try deployment.start(environment)
      let load = Load(gateway, clients: 8, eventsEach: 10_000, prefix: "r\(round)")
      #expect(waitUntil { load.acceptedCount > 100 })
      if isFrozen {
        node.freeze()
        let goal = load.acceptedCount + 100
        #expect(waitUntil { load.acceptedCount > goal })
      }
      gateway.kill(SIGTERM)
      then(gateway)
      #expect(gateway.wait(timeout: .seconds(30)) == .code(0), "\(gateway.standardError.suffix(500))")
      if isFrozen { node.thaw() }
      accepted.formUnion(load.join())
      #expect(load.unanswered == 0)
      #expect(load.refused.isSubset(of: [503]))
    }
    let last = try deployment.start(environment)
    #expect(
      waitUntil(timeout: .seconds(60)) { deployment.logbeacon.acceptedIDs.isSuperset(of: accepted) },
      "missing: \(accepted.subtracting(deployment.logbeacon.acceptedIDs).count) of \(accepted.count)")
    print(
      "  \(rounds) ends under load, \(accepted.count) accepted, \(deployment.logbeacon.duplicateIDs.count) came twice")
    #expect(deployment.logbeacon.duplicateIDs.count <= rounds * TortureBrokerFaultRun.inFlight)
    last.kill(SIGTERM)
    #expect(last.wait() == .code(0))
  }
}
