import Fakes
import Foundation
import Glibc

/// A gateway whose process, disk and services misbehave; on the embedded queue unless its environment names a broker.
///
/// As root its data lie on a small memory disk that can be filled; with strace its syncs can be made slow or fail.
final class TortureDeployment: TortureFixture {
  /// MiB of the memory disk.
  static let diskMegabytes = 96

  let sinks: TortureSinks
  let gateway: TortureGateway
  var counts: [String: Int] = [:]
  private let folder: TemporaryDirectory
  private let disk: String
  private let isMounted: Bool
  private let canTrace = FileManager.default.isExecutableFile(atPath: "/usr/bin/strace")
  private var mount: TortureMount?

  /// `changes` are further variables of the gateway.
  init(_ ledger: TortureLedger, _ changes: [String: String] = [:]) throws {
    sinks = try TortureSinks(ledger)
    folder = try TemporaryDirectory()
    disk = folder.file("disk")
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    mount = TortureMount(disk, megabytes: Self.diskMegabytes, folder: folder)
    isMounted = mount != nil
    gateway = TortureGateway(
      environment: [
        "BEACONGATE_DOMAINS": TortureEvent.domain, "BEACONGATE_LOGBEACON_URL": "\(sinks.logbeacon.url)/log/",
        "BEACONGATE_LOGBEACON_TIMEOUT": "1s", "BEACONGATE_TELEGRAM_API_BASE": sinks.telegram.url,
        "BEACONGATE_TELEGRAM_BOT_TOKEN": TortureSinks.token, "BEACONGATE_TELEGRAM_DEVELOPER_CHAT_ID": "101",
        "BEACONGATE_TELEGRAM_CUSTOMER_CHAT_ID": "202", "BEACONGATE_RETRY_DELAY": "50ms",
        "BEACONGATE_RETRY_MAX_DELAY": "500ms", "BEACONGATE_RETRY_MAX_ATTEMPTS": "100000",
        "BEACONGATE_SHUTDOWN_GRACE": "1s", "BEACONGATE_CONSOLE_FORMAT": "off",
        "BEACONGATE_DATA_DIR": "\(disk)/data", "TZ": "UTC",
      ].merging(changes) { $1 }, folder: folder)
  }

  var port: UInt16 { gateway.port.current }
  var complaints: [String] { gateway.complaints }
  var notes: [String] {
    [
      "slowest start to ready: \(Int(gateway.slowestStart / .milliseconds(1))) ms",
      isMounted ? "data on a memory disk of \(Self.diskMegabytes) MiB" : "no memory disk: nothing fills the disk",
      canTrace ? "syncs delayed and failed by strace" : "no strace: no sync fails",
    ]
  }
  var held: Int? { gateway.metric("beacongate_spool_events") }
  var dead: Int? { gateway.metric("beacongate_dead_letters") }

  var mayRepeatDead: Bool { false }

  var faults: [TortureFault] {
    var faults = [
      TortureFault(name: "SIGKILL", weight: 10) { [gateway] _ in
        gateway.kill()
        try gateway.start()
      },
      TortureFault(name: "SIGKILL twice", weight: 3) { [gateway] milliseconds in
        gateway.kill()
        try gateway.launch()
        pause(milliseconds % 150)
        gateway.kill()
        try gateway.start()
      },
      TortureFault(name: "SIGTERM", weight: 4) { [gateway] _ in
        gateway.terminate()
        try gateway.start()
      },
      TortureFault(name: "SIGSTOP", weight: 3) { [gateway] in gateway.freeze(milliseconds: $0) },
    ]
    for manner in TortureSinks.Manner.allCases where manner != .well {
      faults.append(
        TortureFault(name: "services \(manner)", weight: 2) { [sinks, gateway] milliseconds in
          sinks.behave(manner)
          pause(milliseconds)
          // Half of the time the process dies while they misbehave.
          if milliseconds % 2 == 0 {
            gateway.kill()
            try gateway.start()
          }
          sinks.behave(.well)
        })
    }
    if isMounted { faults.append(TortureFault(name: "disk full", weight: 3) { try self.fillDisk(milliseconds: $0) }) }
    if canTrace {
      faults += [
        TortureFault(name: "slow sync", weight: 2) { try self.trace("delay_exit=30000", milliseconds: $0) },
        TortureFault(name: "failing sync", weight: 2) { try self.trace("error=EIO:when=3+4", milliseconds: $0) },
        TortureFault(name: "failing write", weight: 2) {
          try self.trace("error=EIO:when=20+30", calls: "pwrite64", milliseconds: $0)
        },
        TortureFault(name: "killed in a sync", weight: 2) {
          try self.trace("signal=KILL:when=\(1 + $0 % 20)", milliseconds: $0)
        },
      ]
    }
    return faults
  }

  func start() throws { try gateway.start() }

  func heal() throws {
    sinks.behave(.well)
    try? FileManager.default.removeItem(atPath: ballast)
    if !gateway.isRunning { try gateway.start() }
  }

  func finish() {
    gateway.terminate()
    sinks.stop()
    mount = nil
  }

  private var ballast: String { "\(disk)/ballast" }

  private func fillDisk(milliseconds: Int) throws {
    _ = FileManager.default.createFile(atPath: ballast, contents: nil)
    if let file = FileHandle(forWritingAtPath: ballast) {
      let block = Data(repeating: 1, count: 1 << 16)
      for _ in 0..<Self.diskMegabytes * 16 { guard (try? file.write(contentsOf: block)) != nil else { break } }
      try? file.close()
    }
    pause(milliseconds)
    if milliseconds % 3 == 0 {
      gateway.kill()
      try gateway.launch()
      pause(milliseconds / 2)
    }
    try FileManager.default.removeItem(atPath: ballast)
    if !gateway.isRunning { try gateway.start() }
  }

  /// strace changes what `calls` of the running process return, for a while. With a kill the process ends by itself.
  private func trace(_ change: String, calls: String = "fsync,fdatasync", milliseconds: Int) throws {
    guard let pid = gateway.process?.child.pid else { return }
    let tracer = try ChildProcess(
      "/usr/bin/strace",
      arguments: ["-f", "-qq", "-p", "\(pid)", "-e", "trace=\(calls)", "-e", "inject=\(calls):\(change)"],
      environment: ["PATH": "/usr/bin:/bin"], output: folder.file("strace.out"), errors: folder.file("strace.err"))
    _ = waitUntil(timeout: .milliseconds(milliseconds)) { !gateway.isRunning || !tracer.isRunning }
    tracer.kill(SIGINT)
    if tracer.wait(timeout: .seconds(5)) == nil { tracer.kill(SIGKILL) }
    // One that was killed at the last moment is still running for whoever asks at once, but answers nothing.
    if gateway.process?.health() == nil { _ = gateway.process?.wait(timeout: .seconds(1)) }
    if !gateway.isRunning { try gateway.start() }
  }
}

/// A memory disk, as long as this object lives; `nil` where this user may not mount.
final class TortureMount {
  private let path: String
  private let folder: TemporaryDirectory

  init?(_ path: String, megabytes: Int, folder: TemporaryDirectory) {
    guard geteuid() == 0, FileManager.default.isExecutableFile(atPath: "/usr/bin/mount") else { return nil }
    self.path = path
    self.folder = folder
    guard Self.run("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", path], in: folder) else {
      return nil
    }
  }

  deinit { _ = Self.run("/usr/bin/umount", ["-l", path], in: folder) }

  private static func run(_ program: String, _ arguments: [String], in folder: TemporaryDirectory) -> Bool {
    let child = try? ChildProcess(
      program, arguments: arguments, environment: [:], output: folder.file("mount.out"),
      errors: folder.file("mount.err"))
    return child?.wait() == .code(0)
  }
}
