import Core
import Testing

@Suite("Sockets that were passed") struct PassedSocketsTests {
  private static func read(_ fds: String?, names: String? = nil, pid: String? = "7") throws -> [PassedSockets.Passed] {
    var environment: [String: String] = [:]
    environment["LISTEN_PID"] = pid
    environment["LISTEN_FDS"] = fds
    environment["LISTEN_FDNAMES"] = names
    return try PassedSockets.read(environment, pid: 7)
  }

  @Test("names choose intake and admin, and without names all are for intake")
  func purposes() throws {
    let named = try Self.read("3", names: "intake:admin:intake")
    #expect(named.map(\.descriptor) == [3, 4, 5])
    #expect(named.map(\.purpose) == [.intake, .admin, .intake])
    #expect(try Self.read("2").map(\.purpose) == [.intake, .intake])
    #expect(try Self.read("0").isEmpty)
  }

  @Test("variables for another process, or for none, pass nothing")
  func others() throws {
    #expect(try Self.read("2", pid: "8").isEmpty)
    #expect(try Self.read("2", pid: nil).isEmpty)
    #expect(try Self.read("2", pid: "").isEmpty)
    #expect(try PassedSockets.read([:], pid: 7).isEmpty)
  }

  @Test(
    "a mistake is told with the variable and the mend",
    arguments: [
      (nil, nil, "7", "LISTEN_FDS"), ("x", nil, "7", "LISTEN_FDS"), ("-1", nil, "7", "LISTEN_FDS"),
      ("33", nil, "7", "LISTEN_FDS"), ("99999999999", nil, "7", "LISTEN_FDS"), ("1", nil, "seven", "LISTEN_PID"),
      ("2", "intake", "7", "LISTEN_FDNAMES"), ("1", "intake:admin", "7", "LISTEN_FDNAMES"),
      ("1", "", "7", "LISTEN_FDNAMES"), ("1", "beacongate@all.socket", "7", "FileDescriptorName=intake"),
    ] as [(String?, String?, String, String)])
  func mistakes(_ fds: String?, _ names: String?, _ pid: String, _ word: String) {
    let mistake = #expect(throws: PassedSockets.Mistake.self) { try Self.read(fds, names: names, pid: pid) }
    #expect(mistake?.description.contains(word) == true)
  }
}
