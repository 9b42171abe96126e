import Foundation
import Platform
import Synchronization
import Testing

@Suite struct PlatformTests {
  @Test("messages from several threads arrive complete, each sender's in order, with one wake-up per batch")
  func mailbox() throws {
    let wakeups = Counter()
    let mailbox = Mailbox<(sender: Int, number: Int)> { wakeups.count.add(1, ordering: .relaxed) }
    let threads = (0..<4).map { sender in
      NamedThread("sender") { for number in 0..<1000 { mailbox.send((sender, number)) } }
    }
    for thread in threads { thread.join() }
    let messages = mailbox.take()
    #expect(messages.count == 4000)
    for sender in 0..<4 {
      #expect(messages.filter { $0.sender == sender }.map(\.number) == Array(0..<1000))
    }
    #expect(wakeups.count.load(ordering: .relaxed) == 1)
    #expect(mailbox.take().isEmpty)
    mailbox.send((9, 9))
    #expect(wakeups.count.load(ordering: .relaxed) == 2)
  }

  @Test("a locked folder says who has it, and looking takes nothing from its owner")
  func folderLock() throws {
    let parent = try TemporaryFolder(in: "/tmp")
    let path = "\(parent.path)/data"
    #expect(FolderLock.of(path) == .free)
    var locked: LockedFolder? = try LockedFolder(path)
    #expect(FolderLock.of(path) == .held(pid: Int(ProcessInfo.processInfo.processIdentifier)))
    #expect(throws: LockedFolder.Refusal.held) { _ = try LockedFolder(path) }
    locked = nil
    _ = locked
    #expect(FolderLock.of(path) == .free)
    try FileManager.default.removeItem(atPath: path)
  }

  @Test("a temporary folder is private and goes with its files, an output file never replaces another")
  func temporaryFolder() throws {
    var parent: TemporaryFolder? = try TemporaryFolder(in: "/tmp")
    let path = try #require(parent?.path)
    let file = try #require(parent?.file("f"))
    #expect(try FileFacts.of(path)?.mode == 0o700)
    let output = try OutputFile(creating: file)
    try output.write([1, 2, 3])
    try output.finish()
    #expect(try FileBytes.read(file, limit: 10) == [1, 2, 3])
    #expect(throws: SystemError.self) { _ = try OutputFile(creating: file) }
    var lost = 0
    #expect(try FileCopy.copy("\(path)/none", to: "\(path)/copy", lost: &lost) == false)
    parent = nil
    #expect(try FileFacts.of(path) == nil)
  }

  @Test("room for descriptors is made at once, and none of them stays open")
  func roomForDescriptors() throws {
    func table() throws -> Int {
      let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("FDSize:") })
      return try #require(Int(line.filter(\.isNumber)))
    }
    let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    let wanted = min(600, Machine.descriptorLimit)
    Machine.makeRoom(forDescriptors: wanted)
    #expect(try table() >= wanted)
    #expect(try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count == open)
  }

  @Test("a wait ends with a signal that came before it")
  func wakeup() throws {
    let wakeup = try Wakeup()
    wakeup.signal()
    wakeup.wait(milliseconds: -1)
    let began = Clock.monotonicNanoseconds()
    wakeup.wait(milliseconds: 20)
    #expect(Clock.monotonicNanoseconds() - began >= 19_000_000)
  }

  @Test("a folder is made with its parents, private to its owner, and locked once")
  func lockedFolder() throws {
    let parent = FileManager.default.temporaryDirectory.appending(path: "beacongate-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: parent) }
    let path = parent + "/a/b"
    let first = try LockedFolder(path)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o700)
    #expect(throws: LockedFolder.Refusal.held) { try LockedFolder(path) }
    withExtendedLifetime(first) {}
  }

  @Test("a lock is free again when its holder is gone")
  func releasedLock() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "beacongate-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    do { _ = try LockedFolder(path) }
    _ = try LockedFolder(path)
  }

  @Test("a path through a file is refused with the call and the reason")
  func fileInTheWay() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "beacongate-\(UUID().uuidString)").path
    try Data().write(to: URL(filePath: file))
    defer { try? FileManager.default.removeItem(atPath: file) }
    #expect {
      _ = try LockedFolder(file + "/data")
    } throws: {
      guard case .failed(let error)? = $0 as? LockedFolder.Refusal else { return false }
      return error.code == ENOTDIR
    }
  }

  @Test("random numbers do not repeat over many pages")
  func random() {
    var random = RandomBytes()
    let numbers = Set((0..<5000).map { _ in random.next() })
    #expect(numbers.count == 5000)
  }

  @Test("a written file is read back whole")
  func files() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "beacongate-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
    try Folder.write(bytes, to: file)
    #expect(try Data(contentsOf: URL(filePath: file)) == Data(bytes))
    try Folder.write([1], to: file)
    #expect(try Data(contentsOf: URL(filePath: file)) == Data([1]))
  }

  private final class Counter: Sendable {
    let count = Atomic(0)
  }
}
