import Core
import Testing

@Suite("What the doctor finds of a machine") struct MachineReadingTests {
  private typealias Fault = DataFolderReading.Fault

  static let folders: [(change: @Sendable (inout DataFolderReading) -> Void, status: Finding.Status, words: String)] = [
    ({ _ in }, .ok, "exists, mode 0700"),
    ({ $0.mode = 0o755 }, .warn, "chmod 700"),
    ({ $0.isOwn = false }, .warn, "another user"),
    ({ $0.sync = .failure(Fault("read-only file system")) }, .fail, "read-only file system"),
    ({ $0.sync = .success(.milliseconds(80)) }, .warn, "80.0 ms"),
    ({ $0.sync = .success(.microseconds(250)) }, .ok, "0.2 ms"),
    ({ $0.freeBytes = 99 << 20 }, .warn, "100 MiB more"),
    (
      {
        $0.usedBytes = 80 << 20; $0.freeBytes = 20 << 20
      }, .ok, "20 MiB are free"
    ),
    ({ $0.freeBytes = nil }, .warn, "cannot be asked"),
    ({ $0.holder = .process(12) }, .ok, "process 12"),
    ({ $0.holder = .unknown("no") }, .warn, "cannot be asked: no"),
    ({ $0.condition = .noFolder }, .fail, "not a folder"),
    ({ $0.condition = .unreadable("no") }, .fail, "cannot be looked at"),
    ({ $0.condition = .missing(parent: "/p", isWritable: true) }, .ok, "serve makes it"),
    ({ $0.condition = .missing(parent: "/p", isWritable: false) }, .fail, "cannot be made in /p"),
  ]

  @Test("the data folder", arguments: folders.indices)
  func folder(_ index: Int) {
    var reading = DataFolderReading(path: "/d")
    reading.freeBytes = 100 << 20
    reading.wantedBytes = 100 << 20
    Self.folders[index].change(&reading)
    let worst = reading.findings.map(\.status)
    #expect(
      reading.findings.contains {
        $0.status == Self.folders[index].status && $0.text.contains(Self.folders[index].words)
      })
    if Self.folders[index].status != .fail { #expect(!worst.contains(.fail)) }
    if Self.folders[index].status == .ok { #expect(!worst.contains(.warn)) }
  }

  @Test(
    "the clock",
    arguments: [
      (0, 0, 0, .ok), (5000, 5000, 30, .ok), (5000, 5000, -31, .warn), (5000, 5000, 31, .warn), (4000, 5000, 0, .warn),
      (0, -1, 0, .warn),
    ] as [(Int64, Int64, Int, Finding.Status)])
  func clock(_ wall: Int64, _ monotonic: Int64, _ offset: Int, _ status: Finding.Status) {
    var reading = ClockReading(now: 1_800_000_000_000)
    reading.wall = wall
    reading.monotonic = monotonic
    reading.offsets = [("h.example", offset)]
    #expect(reading.findings.map(\.status) == [status])
  }

  @Test("a year that cannot be", arguments: [0, 1_700_000_000_000, 9_000_000_000_000] as [Int64])
  func year(_ now: Int64) {
    #expect(ClockReading(now: now).findings.map(\.status) == [.fail])
  }

  @Test(
    "descriptors",
    arguments: [(20000, 10000, .ok), (1024, 10000, .warn), (1024, 768, .ok), (1024, 769, .warn)]
      as [(Int, Int, Finding.Status)])
  func descriptors(_ limit: Int, _ connections: Int, _ status: Finding.Status) {
    #expect(DescriptorReading(limit: limit, maxConnections: connections).findings.map(\.status) == [status])
  }

  @Test("key files: pairs that have one, files of nobody, modes and contents")
  func keys() {
    typealias File = KeyFolderReading.File
    let files = [
      File(name: "api_key-a.example-shop-logbeacon.txt"),
      File(name: "api_key-gone.example-shop-logbeacon.txt"),
      File(name: "api_key-a.example-open-logbeacon.txt", mode: 0o644),
      File(name: "api_key-a.example-none-logbeacon.txt", content: .empty),
      File(name: "api_key-a.example-bad-logbeacon.txt", content: .unfit),
      File(name: "api_key-a.example-shut-logbeacon.txt", mode: 0, content: .unreadable("denied")),
      File(name: ".renewal.lock"),
    ]
    let findings = KeyFolderReading(path: "/k", files: files, domains: ["a.example"]).findings
    #expect(findings[0] == .ok("logbeacon.key_dir", "/k holds keys of a.example/open, a.example/shop"))
    #expect(findings.dropFirst().map(\.status) == [.warn, .warn, .warn, .warn, .fail])
    #expect(findings[1].text.contains("api_key-gone.example-shop-logbeacon.txt belongs to no configured domain"))
    #expect(findings[2].text.contains("0644"))
    #expect(KeyFolderReading(path: "/k", files: nil, domains: []).findings.map(\.status) == [.ok])
    var closed = KeyFolderReading(path: "/k", files: nil, domains: [])
    closed.fault = "denied"
    #expect(closed.findings.map(\.status) == [.fail])
  }
}
