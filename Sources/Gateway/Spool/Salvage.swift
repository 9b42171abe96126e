import Core
import Platform
import Synchronization

/// Takes over what is whole in damaged queue files, beside everything else that goes on, on a thread named `salvage`.
///
/// A copy that the damage hides the settlement of comes twice, as does one that a crash interrupts the taking over of.
final class Salvage: Sendable {
  /// Copies in one batch.
  private static let batchCopies = 128
  /// How long a store that takes nothing is left alone, in milliseconds.
  private static let pause: Int32 = 1000
  private static let maxFolders = 1000

  private let options: EmbeddedQueue.Options
  private let store: EmbeddedQueue
  private let notice: NoticeWriter
  private let wakeup: Wakeup
  private let isStopping = Atomic(false)
  private let thread = Mutex<NamedThread?>(nil)

  /// `wakeup` is signalled when the quarantine has got something.
  init(_ options: EmbeddedQueue.Options, into store: EmbeddedQueue, wakeup: Wakeup, notice: @escaping NoticeWriter) {
    self.options = options
    self.store = store
    self.wakeup = wakeup
    self.notice = notice
  }

  func start() {
    let started = NamedThread("salvage") { [self] in run() }
    thread.withLock { $0 = started }
  }

  /// Returns once no batch is under way; to be called before the store stops.
  func stop() {
    isStopping.store(true, ordering: .sequentiallyConsistent)
    wakeup.signal()
    thread.withLock { $0.take() }?.join()
  }

  private var hasEnded: Bool { isStopping.load(ordering: .sequentiallyConsistent) }

  private func run() {
    while !hasEnded {
      for folder in folders() where !hasEnded { takeOver(folder) }
      if !hasEnded { wakeup.wait(milliseconds: -1) }
    }
  }

  /// The oldest first.
  private func folders() -> [String] {
    guard let quarantine = try? OpenFolder(options.quarantine),
      let names = try? quarantine.names(limit: Self.maxFolders)
    else { return [] }
    return names.sorted().map { "\(options.quarantine)/\($0)" }
  }

  private func takeOver(_ folder: String) {
    let order = SalvageOrder(folder)
    guard let firsts = order.read() else { return }
    do {
      let file = try SpoolFile("\(folder)/queue.db", scratch: options.folder, mendsLastCommit: true)
      var haul = SalvageHaul(file, options.names, from: firsts)
      let gaps = try file.forEachCopy(Set(SpoolCopy.State.allCases)) { (copy: SpoolCopy) throws(Interrupted) in
        guard haul.take(copy) >= Self.batchCopies else { return }
        try put(haul.next())
      }
      try put(haul.next())
      order.remove()
      var sentence = "\(haul.taken) copies of the damaged file in \(folder) were taken over"
      if haul.left > 0 { sentence += "; \(haul.left) are damaged or of no configured queue, and stay there" }
      if !gaps.isEmpty || !file.problems.isEmpty { sentence += "; part of it cannot be read" }
      notice(haul.left > 0 || !gaps.isEmpty ? .warning : .notice, sentence)
    } catch let error as SpoolError {
      // A file that holds nothing to be read is not looked at again; one for which there is no room is, at the next start.
      if error.code == .unreadable { order.remove() }
      notice(.warning, "nothing can be taken over from \(folder): \(error)")
    } catch {}
  }

  private enum Interrupted: Error { case stopped }

  /// Returns once everything is stored; what does not fit is tried until it does.
  private func put(_ load: SalvageHaul.Load) throws(Interrupted) {
    try insist { [store] done in
      if load.waiting.rows.isEmpty { return done(true) }
      store.storeLocally(load.waiting) { done($0 == .spooled) }
    }
    try insist { [store] done in
      if load.parked.isEmpty { return done(true) }
      store.park(load.parked) { done($0 == nil) }
    }
    try insist { [store] done in
      if load.dead.isEmpty { return done(true) }
      store.bury(load.dead) { done($0 == nil) }
    }
  }

  private func insist(_ attempt: (@escaping @Sendable (Bool) -> Void) -> Void) throws(Interrupted) {
    guard let answered = try? Wakeup() else { throw .stopped }
    while true {
      let result = Answer()
      attempt { [result] in
        result.isStored.store($0, ordering: .sequentiallyConsistent)
        answered.signal()
      }
      answered.wait(milliseconds: -1)
      if result.isStored.load(ordering: .sequentiallyConsistent) { return }
      if hasEnded { throw .stopped }
      wakeup.wait(milliseconds: Self.pause)
    }
  }

  private final class Answer: Sendable {
    let isStored = Atomic(false)
  }
}
