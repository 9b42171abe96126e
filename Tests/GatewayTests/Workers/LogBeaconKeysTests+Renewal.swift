import Core
import Fakes
import Foundation
import Platform
import Testing

@testable import Gateway

/// How keys are renewed.
extension LogBeaconKeysTests {
  @Test("a renewed key is on disk alone and private, then current, and the next start finds it")
  func renew() throws {
    let keys = try keys()
    let renewal = try keys.renew(pair, value: "new", ifVersion: 0)
    let key = try #require(keys.key(pair))
    #expect(renewal == .stored(key))
    #expect(key.value == Secret("new") && key.version > 0)
    #expect(folder.read(file) == "new")
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.file(file))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == [".renewal.lock", file])
    #expect(try self.keys().key(pair)?.value == Secret("new"))
  }

  @Test("only an answer to a call with the current version replaces the key")
  func versions() throws {
    let keys = try keys()
    _ = try keys.renew(pair, value: "one", ifVersion: 0)
    let first = try #require(keys.key(pair))
    #expect(try keys.renew(pair, value: "late", ifVersion: 0) == .superseded(first))
    #expect(try keys.renew(pair, value: "one", ifVersion: first.version) == .unchanged(first))
    _ = try keys.renew(pair, value: "two", ifVersion: first.version)
    let second = try #require(keys.key(pair))
    #expect(second.version > first.version)
    #expect(try keys.renew(pair, value: "late", ifVersion: first.version) == .superseded(second))
    #expect(folder.read(file) == "two")
  }

  @Test("of two workers that share a folder the first to renew wins, and the other uses its key")
  func shared() throws {
    let (one, other) = (try keys(), try keys())
    _ = try one.renew(pair, value: "one", ifVersion: 0)
    let renewal = try other.renew(pair, value: "other", ifVersion: 0)
    #expect(renewal == .superseded(other.key(pair)))
    #expect(other.key(pair)?.value == Secret("one"))
    #expect(folder.read(file) == "one")
  }

  @Test(
    "a new key that no header may carry is refused",
    arguments: [
      "a\r\nX-Evil: 1", "a\nb", "a\0b", "\u{7F}a", "schlüssel", "", "  ", String(repeating: "k", count: 4097),
    ])
  func refused(value: String) throws {
    let keys = try keys()
    let error = #expect(throws: LogBeaconKeysError.self) { try keys.renew(pair, value: value, ifVersion: 0) }
    #expect(error?.code == (value.count > 4096 ? .tooLong : .unfit))
    #expect(error?.isRetryable == false)
    #expect(keys.key(pair) == nil)
    #expect(keys.refresh(now: clock.next()) == [])
    #expect(folder.read(file).isEmpty)
  }

  @Test(
    "a pair that is not configured, or whose program could leave the folder, gets no file",
    arguments: ["../../etc/x", "", ".", "a/b"])
  func strangers(program: String) throws {
    let keys = try keys()
    for stranger in [
      KeyPair(domain: "shop.example", program: program), KeyPair(domain: "evil.example", program: "api"),
    ] {
      let error = #expect(throws: LogBeaconKeysError.self) { try keys.renew(stranger, value: "k", ifVersion: 0) }
      #expect(error?.code == .unnameable)
      #expect(keys.reread(stranger) == nil)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }

  @Test("while another process holds the lock a renewal waits no longer than it may, and the key is stored later")
  func locked() throws {
    let keys = try keys()
    do {
      let lock = try OpenFolder(folder.path).lock(".renewal.lock", milliseconds: 0)
      let error = #expect(throws: LogBeaconKeysError.self) { try keys.renew(pair, value: "new", ifVersion: 0) }
      #expect(error?.code == .locked && error?.isRetryable == true)
      #expect(keys.key(pair) == nil)
      #expect(keys.refresh(now: clock.next()) == [])
      #expect(keys.problems.map(\.code) == [.locked])
      _ = consume lock
    }
    #expect(keys.refresh(now: clock.next()) == [pair])
    #expect(keys.key(pair)?.value == Secret("new"))
    #expect(keys.problems.isEmpty)
  }

  @Test("a key that the disk does not take is not used, kept aside, and stored once the disk does")
  func unwritable() throws {
    try folder.write("old", to: file)
    let keys = try keys()
    let old = try #require(keys.key(pair))
    let obstacle = folder.file(".renewal.new/x")
    try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: true)
    let error = #expect(throws: LogBeaconKeysError.self) {
      try keys.renew(pair, value: "new", ifVersion: old.version)
    }
    #expect(error?.code == .unwritable)
    #expect(keys.key(pair) == old)
    try FileManager.default.removeItem(atPath: folder.file(".renewal.new"))
    #expect(keys.refresh(now: clock.next()) == [pair])
    #expect(keys.key(pair)?.value == Secret("new"))
    #expect(folder.read(file) == "new")
  }

  @Test("a key kept aside gives way to one that came from outside meanwhile")
  func overtaken() throws {
    let keys = try keys()
    try FileManager.default.createDirectory(atPath: folder.file(".renewal.new/x"), withIntermediateDirectories: true)
    #expect(throws: LogBeaconKeysError.self) { try keys.renew(pair, value: "aside", ifVersion: 0) }
    try FileManager.default.removeItem(atPath: folder.file(".renewal.new"))
    try folder.write("outside", to: file)
    #expect(keys.refresh(now: clock.next()) == [pair])
    #expect(keys.refresh(now: clock.next()) == [])
    #expect(folder.read(file) == "outside")
  }

  @Test("a renewal cut short by a crash leaves the old key and does not stop the next")
  func crashed() throws {
    try folder.write("old", to: file)
    try folder.write("half", to: ".renewal.new")
    let keys = try keys()
    #expect(keys.key(pair)?.value == Secret("old"))
    _ = try keys.renew(pair, value: "new", ifVersion: try #require(keys.key(pair)).version)
    #expect(folder.read(file) == "new")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == [".renewal.lock", file])
  }
}
