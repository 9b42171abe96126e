import Platform

/// Room on the disk that is held back, so that a full disk never keeps deliveries from being settled: it is given up when a
/// write finds no room, and taken back before anything new is stored.
struct EmbeddedReserve {
  /// The most that is held back; a small file system gives an eighth of itself.
  private static let maxBytes = 16 << 20

  private let folder: String
  private var path: String { "\(folder)/reserve" }

  init(folder: String) {
    self.folder = folder
  }

  /// True if the room is held, from now on or already.
  func hold() -> Bool {
    guard let space = Folder.space(folder) else { return false }
    return Folder.allocate(path, bytes: max(4096, min(Self.maxBytes, space.total / 8)))
  }

  func giveUp() {
    Folder.remove(path)
  }

  /// How many pages of `bytes` the write-ahead log may hold, `limit` at most: they need as much room again in the file, so
  /// that a log which had taken all of it could never be emptied.
  func logPages(of bytes: Int, limit: Int) -> Int {
    guard let space = Folder.space(folder) else { return limit }
    return max(8, min(limit, space.free / 4 / bytes))
  }
}
