import Fakes
import Foundation
import Synchronization
import Testing

@Suite("logbeacon.ordered of a running gateway") struct OrderTests {
  private static let programs = ["api", "shop", "job"]
  private static let environment = [
    "BEACONGATE_LOGBEACON_ORDERED": "true", "BEACONGATE_TELEGRAM_BOT_TOKEN": "none",
    "BEACONGATE_RETRY_DELAY": "10ms", "BEACONGATE_RETRY_MAX_DELAY": "50ms",
  ]

  private static func post(_ gateway: GatewayProcess, _ numbers: Range<Int>) throws {
    let events = numbers.flatMap { number in
      programs.map { program -> JSONValue in
        [
          "level": 1, "def_name": "f", "message": "m", "program_name": .string(program),
          "id": .string("\(program)-\(number)"),
        ]
      }
    }
    #expect(try gateway.post(.array(events)).json?["accepted"] == .int(events.count))
  }

  @Test("each program's events arrive in the order of acceptance, over failures, refusals, lost answers and a kill -9")
  func order() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let beacon = deployment.logbeacon
    let calls = Mutex(0)
    beacon.fail { call in
      if call.id == "api-5" { return .init(FakeResponse(status: 400)) }
      let number = calls.withLock { calls in
        calls += 1
        return calls
      }
      if number % 11 == 0 { return .init(.closeWithoutAnswer, takesEvent: true) }
      return number % 3 == 0 ? .init(FakeResponse(status: 503)) : nil
    }
    let first = try deployment.start(Self.environment)
    try Self.post(first, 0..<40)
    #expect(beacon.waitForAccepted(30, timeout: .seconds(30)))
    first.kill(SIGKILL)
    _ = first.wait()
    let second = try deployment.start(Self.environment)
    try Self.post(second, 40..<60)
    // All but the one that is refused.
    let all = Self.programs.count * 60 - 1
    #expect(waitUntil(timeout: .seconds(60)) { beacon.acceptedIDs.count == all })
    for program in Self.programs {
      var numbers: [Int] = []
      for call in beacon.accepted where call.pair.program == program {
        guard let number = Int(call.id.dropFirst(program.count + 1)), !numbers.contains(number) else { continue }
        numbers.append(number)
      }
      #expect(numbers == (0..<60).filter { program != "api" || $0 != 5 })
    }
    second.kill(SIGTERM)
    #expect(second.wait() == .code(0))
  }

  @Test("with a broker it is a mistake that names the key and the mend")
  func broker() throws {
    let gateway = try GatewayProcess(
      environment: [
        "BEACONGATE_LOGBEACON_ORDERED": "true", "BEACONGATE_BROKER_URLS": "amqp://127.0.0.1:1/",
        "BEACONGATE_LOGBEACON_URL": "http://127.0.0.1:1/",
      ])
    #expect(gateway.wait() == .code(78))
    let errors = gateway.standardError
    #expect(errors.contains("only the embedded queue keeps the order"))
    #expect(errors.contains("set logbeacon.ordered to false, or use queue embedded"))
  }
}
