import Database
import Foundation
import Testing

@Suite struct WriteAheadLogTests {
  /// A file and its log as a kill leaves them: `commits` rows, one a commit.
  private struct Files {
    static let header = 32
    static let frame = 24 + Database.pageBytes
    var file: Data
    var log: [UInt8]

    init(commits: Int) throws {
      let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let path = folder.appending(path: "a.db").path
      let database = try Database(path: path)
      try database.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b)")
      try database.emptyLog()
      for number in 1...commits { try database.execute("INSERT INTO t VALUES(\(number), 'row \(number)')") }
      file = try Data(contentsOf: URL(filePath: path))
      log = Array(try Data(contentsOf: URL(filePath: path + "-wal")))
    }

    /// Rows that SQLite finds with `log`, and whether it finds the file sound.
    func rows(_ log: [UInt8]) throws -> (count: Int, isSound: Bool) {
      let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let path = folder.appending(path: "a.db").path
      try file.write(to: URL(filePath: path))
      try Data(log).write(to: URL(filePath: path + "-wal"))
      let database = try Database(path: path)
      let select = try database.prepare("SELECT count(*) FROM t")
      guard try select.step() else { return (0, false) }
      let count = Int(select.int(0))
      select.reset()
      return (count, (try? database.check()) != nil)
    }

    func look(_ log: [UInt8]) -> WriteAheadLog { WriteAheadLog(log, pageBytes: Database.pageBytes) }

    /// The log with one bit of the byte at `offset` of frame `number` turned.
    func flipped(_ offset: Int, in number: Int) -> [UInt8] {
      var flipped = log
      flipped[Self.header + number * Self.frame + offset] ^= 0x04
      return flipped
    }
  }

  @Test("a log that a kill left is sound, whatever an earlier one has left behind it")
  func sound() throws {
    let files = try Files(commits: 10)
    #expect(files.look(files.log).finding == .sound)
    #expect(try files.rows(files.log).count == 10)
    #expect(files.look(files.log).firstDamaged == 11)
  }

  @Test("no log, an empty one and one of zeros are sound", arguments: [0, 31, 32, 56, 100_000])
  func empty(bytes: Int) {
    let log = WriteAheadLog(Array(repeating: 0, count: bytes), pageBytes: Database.pageBytes)
    #expect(log.finding == .sound)
  }

  @Test(
    "a bit that turned in a frame hides the commits from there on, and a mended log shows all of them",
    arguments: [24 + 4000, 24 + 5, 10, 13, 16, 23])
  func flippedBit(offset: Int) throws {
    let files = try Files(commits: 10)
    let log = files.flipped(offset, in: 4)
    #expect(try files.rows(log).count == 3)
    let look = files.look(log)
    #expect(look.finding == .damaged)
    #expect(look.firstDamaged == 4)
    // The rows lie on one page, so the last commit has all of them.
    let rows = try files.rows(look.mended)
    #expect(rows.count == 10)
    #expect(rows.isSound)
  }

  @Test(
    "a bit that turned in the header hides everything, and a mended log shows all of it", arguments: [0, 9, 17, 24])
  func flippedHeader(offset: Int) throws {
    let files = try Files(commits: 10)
    var log = files.log
    log[offset] ^= 0x04
    let look = files.look(log)
    #expect(look.finding == .damaged)
    #expect(look.firstDamaged == 0)
    #expect(try files.rows(look.mended).count == 10)
  }

  @Test("a last commit that does not fit may never have ended: it is told apart, and is there once mended")
  func lastCommit() throws {
    let files = try Files(commits: 10)
    let log = files.flipped(24 + 4000, in: 10)
    let look = files.look(log)
    #expect(look.finding == .lastCommitDamaged)
    #expect(try files.rows(log).count == 9)
    #expect(try files.rows(look.mended).count == 10)
  }

  @Test("a log torn off within its last commit is what a crash leaves", arguments: [1, 1000, Files.frame])
  func torn(bytes: Int) throws {
    let files = try Files(commits: 10)
    let end = Files.header + 11 * Files.frame
    let log = Array(files.log[..<(end - bytes)])
    #expect(files.look(log).finding == .sound)
    #expect(try files.rows(log).count == 9)
  }

  @Test("an emptied log keeps one page that says nothing new, so harm to the old one does not matter")
  func emptied() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let database = try Database(path: folder.appending(path: "a.db").path)
    try database.execute("PRAGMA user_version=7")
    try database.execute("CREATE TABLE t(a)")
    for number in 1...20 { try database.execute("INSERT INTO t VALUES(\(number))") }
    #expect(database.walPages > 1)
    try database.emptyLog()
    #expect(database.walPages == 1)
    let log = Array(try Data(contentsOf: folder.appending(path: "a.db-wal")))
    let look = WriteAheadLog(log, pageBytes: Database.pageBytes)
    #expect(look.finding == .sound)
    #expect(look.firstDamaged == 1)
    let version = try database.prepare("PRAGMA user_version")
    #expect(try version.step())
    #expect(version.int(0) == 7)
  }

  @Test("any single bit of a log may turn: nothing traps, and a mended log that can be read has what SQLite would read")
  func everywhere() throws {
    let files = try Files(commits: 4)
    let end = Files.header + 5 * Files.frame
    var mended = 0
    for at in Array(0..<64) + Array(stride(from: 64, to: end, by: 1499)) {
      var log = files.log
      log[at] ^= 0x80
      let look = files.look(log)
      guard look.finding == .damaged, let rows = try? files.rows(look.mended) else { continue }
      mended += 1
      #expect(try rows.count >= files.rows(log).count, "byte \(at)")
    }
    #expect(mended > 60)
  }
}
