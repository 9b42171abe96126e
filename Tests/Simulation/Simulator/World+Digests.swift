import Core

/// Grouping, between the queue and the machine, as the worker has it; and an account of its own of what is counted where.
extension World {
  static let terms = Grouping.Terms(window: 3000, repeatInterval: 12_000)

  /// The worker was given a copy: what the machine is to hold of it, if it is not settled at once.
  mutating func take(_ held: SimulatedGateway.Held, lane: String?) -> HeldCopy? {
    let known = ledger[held.copy].copy
    var held = held
    var since = clock.unix
    if let group = known.group {
      let arrival = Grouping.Arrival(
        key: Self.key(held.queue, group), messageID: known.messageID, attempt: held.attempt, lane: lane,
        time: clock.unix, extraInfo: "")
      guard let verdict = gateway?.grouping.arrived(arrival, Self.terms, now: clock.unix) else { return nil }
      switch verdict {
      case .single: break
      case .digest(let digest, let closedAt):
        let counted = beginDigest(held.copy, lane)
        if digest.count != counted.count {
          ledger.report("a digest tells of \(digest.count) copies, and counts \(counted.count)")
        }
        held.counted = counted.subtracting([held.copy])
        since = closedAt
      case .parked(let parking):
        count(held, parking, wasIn: lane)
        return nil
      case .ended(let end):
        settleCounted(held, end, lane)
        return nil
      }
    }
    gateway?.held.append(held)
    // Some have waited long, so that their like is packed behind them.
    let hasWaited = Int64(known.digest % 3) * Packing.age
    return HeldCopy(
      ticket: held.ticket, queue: held.queue, messageID: known.messageID, attempt: held.attempt, lane: known.lane,
      kind: known.kind, packing: known.group.map { _ in Packing(kind: 0, since: since - hasWaited) },
      row: held.origin.row)
  }

  private static func key(_ queue: Int, _ group: Int) -> Grouping.Key {
    Grouping.Key(queue: queue, content: ContentDigest.sample(UInt8(group)))
  }

  private mutating func beginDigest(_ copy: Int, _ lane: String?) -> Set<Int> {
    if let number = lane.flatMap(DigestLane.init(name:))?.number { gateway?.carriers[copy] = number }
    guard let number = gateway?.carriers[copy] else { return [] }
    sightings.note(.digestBegun)
    gateway?.sentWindows.insert(number)
    let counted = gateway?.windows[number] ?? []
    return bug == .miscountDigest ? counted.subtracting(counted.prefix(1)) : counted
  }

  private mutating func count(_ held: SimulatedGateway.Held, _ parking: Parking, wasIn lane: String?) {
    guard let window = DigestLane(name: parking.lane) else { return ledger.report("a counted copy waits elsewhere") }
    if gateway?.windows[window.number, default: []].insert(held.copy).inserted == true {
      sightings.note(.counted)
      if let lane, DigestLane(name: lane)?.epoch != window.epoch { sightings.note(.countedAnew) }
    }
    settle(held, bug == .forgetCounted ? .delivered : .parked(parking))
  }

  private mutating func settleCounted(_ held: SimulatedGateway.Held, _ end: Grouping.End, _ lane: String?) {
    if let number = lane.flatMap(DigestLane.init(name:))?.number {
      gateway?.windows[number]?.remove(held.copy)
    }
    switch end {
    case .delivered:
      sightings.note(.digestShared)
      settle(held, .delivered)
    case .dead(let note):
      sightings.note(.digestBuried)
      settle(held, bug == .takeBuriedDigestForSent ? .delivered : .dead(note))
    }
  }

  /// A copy of the machine's was settled: those that it counts share its end.
  mutating func shareEnd(_ held: SimulatedGateway.Held, _ settlement: Settlement) {
    guard held.counted != nil, let number = gateway?.carriers[held.copy], let group = ledger[held.copy].copy.group
    else { return }
    let end: Grouping.End
    switch settlement {
    case .delivered: end = .delivered
    case .dead(let note): end = .dead(note)
    default:
      gateway?.grouping.digestPutOff(Self.key(held.queue, group), carrier: ledger[held.copy].copy.messageID)
      return
    }
    gateway?.carriers[held.copy] = nil
    gateway?.windows[number]?.remove(held.copy)
    endDigest(held, group, end)
  }

  mutating func endDigest(_ held: SimulatedGateway.Held, _ group: Int, _ end: Grouping.End) {
    gateway?.grouping.digestEnded(Self.key(held.queue, group), carrier: ledger[held.copy].copy.messageID, end)
    releaseGroups()
  }

  mutating func releaseGroups() {
    for release in gateway?.grouping.takeReleases() ?? [] { gateway?.releases.append(release) }
  }

  /// The process ends: what a digest told of and no settlement has reached is told of once more.
  mutating func excuseCounted(_ gateway: SimulatedGateway) {
    for number in gateway.sentWindows {
      for copy in gateway.windows[number] ?? [] { ledger.excuse(copy) }
    }
  }
}

extension ContentDigest {
  /// One that is told from others by its bytes.
  fileprivate static func sample(_ byte: UInt8) -> ContentDigest {
    guard let digest = ContentDigest([UInt8](repeating: byte, count: byteCount).span) else {
      preconditionFailure("32 bytes are a digest")
    }
    return digest
  }
}
