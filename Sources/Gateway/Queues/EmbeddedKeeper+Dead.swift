import Core
import Database
import Platform

/// What operators want of the dead letters, between commits.
extension EmbeddedKeeper {
  /// One step of the oldest order.
  func goOnWithDead() {
    guard let work = deadWorks.first else { return }
    guard let store else { return end(work, failure: board.state.failure ?? .unwritable) }
    if work.order.task.changes {
      change(work, in: store)
    } else {
      do {
        if try work.read(store) { end(work) }
      } catch {
        // The rest of the file may be well: what is to be done about it is not for a list to decide.
        work.answer.failure = "the dead letters cannot be read: \(error)"
        end(work)
      }
    }
  }

  private func change(_ work: EmbeddedDeadWork, in store: EmbeddedStore) {
    let now = Clock.unixMilliseconds()
    do {
      try store.begin()
      let (changed, isDone) = try work.change(store, at: now) { $0 < outlets.count }
      let queues = try store.commit()
      lastCommit = now
      work.answer.changed += changed.count
      if work.order.task == .replay {
        for (queue, sequence) in changed {
          outlets[queue].parked(sequence, until: now)
          attention.insert(queue)
        }
      }
      publishFigures(store, queues)
      _ = hasDeadRoom(store)
      if isDone { end(work) }
    } catch {
      store.rollback()
      failed(error, [], store)
      end(work, failure: board.state.failure ?? .unwritable)
    }
  }

  private func end(_ work: EmbeddedDeadWork, failure: StoreFailure? = nil) {
    deadWorks.removeFirst()
    if let failure { work.answer.failure = failure.deadSentence }
    work.completion(work.answer)
  }

  func refuseDead() {
    while let work = deadWorks.first { end(work, failure: .closed) }
  }
}

extension StoreFailure {
  /// What whoever asked for dead letters is told.
  var deadSentence: String {
    switch self {
    case .full: "the store has reached its limit"
    case .diskFull: "the disk is full"
    case .unwritable: "the store cannot be read or written"
    case .closed: "the gateway is shutting down"
    }
  }
}
