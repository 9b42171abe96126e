import Fakes
import Foundation
import Testing

/// A spool that has grown for an hour, and a data folder that came to harm.
@Suite(.serialized) struct TortureSpoolTests {
  /// Copies of an outage; `make torture` takes the whole hour.
  static let copies = TortureTests.isLong ? 1_000_000 : 20_000
  static let batch = 1000

  @Test("after an hour without a broker it is ready at once, drains while intake goes on, and loses nothing")
  func outage() throws {
    let node = try RabbitNode.shared
    try TortureBrokerFaultRun.deleteQueues(of: node)
    let proxy = try TCPProxy(to: try freePort())
    let folder = try TemporaryDirectory()
    let environment = TortureBrokerFaultRun.brokerSettings("amqp://guest:guest@127.0.0.1:\(proxy.port)").merging([
      "BEACONGATE_ROLE": "ingest", "BEACONGATE_DOMAINS": TortureEvent.domain, "BEACONGATE_TELEGRAM_BOT_TOKEN": "none",
      "BEACONGATE_SPOOL_MAX_BYTES": "2GiB",
    ]) { $1 }
    let first = try GatewayProcess(environment: environment, folder: folder)
    #expect(first.waitUntilHealthy(timeout: .seconds(30)))
    try fill(first)
    first.kill(SIGKILL)
    #expect(first.wait() == .signal(SIGKILL))

    let begun = ContinuousClock.now
    let second = try GatewayProcess(environment: environment, folder: folder)
    #expect(second.waitUntilHealthy(timeout: .seconds(60)))
    let ready = begun.duration(to: .now)
    #expect(ready < .seconds(3))
    #expect(metric("beacongate_spool_events", of: second) == Self.copies)
    proxy.redirect(to: node.port)
    let load = Load(second, clients: 4, eventsEach: 1_000_000, prefix: "new")
    let drained = ContinuousClock.now
    var largest = 0
    let isEmpty = waitUntil(timeout: .seconds(400)) {
      largest = max(largest, residentKilobytes(of: second))
      _ = waitUntil(timeout: .milliseconds(100)) { false }
      return metric("beacongate_spool_events", of: second) ?? 1 < 100
    }
    #expect(isEmpty, "\(metric("beacongate_spool_events", of: second) ?? -1) copies are left")
    let seconds = drained.duration(to: .now) / .seconds(1)
    let during = load.acceptedCount
    second.kill(SIGTERM)
    #expect(second.wait() == .code(0))
    let accepted = load.join()
    #expect(during > 0 && load.unanswered == 0)
    #expect(load.refused.isSubset(of: [503]))
    print(
      "  \(Self.copies) spooled: ready in \(Int(ready / .milliseconds(1))) ms, drained in \(Int(seconds)) s beside "
        + "\(during) new events, at most \(largest / 1024) MiB resident")
    #expect(largest < 128 * 1024 || Sanitizer.isOn)
    // Each copy once: the link was never lost, but for what SIGTERM left in the spool.
    let depth = try TortureBrokerFaultRun.queues(of: node)["\(TortureEvent.domain)_logbeacon"] ?? 0
    let left = Self.copies + accepted.count - depth
    #expect(
      left >= 0 && left <= accepted.count - during + 100, "\(depth) at the broker of \(Self.copies + accepted.count)")
    try TortureBrokerFaultRun.deleteQueues(of: node)
  }

  /// Batches, so that it takes no longer than it must.
  private func fill(_ gateway: GatewayProcess) throws {
    for first in stride(from: 0, to: Self.copies, by: Self.batch) {
      let lines = (first..<first + Self.batch).map { number in
        #"{"id":"old-\#(number)","level":1,"def_name":"outage","message":"event \#(number)"}"#
      }
      let answer = try gateway.request(
        "POST", "/log", headers: ["Content-Type": "application/x-ndjson"], body: lines.joined(separator: "\n"))
      guard answer.status == 202, answer.json?["stored"]?.string == "spool", answer.json?["rejected"] == .int(0) else {
        Issue.record("\(answer.status) \(answer.text.prefix(300))")
        return
      }
    }
  }

  @Test(
    "whatever happened to the data folder, it starts, takes events, and delivers what is whole",
    arguments: Harm.allCases)
  func harmed(harm: Harm) throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    deployment.logbeacon.fail { _ in FakeLogBeacon.Failure(FakeResponse(status: 503)) }
    let first = try deployment.start()
    let load = Load(first, clients: 4, eventsEach: 200, prefix: "old")
    let accepted = load.join()
    // After an orderly end all of it lies in the file itself, after a kill in SQLite's log.
    first.kill(harm.comesAfterKill ? SIGKILL : SIGTERM)
    #expect(first.wait() == (harm.comesAfterKill ? .signal(SIGKILL) : .code(0)))
    try harm.happens(to: deployment.folder.file("data"))
    deployment.logbeacon.fail(nil)
    let second = try deployment.start()
    #expect(try second.post(["id": "new", "level": 1, "def_name": "f", "message": "m"]).status == 202)
    #expect(waitUntil(timeout: .seconds(30)) { deployment.logbeacon.acceptedIDs.contains("new") })
    // What is taken over from the quarantine is done when no order to do so lies there any more.
    #expect(waitUntil(timeout: .seconds(30)) { salvageOrders(deployment) == 0 })
    #expect(
      waitUntil(timeout: .seconds(30)) { metric("beacongate_spool_events", of: second) == 0 },
      "\(metric("beacongate_spool_events", of: second) ?? -1) wait: \(second.standardError.suffix(1000))")
    let arrived = deployment.logbeacon.acceptedIDs.subtracting(["new"])
    #expect(arrived.isSubset(of: accepted))
    print("  \(harm): \(arrived.count) of \(accepted.count) arrived")
    if harm.leavesWhole { #expect(Double(arrived.count) >= Double(accepted.count) * 0.9) }
    // What is not whole is kept for an operator and spoken of.
    let quarantine =
      (try? FileManager.default.contentsOfDirectory(atPath: deployment.folder.file("data/quarantine"))) ?? []
    if arrived.count < accepted.count, !harm.isDeletion {
      #expect(!quarantine.isEmpty, "\(second.standardError.suffix(500))")
    }
    second.kill(SIGTERM)
    #expect(second.wait() == .code(0))
  }

  private func salvageOrders(_ deployment: Deployment) -> Int {
    let quarantine = URL(filePath: deployment.folder.file("data/quarantine"))
    let folders = (try? FileManager.default.contentsOfDirectory(at: quarantine, includingPropertiesForKeys: nil)) ?? []
    return folders.count { FileManager.default.fileExists(atPath: $0.appending(path: "salvage").path) }
  }

  private func metric(_ name: String, of gateway: GatewayProcess) -> Int? {
    guard let text = try? gateway.request("GET", "/metrics", onAdmin: true).text,
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("\(name) ") })
    else { return nil }
    return line.split(separator: " ").last.flatMap { Int($0) }
  }

  private func residentKilobytes(of gateway: GatewayProcess) -> Int {
    let status = (try? String(contentsOfFile: "/proc/\(gateway.child.pid)/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
  }
}

/// What may come of a data folder while nobody looks.
enum Harm: CaseIterable, Sendable {
  case flippedBit, flippedHead, flippedBits, flippedLog, tornTail, tornLog, deletedLog, deletedFile, foreignFile

  var comesAfterKill: Bool { self == .flippedLog || self == .tornLog || self == .deletedLog }
  /// Nothing is left that could be told from a commit that never ended.
  var isDeletion: Bool { self == .deletedFile || self == .tornLog || self == .deletedLog }
  /// Nearly all of it is whole, and so is to arrive.
  var leavesWhole: Bool { self == .flippedBit || self == .flippedHead || self == .flippedLog }

  func happens(to folder: String) throws {
    let file = "\(folder)/queue.db"
    let log = "\(file)-wal"
    switch self {
    case .flippedBit: try change(file) { $0[$0.count / 2] ^= 0x10 }
    case .flippedHead: try change(file) { for at in [17, 30, 105] { $0[at] ^= 0x10 } }
    case .flippedLog: try change(log) { $0[32 + 24 + 8192 * 3] ^= 0x10 }
    case .flippedBits:
      try change(file) { bytes in for at in stride(from: 5000, to: bytes.count, by: 9973) { bytes[at] ^= 0x10 } }
    case .tornTail: try change(file) { $0.removeLast($0.count / 3) }
    case .tornLog: try change(log) { $0.removeLast($0.count / 3) }
    case .deletedLog: try FileManager.default.removeItem(atPath: log)
    case .deletedFile: for path in [file, log, "\(file)-shm"] { try? FileManager.default.removeItem(atPath: path) }
    case .foreignFile: try Data("this is no database".utf8).write(to: URL(fileURLWithPath: file))
    }
  }

  private func change(_ path: String, _ body: (inout [UInt8]) -> Void) throws {
    var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    guard !bytes.isEmpty else { return }
    body(&bytes)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }
}
