import Core
import Fakes
import Foundation
import Testing

@Suite("Routes of a running gateway") struct RouteTests {
  @Test("levels go where the configuration says, a reload says otherwise, and answers tell")
  func routes() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    try deployment.folder.write("routes: {Error: [logbeacon], Debug: [telegram.developer], 1: none}\n", to: "b.yaml")
    let gateway = try deployment.start(["BEACONGATE_CONFIG": deployment.folder.file("b.yaml")])
    let send = { (level: Int, name: String) in
      try gateway.post(["level": .int(level), "def_name": .string(name), "message": "m"]).json
    }
    #expect(try send(9, "a")?["routes"] == ["logbeacon"])
    #expect(try send(0, "b")?["routes"] == ["telegram.developer"])
    let local = try send(1, "c")
    #expect(local?["routes"] == [] && local?["stored"] == "none")
    #expect(try send(11, "d")?["routes"] == ["logbeacon", "telegram.customer"])
    try deployment.folder.write("routes: {Error: []}\n", to: "b.yaml")
    gateway.kill(SIGHUP)
    #expect(waitUntil { gateway.standardError.contains("settings were read again") })
    #expect(waitUntil { (try? send(9, "e")?["routes"]) == [] })
    #expect(try send(1, "f")?["routes"] == ["logbeacon"])
    #expect(deployment.logbeacon.waitForAccepted(3) && deployment.telegram.waitForSent(2))
    let names = deployment.logbeacon.accepted.compactMap { $0.event["def_name"]?.string }
    #expect(Set(names).isSuperset(of: ["a", "d", "f"]) && Set(names).isDisjoint(with: ["b", "c"]))
    #expect(deployment.telegram.sent(to: "101").map { $0.text.contains("函式:b") } == [true])
    gateway.kill(SIGTERM)
    #expect(gateway.wait() == .code(0))
  }
}
