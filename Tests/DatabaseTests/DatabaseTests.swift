import Database
import Foundation
import Testing

@Suite struct DatabaseTests {
  @Test("what a closed database committed is there when it is opened again")
  func survivesReopening() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "a.db").path
    do {
      let database = try Database(path: path)
      try database.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB, c TEXT)")
      let insert = try database.prepare("INSERT INTO t VALUES(?,?,?)")
      insert.bind(1, 7)
      let blob: [UInt8] = [0, 1, 255]
      insert.bind(3, "héllo\0x")
      try insert.run(blob: blob.span, at: 2)
    }
    let database = try Database(path: path)
    let select = try database.prepare("SELECT a, b, c FROM t")
    #expect(try select.step())
    #expect(select.int(0) == 7)
    #expect(select.bytes(1) == [0, 1, 255])
    #expect(select.text(2) == "héllo\0x")
    #expect(try !select.step())
  }

  @Test("an empty blob is stored as an empty blob, not as NULL")
  func emptyBlob() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let database = try Database(path: folder.appending(path: "a.db").path)
    try database.execute("CREATE TABLE t(b BLOB NOT NULL, c TEXT NOT NULL)")
    let none: [UInt8] = []
    let insert = try database.prepare("INSERT INTO t VALUES(?,?)")
    insert.bind(2, "")
    try insert.run(blob: none.span, at: 1)
    let count = try database.prepare("SELECT count(*) FROM t")
    #expect(try count.step())
    #expect(count.int(0) == 1)
  }

  @Test("a second connection to one file is refused as locked")
  func secondConnection() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "a.db").path
    let first = try Database(path: path)
    try first.execute("CREATE TABLE t(a)")
    #expect {
      try Database(path: path).execute("INSERT INTO t VALUES(1)")
    } throws: {
      ($0 as? DatabaseError)?.code == .locked
    }
  }

  @Test("a file that is no database is reported as corrupt")
  func notADatabase() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "a.db")
    try Data(repeating: 0x41, count: 8192).write(to: file)
    #expect {
      _ = try Database(path: file.path)
    } throws: {
      ($0 as? DatabaseError)?.code == .corrupt
    }
  }

  @Test("a folder that does not exist cannot be opened")
  func missingFolder() {
    #expect {
      _ = try Database(path: "/nonexistent-folder/a.db")
    } throws: {
      ($0 as? DatabaseError)?.code == .cannotOpen
    }
  }

  private func temporaryFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "beacongate-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }
}
