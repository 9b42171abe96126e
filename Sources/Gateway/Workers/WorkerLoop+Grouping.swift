import Core
import Integrity

/// Before the machine: what only counts towards a digest waits here, and shares that digest's end.
extension WorkerLoop {
  /// What the machine is to hold of `item`, which is to be called for; `nil` if a digest counts it.
  func hold(_ item: Item, _ lane: LaneID, _ kind: LaneKind, _ now: Moment) -> HeldCopy? {
    var packing: Packing?
    if let terms = courier.grouping(of: item) {
      var since = item.delivery.storedAt ?? now.unix
      switch grouping.arrived(arrival(of: item), terms, now: now.unix) {
      case .single: break
      case .digest(let digest, let closedAt):
        item.digest = digest
        since = closedAt
      case .parked(let parking):
        settle(item, .parked(parking), now)
        return nil
      case .ended(let end):
        settle(item, Settlement(end), now)
        if end == .delivered { status.count(item.domain) { $0.delivered += 1 } }
        return nil
      }
      item.isTooOld = courier.isTooOld(item, now: now)
      packing = Packing(kind: item.event.target.code, since: item.isTooOld ? now.unix - Packing.age : since)
    }
    lastTicket += 1
    items[lastTicket] = item
    return HeldCopy(
      ticket: lastTicket, queue: item.domain, messageID: item.delivery.messageID, attempt: item.delivery.attempt,
      lane: lane, kind: kind, packing: packing, row: item.delivery.tag)
  }

  /// A copy was settled: if it carried a digest, all that this one counts share its end.
  func shareEnd(of item: Item, _ settlement: Settlement) {
    guard item.digest != nil else { return }
    let carrier = item.delivery.messageID
    if let end = Grouping.End(settlement) {
      grouping.digestEnded(groupKey(of: item), carrier: carrier, end)
    } else {
      grouping.digestPutOff(groupKey(of: item), carrier: carrier)
    }
  }

  /// Makes due what ended windows and digests let go of. What was parked in this turn is to be found by the release.
  func releaseGroups() {
    for (queue, lane) in grouping.takeReleases() {
      flush(queue)
      parts.queue.release(names[queue], lane: lane)
    }
  }

  private func arrival(of item: Item) -> Grouping.Arrival {
    let lane = item.delivery.lane
    // Copies that waited here had not been looked at, or are to be once more.
    let hadItsTurn = ![Self.missingLane, Self.twinLane, Self.replayedLane].contains(lane)
    return Grouping.Arrival(
      key: groupKey(of: item), messageID: item.delivery.messageID, attempt: item.delivery.attempt,
      lane: hadItsTurn ? lane : nil, time: item.event.timestamp ?? item.delivery.storedAt ?? 0,
      extraInfo: item.event.extraInfo)
  }

  /// Domain, program, level, `def_name`, `message` and target (contracts.md §8), each behind its length.
  private func groupKey(of item: Item) -> Grouping.Key {
    let event = item.event
    digester.add([event.target.code, event.level.rawValue].span)
    for part in [event.domain ?? item.delivery.queue.domain, event.program ?? "", event.defName, event.message] {
      var length: [UInt8] = []
      length.append(littleEndian: part.utf8.count)
      digester.add(length.span)
      digester.add(part.utf8Span.span)
    }
    return Grouping.Key(queue: item.domain, content: digester.finish())
  }
}

extension Settlement {
  init(_ end: Grouping.End) {
    switch end {
    case .delivered: self = .delivered
    case .dead(let note): self = .dead(note)
    }
  }
}

extension Grouping.End {
  /// `nil` if the copy comes again.
  init?(_ settlement: Settlement) {
    switch settlement {
    case .delivered, .disabled, .duplicate: self = .delivered
    case .dead(let note): self = .dead(note)
    case .parked, .returned: return nil
    }
  }
}
