/// SQLite's write-ahead log as it lies on the disk: where its chain of checksums breaks, and what lies beyond.
///
/// SQLite reads a log up to the first frame that does not fit and takes the rest for a commit that never ended. A single
/// flipped bit so hides every later commit, synced as they were. Source: https://sqlite.org/fileformat2.html#walformat
package struct WriteAheadLog: Sendable {
  package enum Finding: Sendable, Equatable {
    /// SQLite reads all that there is, or the rest is what a commit that never ended may leave.
    case sound
    /// The frames of the last commit are there and do not fit: damaged, or never synced as a whole.
    case lastCommitDamaged
    /// Commits follow the damage, so what is damaged had been synced before.
    case damaged
  }

  /// Of a log that SQLite is to read with ours: as much as it grows to between two checkpoints, many times over.
  package static let maxBytes = 256 << 20

  private static let headerBytes = 32
  private static let frameHeaderBytes = 24
  /// The log's own number of bits that may differ in a frame that belongs to it: another log's differ in half of 64.
  private static let maxFlippedBits = 4
  private static let magic: UInt32 = 0x377F_0682
  private static let formatVersion: UInt32 = 3_007_000

  package let finding: Finding
  /// The first frame that does not fit, from 0.
  package let firstDamaged: Int
  private let bytes: [UInt8]
  private let header: Header
  /// Frames from `firstDamaged` to the last commit that belong to this log.
  private let hidden: [Int]

  /// `pageBytes` is what the database was made with; it stands in for a header that cannot be read.
  package init(_ bytes: [UInt8], pageBytes: Int) {
    self.bytes = bytes
    let span = bytes.span
    guard let header = Header(span, pageBytes: pageBytes) else {
      (finding, firstDamaged, hidden, header) = (.sound, 0, [], .none)
      return
    }
    self.header = header
    let frameBytes = Self.frameHeaderBytes + header.pageBytes
    let count = (bytes.count - Self.headerBytes) / frameBytes
    var sum = header.checksum
    var whole = 0
    while header.isWhole, whole < count {
      let start = Self.headerBytes + whole * frameBytes
      guard header.salts == span.salts(at: start + 8) else { break }
      sum.add(span.extracting(start..<start + 8), header.isBigEndian)
      sum.add(span.extracting(start + Self.frameHeaderBytes..<start + frameBytes), header.isBigEndian)
      guard sum == span.checksum(at: start + 16) else { break }
      whole += 1
    }
    firstDamaged = whole
    var kin: [Int] = []
    var commits = 0
    var end = 0
    for index in whole..<max(whole, count) {
      let start = Self.headerBytes + index * frameBytes
      guard (header.salts ^ span.salts(at: start + 8)).nonzeroBitCount <= Self.maxFlippedBits,
        span.word(at: start) != 0
      else { continue }
      kin.append(index)
      if span.word(at: start + 4) != 0 {
        commits += 1
        end = kin.count
      }
    }
    hidden = Array(kin[..<end])
    finding = commits == 0 ? .sound : commits == 1 ? .lastCommitDamaged : .damaged
  }

  /// The log with its checksums made to fit, so that SQLite reads it to its last commit, damaged pages as they are.
  package var mended: [UInt8] {
    let frameBytes = Self.frameHeaderBytes + header.pageBytes
    let span = bytes.span
    var log: [UInt8] = []
    log.reserveCapacity(bytes.count)
    log.append(word: header.isBigEndian ? Self.magic | 1 : Self.magic)
    log.append(word: Self.formatVersion)
    log.append(word: UInt32(header.pageBytes))
    log.append(word: span.word(at: 12))
    log.append(salts: header.salts)
    var sum = LogChecksum()
    sum.add(log.span, header.isBigEndian)
    log.append(sum)
    for index in Array(0..<firstDamaged) + hidden {
      let start = Self.headerBytes + index * frameBytes
      let first = log.count
      log.append(word: span.word(at: start))
      log.append(word: span.word(at: start + 4))
      sum.add(log.span.extracting(first..<first + 8), header.isBigEndian)
      let page = span.extracting(start + Self.frameHeaderBytes..<start + frameBytes)
      sum.add(page, header.isBigEndian)
      log.append(salts: header.salts)
      log.append(sum)
      for at in page.indices { log.append(page[at]) }
    }
    return log
  }

  /// What the first 32 bytes say, or what the frames say in their place.
  private struct Header: Sendable {
    let pageBytes: Int
    let salts: UInt64
    let isBigEndian: Bool
    let checksum: LogChecksum
    /// False: it does not fit its own checksum.
    let isWhole: Bool

    static let none = Header(pageBytes: 0, salts: 0, isBigEndian: false, checksum: LogChecksum(), isWhole: true)

    private init(pageBytes: Int, salts: UInt64, isBigEndian: Bool, checksum: LogChecksum, isWhole: Bool) {
      self.pageBytes = pageBytes
      self.salts = salts
      self.isBigEndian = isBigEndian
      self.checksum = checksum
      self.isWhole = isWhole
    }

    /// `nil` where nothing was ever written.
    init?(_ log: Span<UInt8>, pageBytes: Int) {
      let frame = WriteAheadLog.headerBytes + WriteAheadLog.frameHeaderBytes
      guard log.count >= frame + pageBytes else { return nil }
      let isBigEndian = log.word(at: 0) == WriteAheadLog.magic | 1
      var sum = LogChecksum()
      sum.add(log.extracting(0..<24), isBigEndian)
      if sum == log.checksum(at: 24), log.word(at: 0) | 1 == WriteAheadLog.magic | 1 {
        let size = Int(log.word(at: 8))
        guard size >= 512, size <= 65536, size & (size - 1) == 0 else { return nil }
        self.init(
          pageBytes: size, salts: log.salts(at: 16), isBigEndian: isBigEndian, checksum: sum, isWhole: true)
        return
      }
      let salts = log.salts(at: WriteAheadLog.headerBytes + 8)
      guard salts != 0 else { return nil }
      self.init(
        pageBytes: pageBytes, salts: salts, isBigEndian: isBigEndian, checksum: LogChecksum(), isWhole: false)
    }
  }
}

/// The running checksum of a log (§4.2): two sums over pairs of words.
private struct LogChecksum: Sendable, Equatable {
  var first: UInt32 = 0
  var second: UInt32 = 0

  /// `bytes` are a multiple of eight.
  mutating func add(_ bytes: Span<UInt8>, _ isBigEndian: Bool) {
    var at = 0
    while at + 8 <= bytes.count {
      first &+= (isBigEndian ? bytes.word(at: at) : bytes.word(at: at).byteSwapped) &+ second
      second &+= (isBigEndian ? bytes.word(at: at + 4) : bytes.word(at: at + 4).byteSwapped) &+ first
      at += 8
    }
  }
}

extension Span<UInt8> {
  /// Four bytes, the most significant first.
  fileprivate func word(at index: Int) -> UInt32 {
    UInt32(self[index]) << 24 | UInt32(self[index + 1]) << 16 | UInt32(self[index + 2]) << 8 | UInt32(self[index + 3])
  }

  fileprivate func salts(at index: Int) -> UInt64 { UInt64(word(at: index)) << 32 | UInt64(word(at: index + 4)) }

  fileprivate func checksum(at index: Int) -> LogChecksum {
    LogChecksum(first: word(at: index), second: word(at: index + 4))
  }
}

extension [UInt8] {
  fileprivate mutating func append(word: UInt32) {
    for shift in [24, 16, 8, 0] as [UInt32] { append(UInt8(truncatingIfNeeded: word >> shift)) }
  }

  fileprivate mutating func append(salts: UInt64) {
    append(word: UInt32(truncatingIfNeeded: salts >> 32))
    append(word: UInt32(truncatingIfNeeded: salts))
  }

  fileprivate mutating func append(_ sum: LogChecksum) {
    append(word: sum.first)
    append(word: sum.second)
  }
}
