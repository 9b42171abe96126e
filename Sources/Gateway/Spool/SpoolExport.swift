/// Which copies are exported, and how many there were.
package struct SpoolExport: Sendable {
  package var states = Set(SpoolCopy.State.allCases)
  /// Empty: of every queue.
  package var queues: Set<String> = []
  /// Empty: of every domain.
  package var domains: Set<String> = []
  package private(set) var copies = 0
  package private(set) var damaged = 0

  package init() {}

  /// Calls `write` with a line for each copy that is wanted. What cannot be read is left out; see the outcome.
  package mutating func run<Failure>(
    _ file: SpoolFile, _ write: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) -> [SpoolGap] {
    let record = SpoolRecord()
    return try file.forEachCopy(states) { (copy: SpoolCopy) throws(Failure) in
      let queue = file.queue(of: copy)
      guard queues.isEmpty || queues.contains(queue.name), domains.isEmpty || domains.contains(queue.domain) else {
        return
      }
      copies += 1
      if !copy.isIntact { damaged += 1 }
      try write(record.line(copy, of: queue))
    }
  }
}
