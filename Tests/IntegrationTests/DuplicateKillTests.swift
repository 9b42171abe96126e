import Core
import Fakes
import Foundation
import Testing

@Suite(.serialized) struct DuplicateKillTests {
  @Test("an id that was answered 202 is known after a kill -9 at once, and its event is delivered once")
  func killed() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let event = #"{"id":"a","level":1,"def_name":"f","message":"m"}"#
    let post = { (gateway: GatewayProcess, body: String) in
      try gateway.request("POST", "/log", headers: ["Content-Type": "application/json"], body: body)
    }
    let gateway = try deployment.start()
    #expect(try post(gateway, event).json?["duplicate"] == nil)
    gateway.kill(SIGKILL)
    #expect(gateway.wait() == .signal(SIGKILL))
    let second = try deployment.start()
    let again = try post(second, event)
    #expect(again.status == 202 && again.json?["duplicate"] == true)
    #expect(try post(second, event + " ").status == 409)
    #expect(deployment.logbeacon.waitForAccepted(1))
    second.kill(SIGTERM)
    #expect(second.wait() == .code(0))
    #expect(deployment.logbeacon.acceptedIDs == ["a"])
  }
}
