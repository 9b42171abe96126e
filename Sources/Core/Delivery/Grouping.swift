/// Decides which alerts only count towards a digest, and when that is sent (contracts.md §8).
///
/// The first copy of a group is sent at once. What repeats it within the window is parked, counted; the window's first
/// repeat, the *lead*, comes back when the window ends, and is sent as the digest in the usual way: it waits, fails and is
/// tried again like any copy. Once it is delivered, or buried, the others are made due and share its end, so that each
/// stays stored until the digest that counts it was sent. All that must outlive the process is in the store: copies
/// that come out of another life's digest lane are counted anew.
///
/// Times are Unix milliseconds, as due times are. Confined to the worker that delivers the copies.
package struct Grouping: Sendable {
  /// Groups kept in memory; what would begin a further one is sent singly.
  package static let maxGroups = 4096
  /// Windows whose end is remembered for the copies that they counted.
  package static let maxEnded = 4096
  /// How long after the window's end its other copies come by, if the digest has not called them before.
  package static let grace: Int64 = 60_000
  /// How long the copies of another life are gathered before their digest is sent.
  package static let gathering: Int64 = 2000
  /// A digest that was not seen for so long is carried by another copy.
  package static let carrierLost: Int64 = 1_200_000

  /// What copies must have in common, besides their queue: a digest of domain, program, level, `def_name`, `message`
  /// and target.
  package struct Key: Hashable, Sendable {
    package let queue: Int
    package let content: ContentDigest

    package init(queue: Int, content: ContentDigest) {
      self.queue = queue
      self.content = content
    }
  }

  /// A copy that may be grouped.
  package struct Arrival: Sendable {
    package let key: Key
    package let messageID: String
    package let attempt: Int
    /// Where it was parked, if it was.
    package let lane: String?
    /// The event's time.
    package let time: Int64
    package let extraInfo: String

    package init(key: Key, messageID: String, attempt: Int, lane: String?, time: Int64, extraInfo: String) {
      self.key = key
      self.messageID = messageID
      self.attempt = attempt
      self.lane = lane
      self.time = time
      self.extraInfo = extraInfo
    }
  }

  /// The settings of its domain, in milliseconds; a window of 0 groups nothing.
  package struct Terms: Sendable, Equatable {
    package let window: Int64
    package let repeatInterval: Int64

    package init(window: Int64, repeatInterval: Int64) {
      self.window = window
      self.repeatInterval = max(window, repeatInterval)
    }
  }

  package enum Verdict: Sendable, Equatable {
    /// It is sent as a message of its own.
    case single
    /// It is sent as this digest, whose window ended at `since`; how that ends is told to ``digestEnded(_:carrier:_:)``.
    case digest(Digest, since: Int64)
    /// It is counted, and waits.
    case parked(Parking)
    /// The digest that counts it has ended so.
    case ended(End)
  }

  /// What became of a digest, and so of all that it counts.
  package enum End: Sendable, Equatable {
    case delivered
    case dead(DeathNote)
  }

  struct Group: Sendable {
    /// The copy that began it, which may come by again.
    var firstID: String?
    /// How long the window is that is open, and may become.
    var length: Int64
    let longest: Int64
    var open: Window
    var onItsWay: OnItsWay?

    /// Nothing came in its last window.
    func isOver(at now: Int64) -> Bool { onItsWay == nil && open.digest.count == 0 && open.endsAt <= now }

    /// False if the window counts the copy already.
    mutating func count(_ copy: Arrival, now: Int64) -> Bool {
      if open.lead == nil {
        open.lead = copy.messageID
        if open.endsAt <= now { open.endsAt = now + length }
      }
      guard open.counted.insert(copy.messageID).inserted else { return false }
      open.digest.count(at: copy.time, extraInfo: copy.extraInfo)
      return true
    }
  }

  struct Window: Sendable {
    let number: UInt64
    var endsAt: Int64
    var digest = Digest()
    /// Message ids of the copies that it counts: one that comes twice, since its parking failed, counts once.
    var counted: Set<String> = []
    /// The copy that comes back at its end.
    var lead: String?
    /// It ends before its time, since its queue counts too many.
    var isCutShort = false
  }

  /// A digest between its window's end and its own.
  struct OnItsWay: Sendable {
    let number: UInt64
    let digest: Digest
    let closedAt: Int64
    var carrier: String
    /// Those that its carrier had when it was last in hand.
    var attempt: Int
    /// The carrier is in hand; another of its name waits.
    var isInHand = true
    var seenAt: Int64

    func isLost(at now: Int64) -> Bool { !isInHand && now - seenAt > Grouping.carrierLost }
  }

  let epoch: UInt64
  private var maxCounted: Int
  private(set) var groups: [Key: Group] = [:]
  private var lastNumber: UInt64 = 0
  private var ended: [UInt64: End] = [:]
  private var endedOrder = FIFO<UInt64>()
  /// By queue, copies that are counted in windows whose end is not called yet.
  private var counted: [Int: Int] = [:]
  /// Lanes to be made due, for the worker to take.
  private var releases: [(queue: Int, lane: String)] = []
  /// Groups that are over are looked for no sooner.
  private var nextSweep = Int64.min

  /// `epoch` differs from that of every other life. At `maxCounted` copies of a queue windows close early, so that they
  /// leave room below `worker.parked_max`.
  package init(epoch: UInt64, maxCounted: Int) {
    self.epoch = epoch
    self.maxCounted = max(1, maxCounted)
  }

  package var groupCount: Int { groups.count }

  /// `worker.parked_max` was read anew: windows that count too many for it end now.
  package mutating func limited(maxCounted: Int, now: Int64) {
    self.maxCounted = max(1, maxCounted)
    for queue in counted.keys.sorted() { cutShort(queue, now: now) }
  }

  /// Lanes that are to be made due, after the copies that were parked before; empties the list.
  package mutating func takeReleases() -> [(queue: Int, lane: String)] {
    defer { releases = [] }
    return releases
  }

  /// A copy is here.
  package mutating func arrived(_ copy: Arrival, _ terms: Terms, now: Int64) -> Verdict {
    if let lane = copy.lane.flatMap(DigestLane.init(name:)) {
      if let verdict = cameOut(copy, of: lane, now: now) { return verdict }
      if lane.isLead {
        // Those that another life's window counted come too, to be gathered.
        releases.append(
          (copy.key.queue, DigestLane(epoch: lane.epoch, number: lane.number, isLead: false).name))
      }
      // Its attempts are not those of copies that it would carry along to its end.
      return copy.attempt > 0 ? .single : countAnew(copy, terms, now: now)
    }
    if isCarrier(copy) { return carry(copy, now: now) }
    guard terms.window > 0 else { return .single }
    if hasGroup(of: copy, at: now) {
      // It was let through before, and waits for its chat, or for another attempt.
      if copy.lane != nil || copy.attempt > 0 || groups[copy.key]?.firstID == copy.messageID { return .single }
      return count(copy, now: now)
    }
    _ = begin(copy.key, terms, firstID: copy.messageID, endsAt: now + terms.window, now: now)
    return .single
  }

  /// The digest that `carrier` carried was delivered or buried: so are the copies that it counts.
  package mutating func digestEnded(_ key: Key, carrier: String, _ end: End) {
    guard let digest = groups[key]?.onItsWay, digest.carrier == carrier else { return }
    groups[key]?.onItsWay = nil
    remember(digest.number, end)
    for isLead in [false, true] {
      releases.append((key.queue, DigestLane(epoch: epoch, number: digest.number, isLead: isLead).name))
    }
  }

  /// The digest that `carrier` carries waits: it comes again with it.
  package mutating func digestPutOff(_ key: Key, carrier: String) {
    guard groups[key]?.onItsWay?.carrier == carrier else { return }
    groups[key]?.onItsWay?.isInHand = false
  }

  // MARK: Copies that were counted

  /// `nil` if nothing is known of what counted it.
  private mutating func cameOut(_ copy: Arrival, of lane: DigestLane, now: Int64) -> Verdict? {
    guard lane.epoch == epoch else { return nil }
    if let end = ended[lane.number] { return .ended(end) }
    guard let group = groups[copy.key] else { return nil }
    if let digest = group.onItsWay, digest.number == lane.number {
      if digest.carrier == copy.messageID || digest.isLost(at: now) { return carry(copy, now: now) }
      return wait(copy, in: lane, until: now + Self.grace)
    }
    guard group.open.number == lane.number else { return nil }
    guard group.open.endsAt <= now else { return wait(copy, in: lane, until: group.open.endsAt) }
    if let digest = group.onItsWay, digest.isLost(at: now) {
      // Nobody is left to carry it: should one of its copies come after all, it is counted anew.
      groups[copy.key]?.onItsWay = nil
    } else if group.onItsWay != nil {
      // One digest at a time: what waits behind it is counted on.
      groups[copy.key]?.open.endsAt = now + group.length
      return wait(copy, in: lane, until: now + group.length)
    }
    return close(copy, now: now)
  }

  /// The window has ended: `copy` carries its digest, and the next window begins, twice as long.
  private mutating func close(_ copy: Arrival, now: Int64) -> Verdict {
    guard var group = groups[copy.key] else { return .single }
    let digest = OnItsWay(
      number: group.open.number, digest: group.open.digest, closedAt: now, carrier: copy.messageID,
      attempt: copy.attempt, seenAt: now)
    group.onItsWay = digest
    if !group.open.isCutShort { counted[copy.key.queue, default: 0] -= digest.digest.count }
    group.length = group.length > group.longest / 2 ? group.longest : group.length * 2
    group.open = window(endsAt: now + group.length)
    groups[copy.key] = group
    return .digest(digest.digest, since: now)
  }

  /// A second copy of the same name may have failed more often: that goes for itself.
  private func isCarrier(_ copy: Arrival) -> Bool {
    guard let digest = groups[copy.key]?.onItsWay else { return false }
    return digest.carrier == copy.messageID && copy.attempt <= digest.attempt + 1
  }

  private mutating func carry(_ copy: Arrival, now: Int64) -> Verdict {
    guard let digest = groups[copy.key]?.onItsWay else { return .single }
    if digest.isInHand, digest.carrier == copy.messageID {
      return wait(copy, in: DigestLane(epoch: epoch, number: digest.number, isLead: false), until: now + Self.grace)
    }
    groups[copy.key]?.onItsWay?.carrier = copy.messageID
    groups[copy.key]?.onItsWay?.attempt = copy.attempt
    groups[copy.key]?.onItsWay?.seenAt = now
    groups[copy.key]?.onItsWay?.isInHand = true
    return .digest(digest.digest, since: digest.closedAt)
  }

  // MARK: Counting

  /// A group is open that counts such copies.
  private func hasGroup(of copy: Arrival, at now: Int64) -> Bool {
    groups[copy.key].map { !$0.isOver(at: now) } ?? false
  }

  /// It was counted, but the digest is not known to have been sent: another life's.
  private mutating func countAnew(_ copy: Arrival, _ terms: Terms, now: Int64) -> Verdict {
    guard terms.window > 0 else { return .single }
    if !hasGroup(of: copy, at: now) {
      let endsAt = now + min(Self.gathering, terms.window)
      guard begin(copy.key, terms, firstID: nil, endsAt: endsAt, now: now) else { return .single }
    }
    return count(copy, now: now)
  }

  private mutating func count(_ copy: Arrival, now: Int64) -> Verdict {
    // In place: a window may count thousands.
    guard let place = groups.index(forKey: copy.key) else { return .single }
    let isNew = groups.values[place].count(copy, now: now)
    let open = groups.values[place].open
    if isNew, !groups.values[place].open.isCutShort {
      counted[copy.key.queue, default: 0] += 1
      cutShort(copy.key.queue, now: now)
    }
    let isLead = open.lead == copy.messageID
    let lane = DigestLane(epoch: epoch, number: open.number, isLead: isLead)
    return wait(copy, in: lane, until: isLead ? open.endsAt : max(open.endsAt, now) + Self.grace)
  }

  /// While the copies of a queue have no room left, the window with most of them ends now.
  private mutating func cutShort(_ queue: Int, now: Int64) {
    while counted[queue, default: 0] >= maxCounted {
      let open = groups.lazy.filter { $0.key.queue == queue && $0.value.onItsWay == nil && !$0.value.open.isCutShort }
      // Of equal ones the older, so that equal runs stay equal.
      let rank = { (group: Group) in (group.open.digest.count, UInt64.max - group.open.number) }
      guard let (key, group) = open.max(by: { rank($0.value) < rank($1.value) }), group.open.digest.count > 0
      else { return }
      groups[key]?.open.endsAt = now
      groups[key]?.open.isCutShort = true
      counted[queue, default: 0] -= group.open.digest.count
      releases.append((queue, DigestLane(epoch: epoch, number: group.open.number, isLead: true).name))
    }
  }

  private func wait(_ copy: Arrival, in lane: DigestLane, until: Int64) -> Verdict {
    .parked(Parking(dueAt: until, lane: lane.name, attempt: copy.attempt))
  }

  // MARK: Memory

  /// False if there are too many groups.
  private mutating func begin(_ key: Key, _ terms: Terms, firstID: String?, endsAt: Int64, now: Int64) -> Bool {
    if groups[key] == nil, groups.count >= Self.maxGroups {
      if now >= nextSweep {
        groups = groups.filter { !$0.value.isOver(at: now) }
        nextSweep = now + 1000
      }
      guard groups.count < Self.maxGroups else { return false }
    }
    groups[key] = Group(
      firstID: firstID, length: terms.window, longest: terms.repeatInterval, open: window(endsAt: endsAt))
    return true
  }

  private mutating func window(endsAt: Int64) -> Window {
    lastNumber += 1
    return Window(number: lastNumber, endsAt: endsAt)
  }

  private mutating func remember(_ number: UInt64, _ end: End) {
    if ended.count >= Self.maxEnded, let oldest = endedOrder.removeFirst() { ended[oldest] = nil }
    ended[number] = end
    endedOrder.append(number)
  }
}
