import Platform

/// The file `salvage` in a folder of the quarantine: copies of its queue file are still to be taken over.
///
/// It goes when that is done, so that what a crash interrupts is begun again.
struct SalvageOrder: Equatable, Sendable {
  let folder: String

  private var path: String { "\(folder)/salvage" }

  init(_ folder: String) {
    self.folder = folder
  }

  /// `firsts` names, by the queue's number, the first copy that is wanted; a queue that is not named is wanted whole.
  func write(_ firsts: [(queue: Int64, sequence: Int64)]) {
    let text = firsts.map { "\($0.queue) \($0.sequence)\n" }.joined()
    // Without it somebody has to look into the quarantine himself; nothing else depends on it.
    try? Folder.write(Array(text.utf8), to: path)
  }

  /// `nil` where nothing is to be taken over.
  func read() -> [Int64: Int64]? {
    guard let bytes = try? FileBytes.read(path, limit: 1 << 20) else { return nil }
    var firsts: [Int64: Int64] = [:]
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let numbers = line.split(separator: " ").compactMap { Int64($0) }
      if numbers.count == 2 { firsts[numbers[0]] = numbers[1] }
    }
    return firsts
  }

  func remove() { Folder.remove(path) }
}
