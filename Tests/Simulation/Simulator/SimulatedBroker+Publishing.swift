import Core

extension SimulatedBroker {
  /// What comes back on the publisher's link.
  enum Answer: Sendable {
    case returned(copy: Int, isLetter: Bool)
    case acked(tag: UInt64, multiple: Bool)
    case nacked(tag: UInt64, multiple: Bool)
    case blocked
    case unblocked
  }

  /// The queue of a message that no queue takes and nobody wants back.
  static let nowhere = -1

  struct PublishingLink: Sendable {
    enum Fate: Sendable { case stored, returned, nacked }

    /// On its way to the broker, in order.
    var sent: [(queue: Int, message: Message)] = []
    /// Read by the broker and not answered, oldest first.
    var open: [(tag: UInt64, serial: Int, fate: Fate)] = []
    /// On its way to the client, in order.
    var answers: [Answer] = []
    /// Stored, and the client has not heard of it: copies by serial.
    var unheard: [Int: [Int]] = [:]
    private var serials: [UInt64: Int] = [:]
    var lastTag: UInt64 = 0

    var isIdle: Bool { sent.isEmpty && open.isEmpty && answers.isEmpty }
    /// Probes are all that is under way.
    var holdsNoCopy: Bool {
      sent.allSatisfy { $0.queue == SimulatedBroker.nowhere } && open.allSatisfy { probes.contains($0.tag) }
        && answers.allSatisfy { if case .acked(let tag, _) = $0 { probes.contains(tag) } else { false } }
    }
    var probes: Set<UInt64> = []

    mutating func stored(_ message: Message, tag: UInt64) {
      serials[tag] = message.serial
      if message.note == nil { unheard[message.serial] = message.items.map(\.copy) }
    }

    /// The client reads an answer.
    mutating func heard(_ answer: Answer) {
      guard case .acked(let tag, let multiple) = answer else { return }
      for heard in serials.keys where heard == tag || multiple && heard < tag {
        if let serial = serials.removeValue(forKey: heard) { unheard[serial] = nil }
      }
    }
  }

  /// Reads up to `count` of what was published.
  mutating func take(_ count: Int, _ random: inout SeededRandom, refuses: Bool) {
    guard var link = publishing, isRunning else { return }
    for _ in 0..<min(count, link.sent.count) {
      let (queue, message) = link.sent.removeFirst()
      link.lastTag += 1
      if queue == Self.nowhere {
        link.probes.insert(link.lastTag)
        link.open.append((link.lastTag, message.serial, .stored))
        continue
      }
      let isLetter = message.note != nil
      var fate = PublishingLink.Fate.stored
      if isLetter ? !hasDeadQueues : !queues[queue].exists {
        fate = .returned
        link.answers.append(.returned(copy: message.items[0].copy, isLetter: isLetter))
      } else if refuses && random.chance(8) || isFull && !isLetter && queues[queue].messages.count >= Self.maxLength {
        fate = .nacked
      } else {
        keep(message, queue: queue)
        link.stored(message, tag: link.lastTag)
      }
      link.open.append((link.lastTag, message.serial, fate))
    }
    publishing = link
  }

  /// One answer, for one copy in any order or for many from the oldest on.
  mutating func answer(_ random: inout SeededRandom) {
    guard var link = publishing, let first = link.open.first else { return }
    if random.chance(2) {
      let run = link.open.prefix { ($0.fate == .nacked) == (first.fate == .nacked) }
      let count = 1 + Int(random.next(UInt64(run.count)))
      let last = link.open[count - 1].tag
      for entry in link.open.prefix(count) { confirmed(entry.serial) }
      link.open.removeFirst(count)
      link.answers.append(
        first.fate == .nacked ? .nacked(tag: last, multiple: true) : .acked(tag: last, multiple: true))
    } else {
      let entry = link.open.remove(at: Int(random.next(UInt64(link.open.count))))
      confirmed(entry.serial)
      link.answers.append(
        entry.fate == .nacked ? .nacked(tag: entry.tag, multiple: false) : .acked(tag: entry.tag, multiple: false))
    }
    publishing = link
  }
}
