import Core
import Glibc
import Platform

/// What the key folder holds: every key file that belongs to a configured pair, as it was at the last look.
struct LogBeaconKeyFolder {
  /// Names in the folder, of whatever files.
  static let maxNames = 100_000

  private static let lockName = ".renewal.lock"
  private static let temporaryName = ".renewal.new"
  /// A change within this time of a look may be followed by another that leaves the same stamp.
  private static let unsettledNanoseconds: Int64 = 2_000_000_000

  private struct File {
    let pair: KeyPair
    var stamp: FileStamp
    var content: LogBeaconKey.Content
    var isSettled: Bool
  }

  let path: String
  let names: KeyFileNames
  /// What could not be read at the last look.
  private(set) var problems: [LogBeaconKeysError] = []
  private var files: [String: File] = [:]

  init(_ path: String, domains: [String]) throws(LogBeaconKeysError) {
    self.path = path
    names = KeyFileNames(domains: domains)
    do throws(SystemError) {
      try Folder.create(path)
    } catch {
      throw LogBeaconKeysError(.folder, path, error)
    }
  }

  var pairs: Set<KeyPair> { Set(files.values.map(\.pair)) }

  /// The pair's key: of the first of its files that holds one.
  func key(of pair: KeyPair) -> Secret? {
    for name in names.names(of: pair) {
      if case .key(let value) = files[name]?.content { return value }
    }
    return nil
  }

  /// Looks at every file and reads those that changed.
  mutating func look() throws(LogBeaconKeysError) {
    let folder = try open()
    let held = try list(folder).sorted()
    problems = []
    var seen: [String: File] = [:]
    var programs: [String: Set<String>] = [:]
    for name in held {
      guard let pair = files[name]?.pair ?? names.owner(of: name) else { continue }
      guard programs.admits(pair) else {
        note(LogBeaconKeysError(.tooManyPairs, pair.domain))
        continue
      }
      seen[name] = read(name, of: pair, in: folder)
    }
    files = seen
  }

  /// Reads the pair's files now, changed or not.
  mutating func look(at pair: KeyPair) throws(LogBeaconKeysError) {
    let folder = try open()
    let held = Set(try list(folder))
    for name in names.names(of: pair) {
      files[name]?.isSettled = false
      files[name] = held.contains(name) ? read(name, of: pair, in: folder) : nil
    }
  }

  /// Stores a key under the folder's lock: temporary file, fsync, rename, fsync of the folder.
  ///
  /// Under the lock the pair is read again first; if `isCurrent` then denies what was found, nothing is written.
  /// Returns whether it was written.
  mutating func store(
    _ value: Secret, of pair: KeyPair, milliseconds: Int32, isCurrent: (Secret?) -> Bool
  ) throws(LogBeaconKeysError) -> Bool {
    guard let newName = names.name(of: pair) else { throw LogBeaconKeysError(.unnameable, "\(pair)") }
    let folder = try open()
    let lock = try take(folder, milliseconds: milliseconds)
    try look(at: pair)
    guard isCurrent(key(of: pair)) else { return false }
    let name = names.names(of: pair).first { files[$0] != nil } ?? newName
    do throws(SystemError) {
      try folder.replace(name, with: Array(value.value.utf8), through: Self.temporaryName)
    } catch {
      throw LogBeaconKeysError(.unwritable, "\(pair)", error)
    }
    _ = consume lock
    files[name] = read(name, of: pair, in: folder)
    return true
  }

  private func open() throws(LogBeaconKeysError) -> OpenFolder {
    do throws(SystemError) {
      return try OpenFolder(path)
    } catch {
      throw LogBeaconKeysError(.folder, path, error)
    }
  }

  private func list(_ folder: OpenFolder) throws(LogBeaconKeysError) -> [String] {
    do throws(SystemError) {
      return try folder.names(limit: Self.maxNames)
    } catch {
      throw LogBeaconKeysError(.folder, path, error)
    }
  }

  private func take(_ folder: OpenFolder, milliseconds: Int32) throws(LogBeaconKeysError) -> FileLock {
    do throws(SystemError) {
      return try folder.lock(Self.lockName, milliseconds: milliseconds)
    } catch {
      throw error.code == EWOULDBLOCK ? LogBeaconKeysError(.locked, path) : LogBeaconKeysError(.unwritable, path, error)
    }
  }

  /// The file as it is now; what was known of it stays where it cannot be read.
  private mutating func read(_ name: String, of pair: KeyPair, in folder: OpenFolder) -> File? {
    let known = files[name]
    do throws(SystemError) {
      guard let stamp = try folder.stamp(of: name) else { return nil }
      let isSame = known.map { $0.isSettled && $0.stamp == stamp } ?? false
      let content =
        try isSame ? known?.content : LogBeaconKey.Content(folder.read(name, limit: LogBeaconKey.maxBytes))
      if content == .unfit { note(LogBeaconKeysError(.unfit, name)) }
      let age = Clock.unixMilliseconds() * 1_000_000 - stamp.changed
      return File(
        pair: pair, stamp: stamp, content: content ?? .empty, isSettled: age.magnitude > Self.unsettledNanoseconds)
    } catch {
      note(error.code == EFBIG ? LogBeaconKeysError(.tooLong, name) : LogBeaconKeysError(.unreadable, name, error))
      return known
    }
  }

  private mutating func note(_ problem: LogBeaconKeysError) {
    if !problems.contains(problem) { problems.append(problem) }
  }
}

extension [String: Set<String>] {
  /// True for a pair that is in, or for which its domain has room.
  fileprivate mutating func admits(_ pair: KeyPair) -> Bool {
    let known = self[pair.domain] ?? []
    guard known.count < LogBeaconKeys.maxPairs || known.contains(pair.program) else { return false }
    self[pair.domain, default: []].insert(pair.program)
    return true
  }
}
