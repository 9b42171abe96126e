package import Core

/// The keys of LogBeacon: in memory for calls, in files for good (contracts.md §7).
///
/// Confined to the worker's thread; make one for each distinct key folder. A pair's key is looked up in what the folder
/// held, never through a path. A new key is on disk before it is used.
package final class LogBeaconKeys {
  /// Pairs with keys that one domain may have.
  package static let maxPairs = 1000

  /// The least time between two looks at the folder.
  private static let lookInterval: UInt64 = 1_000_000_000
  private var folder: LogBeaconKeyFolder
  private let lockMilliseconds: Int32
  private var keys: [KeyPair: LogBeaconKey] = [:]
  /// Keys that answers brought and that the disk has not taken yet.
  private var unstored: [KeyPair: Unstored] = [:]
  private var lastVersion = 0
  private var lastLook: UInt64?
  private var folderProblem: LogBeaconKeysError?

  private struct Unstored {
    let value: Secret
    /// The version of the key that it replaces.
    let replaced: Int
  }

  /// Creates the folder (0700) where it is missing and loads every key. `domains` are all configured ones: they decide
  /// which pair owns an ambiguous file name. A renewal waits `lockPatience` for another process's.
  package init(
    directory: String, domains: [String], lockPatience: Duration = .seconds(1)
  ) throws(LogBeaconKeysError) {
    lockMilliseconds = Int32(clamping: Int64(lockPatience / .milliseconds(1)))
    folder = try LogBeaconKeyFolder(directory, domains: domains)
    try folder.look()
    _ = adopt()
  }

  /// What was wrong with the folder and its files at the last look.
  package var problems: [LogBeaconKeysError] { (folderProblem.map { [$0] } ?? []) + folder.problems }

  /// The pair's current key; `nil` where it has none and calls go out without the key header.
  package func key(_ pair: KeyPair) -> LogBeaconKey? {
    keys[pair]
  }

  /// Looks for outside changes, and stores what could not be stored before; at most once a second, however often it is
  /// called. Returns the pairs whose key changed. A folder that cannot be read changes nothing; see `problems`.
  package func refresh(now: UInt64) -> [KeyPair] {
    if let lastLook, now < lastLook + Self.lookInterval { return [] }
    lastLook = now
    do throws(LogBeaconKeysError) {
      try folder.look()
      folderProblem = nil
    } catch {
      folderProblem = error
      return []
    }
    return adopt() + storeAgain()
  }

  /// The pair's key as its file says now, for a 401 or 403. Where the file cannot be read, the one known before.
  package func reread(_ pair: KeyPair) -> LogBeaconKey? {
    do throws(LogBeaconKeysError) {
      try folder.look(at: pair)
      folderProblem = nil
    } catch {
      folderProblem = error
    }
    _ = adopt(pair)
    return keys[pair]
  }

  /// Stores the key that an answer brought; `version` is that of the key the call was made with, 0 for none.
  ///
  /// When the disk does not take the key, it is kept aside and
  /// `refresh` tries again; until then the old one stays current.
  package func renew(
    _ pair: KeyPair, value: String, ifVersion version: Int
  ) throws(LogBeaconKeysError) -> LogBeaconKeyRenewal {
    let content = LogBeaconKey.Content(Array(value.utf8))
    guard case .key(let new) = content, value.utf8.count <= LogBeaconKey.maxBytes else {
      throw LogBeaconKeysError(content == .unfit || content == .empty ? .unfit : .tooLong, "\(pair)")
    }
    guard version == self.version(of: pair) else { return .superseded(keys[pair]) }
    if let key = keys[pair], key.value == new { return .unchanged(key) }
    let pairs = Set(keys.keys).union(unstored.keys).filter { $0.domain == pair.domain }
    guard pairs.contains(pair) || pairs.count < Self.maxPairs else {
      throw LogBeaconKeysError(.tooManyPairs, pair.domain)
    }
    return try store(new, of: pair, milliseconds: lockMilliseconds)
  }

  private func store(
    _ value: Secret, of pair: KeyPair, milliseconds: Int32
  ) throws(LogBeaconKeysError) -> LogBeaconKeyRenewal {
    let current = keys[pair]?.value
    unstored[pair] = Unstored(value: value, replaced: version(of: pair))
    do throws(LogBeaconKeysError) {
      // Another worker that shares the folder may have been faster: then its key is the one.
      let isStored = try folder.store(value, of: pair, milliseconds: milliseconds) { $0 == current }
      unstored[pair] = nil
      _ = adopt(pair)
      if isStored, let key = keys[pair] { return .stored(key) }
      return .superseded(keys[pair])
    } catch {
      if !error.isRetryable { unstored[pair] = nil }
      throw error
    }
  }

  /// Stores the keys that are kept aside, as far as the disk takes them; the pairs whose key changed.
  private func storeAgain() -> [KeyPair] {
    var changed: [KeyPair] = []
    for (pair, new) in unstored {
      // A key that came from outside meanwhile is the newer one.
      guard new.replaced == version(of: pair) else {
        unstored[pair] = nil
        continue
      }
      do throws(LogBeaconKeysError) {
        _ = try store(new.value, of: pair, milliseconds: 0)
        changed.append(pair)
      } catch {
        folderProblem = error
        break
      }
    }
    return changed
  }

  private func version(of pair: KeyPair) -> Int {
    keys[pair]?.version ?? 0
  }

  /// Takes over what the folder's last look found; the pairs whose key changed.
  private func adopt() -> [KeyPair] {
    Set(keys.keys).union(folder.pairs).filter { adopt($0) }
  }

  private func adopt(_ pair: KeyPair) -> Bool {
    let found = folder.key(of: pair)
    guard found != keys[pair]?.value else { return false }
    lastVersion += 1
    keys[pair] = found.map { LogBeaconKey(value: $0, version: lastVersion) }
    return true
  }
}

/// What became of a new key.
package enum LogBeaconKeyRenewal: Sendable, Equatable {
  /// It is on disk and current.
  case stored(LogBeaconKey)
  /// It is the current key already.
  case unchanged(LogBeaconKey)
  /// The call was made with an older key, or another process was faster: use this one instead.
  case superseded(LogBeaconKey?)
}
