import Core
import Fakes
import Foundation
import Platform
import Testing

@testable import Gateway

@Suite("Keys of LogBeacon")
struct LogBeaconKeysTests {
  let folder: TemporaryDirectory
  let pair = KeyPair(domain: "shop.example", program: "api")
  let file = "api_key-shop.example-api-logbeacon.txt"
  var clock = Seconds()

  /// Monotonic times, each far enough from the last for a look.
  final class Seconds {
    private var now: UInt64 = 0
    func next() -> UInt64 {
      now += 2_000_000_000
      return now
    }
  }

  init() throws {
    folder = try TemporaryDirectory()
  }

  func keys(_ domains: [String] = ["shop.example"]) throws -> LogBeaconKeys {
    try LogBeaconKeys(directory: folder.path, domains: domains, lockPatience: .zero)
  }

  @Test(
    "a file is a key without the white space around it; an empty one is none",
    arguments: [
      ("secret", "secret"), (" secret\r\n", "secret"), ("\u{FEFF}secret\n", "secret"), ("two words", "two words"),
      ("", nil), (" \n\t", nil), ("a\nb", nil), ("a\0", nil), ("schlüssel", nil),
    ] as [(String, String?)])
  func content(text: String, key: String?) throws {
    try folder.write(text, to: file)
    #expect(try keys().key(pair)?.value == key.map { Secret($0) })
  }

  @Test("every key is loaded at the start, for configured domains alone")
  func load() throws {
    try folder.write("one", to: file)
    try folder.write("two", to: "api_key-shop.example-web-logbeacon.txt")
    try folder.write("three", to: "api_key-other.example-api-logbeacon.txt")
    try folder.write("four", to: "notes.txt")
    let keys = try keys()
    #expect(keys.key(pair)?.value.value == "one")
    #expect(keys.key(KeyPair(domain: "shop.example", program: "web"))?.value.value == "two")
    #expect(keys.key(KeyPair(domain: "other.example", program: "api")) == nil)
    #expect(keys.problems.isEmpty)
  }

  @Test("a missing folder is created for its owner alone")
  func created() throws {
    let path = folder.file("a/keys")
    _ = try LogBeaconKeys(directory: path, domains: ["a"])
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o700)
  }

  @Test("a folder that cannot be one is a clear error")
  func noFolder() throws {
    try folder.write("", to: "file")
    let error = #expect(throws: LogBeaconKeysError.self) {
      try LogBeaconKeys(directory: folder.file("file"), domains: ["a"])
    }
    #expect(error?.code == .folder)
    #expect("\(try #require(error))".hasPrefix("the key folder \(folder.file("file")) cannot be used: "))
  }

  @Test("changes from outside are seen at the next look, however they were made")
  func outside() throws {
    let keys = try keys()
    try folder.write("aaa", to: file)
    #expect(keys.refresh(now: clock.next()) == [pair])
    let first = try #require(keys.key(pair))
    // In place, at once, of the same length: the file's times may not tell.
    let handle = try #require(FileHandle(forWritingAtPath: folder.file(file)))
    try handle.write(contentsOf: Data("bbb".utf8))
    #expect(keys.refresh(now: clock.next()) == [pair])
    #expect(keys.key(pair)?.value == Secret("bbb"))
    #expect(try #require(keys.key(pair)).version > first.version)
    #expect(keys.refresh(now: clock.next()) == [])
    try FileManager.default.removeItem(atPath: folder.file(file))
    #expect(keys.refresh(now: clock.next()) == [pair])
    #expect(keys.key(pair) == nil)
  }

  @Test("a file of long ago is read again when its content is replaced")
  func replaced() throws {
    try folder.write("old", to: file)
    let past = Date(timeIntervalSince1970: 1_000_000_000)
    try FileManager.default.setAttributes([.modificationDate: past], ofItemAtPath: folder.file(file))
    let keys = try keys()
    try folder.write("new", to: "other")
    try FileManager.default.setAttributes([.modificationDate: past], ofItemAtPath: folder.file("other"))
    try Folder.move(folder.file("other"), to: folder.file(file))
    #expect(keys.refresh(now: clock.next()) == [pair])
    #expect(keys.key(pair)?.value == Secret("new"))
  }

  @Test("the folder is looked at no more than once a second, a pair's own file whenever asked")
  func interval() throws {
    let keys = try keys()
    #expect(keys.refresh(now: 5_000_000_000) == [])
    try folder.write("new", to: file)
    #expect(keys.refresh(now: 5_999_999_999) == [])
    #expect(keys.key(pair) == nil)
    #expect(keys.reread(pair)?.value == Secret("new"))
    try folder.write("newer", to: file)
    #expect(keys.refresh(now: 6_000_000_000) == [pair])
  }

  @Test("a key through a symbolic link, as a mounted secret is, follows the link")
  func symbolicLink() throws {
    try folder.write("one", to: "data1")
    try folder.write("two", to: "data2")
    let link = folder.file(file)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "data1")
    let keys = try keys()
    #expect(keys.key(pair)?.value == Secret("one"))
    try FileManager.default.removeItem(atPath: link)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "data2")
    #expect(keys.refresh(now: clock.next()) == [pair])
    #expect(keys.key(pair)?.value == Secret("two"))
  }

  @Test("the folder gone for a while leaves the keys in use and is a problem until it is back")
  func folderAway() throws {
    try folder.write("one", to: file)
    let keys = try keys()
    try Folder.move(folder.path, to: folder.path + "-away")
    #expect(keys.refresh(now: clock.next()) == [])
    #expect(keys.reread(pair)?.value == Secret("one"))
    #expect(keys.problems.map(\.code) == [.folder])
    try Folder.move(folder.path + "-away", to: folder.path)
    #expect(keys.refresh(now: clock.next()) == [])
    #expect(keys.problems.isEmpty)
  }

  @Test("a key file that is no key is a problem at every look, and nobody's key")
  func unfit() throws {
    try folder.write("a\u{1}b", to: file)
    try folder.write(String(repeating: "k", count: 4097), to: "api_key-shop.example-long-logbeacon.txt")
    try FileManager.default.createDirectory(
      atPath: folder.file("api_key-shop.example-folder-logbeacon.txt"), withIntermediateDirectories: false)
    let keys = try keys()
    for _ in 0..<2 {
      #expect(Set(keys.problems.map(\.code)) == [.unfit, .tooLong])
      #expect(keys.refresh(now: clock.next()) == [])
    }
    #expect(keys.key(pair) == nil)
    #expect(keys.problems.allSatisfy { !"\($0)".contains("\u{1}") && !"\($0)".contains("kkk") })
  }

  @Test("pairs with one plain name keep their keys apart")
  func ambiguous() throws {
    let keys = try keys(["a", "a-b"])
    let (short, long) = (KeyPair(domain: "a", program: "b-c"), KeyPair(domain: "a-b", program: "c"))
    _ = try keys.renew(short, value: "short", ifVersion: 0)
    _ = try keys.renew(long, value: "long", ifVersion: 0)
    #expect(folder.read("api_key-a-b%2Dc-logbeacon.txt") == "short")
    #expect(folder.read("api_key-a-b-c-logbeacon.txt") == "long")
    let again = try self.keys(["a", "a-b"])
    #expect(again.key(short)?.value == Secret("short"))
    #expect(again.key(long)?.value == Secret("long"))
  }

  @Test("a key stays in the spelling it was found in; of two spellings the escaped one counts")
  func spellings() throws {
    let pair = KeyPair(domain: "shop.example", program: "api-server")
    let (escaped, plain) = (
      "api_key-shop.example-api%2Dserver-logbeacon.txt", "api_key-shop.example-api-server-logbeacon.txt"
    )
    try folder.write("escaped", to: escaped)
    try folder.write("plain", to: plain)
    let keys = try keys()
    #expect(keys.key(pair)?.value == Secret("escaped"))
    _ = try keys.renew(pair, value: "new", ifVersion: try #require(keys.key(pair)).version)
    #expect(folder.read(escaped) == "new")
    #expect(try self.keys().key(pair)?.value == Secret("new"))
    try folder.write("", to: escaped)
    #expect(keys.refresh(now: clock.next()) == [pair])
    #expect(keys.key(pair)?.value == Secret("plain"))
  }

  @Test("a domain has at most a thousand keys, whether found or brought")
  func thousand() throws {
    for number in 0...1000 { try folder.write("k\(number)", to: "api_key-shop.example-p\(number)-logbeacon.txt") }
    let keys = try keys(["shop.example", "other.example"])
    let programs = (0...1000).map { KeyPair(domain: "shop.example", program: "p\($0)") }
    #expect(programs.count { keys.key($0) != nil } == 1000)
    #expect(keys.problems == [LogBeaconKeysError(.tooManyPairs, "shop.example")])
    let error = #expect(throws: LogBeaconKeysError.self) { try keys.renew(pair, value: "k", ifVersion: 0) }
    #expect(error?.code == .tooManyPairs)
    _ = try keys.renew(KeyPair(domain: "other.example", program: "api"), value: "k", ifVersion: 0)
    let known = try #require(programs.first { keys.key($0) != nil })
    _ = try keys.renew(known, value: "renewed", ifVersion: try #require(keys.key(known)).version)
  }

  @Test("no key is in anything that prints")
  func silent() throws {
    try folder.write("hushhush", to: file)
    let keys = try keys()
    let key = try #require(keys.key(pair))
    var text =
      "\(key) \(keys.problems) \(LogBeaconKeyRenewal.stored(key)) \(LogBeaconKey.Content(Array("hushhush".utf8)))"
    dump(key, to: &text)
    dump(keys, to: &text)
    #expect(!text.contains("hushhush"))
  }
}
