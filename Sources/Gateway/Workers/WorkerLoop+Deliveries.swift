import Core
import Integrity
import JSON
import Platform

/// From a delivery to the machine: read it, see where it goes, settle at once what needs no call.
extension WorkerLoop {
  func take(_ deliveries: [Delivery], queue: Int, _ now: Moment) {
    var held: [HeldCopy] = []
    for delivery in deliveries {
      guard !isStopping else {
        settle(delivery, queue, .returned, now)
        continue
      }
      guard let event = read(delivery) else {
        let note = DeathNote(
          reason: .unreadable, attempt: delivery.attempt, lastStatus: 0, lastError: "the body is no queue message")
        settle(delivery, queue, .dead(note), now)
        continue
      }
      let item = Item(delivery, domain: queue, event: event)
      guard takeInHand(item, now) else { continue }
      if let copy = place(item, queue, now) { held.append(copy) }
    }
    releaseGroups()
    if !held.isEmpty { perform(machine.delivered(held, now: now), now) }
  }

  /// False if an equal copy was delivered, or is in hand: this one is settled.
  private func takeInHand(_ item: Item, _ now: Moment) -> Bool {
    let delivery = item.delivery
    guard let digest = delivery.digest, !delivery.isReplayed else { return true }
    let key = key(of: item, digest)
    switch copies.taken(key, now: now.monotonic) {
    case .fresh: item.key = key
    case .duplicate:
      settle(delivery, item.domain, .duplicate, now)
      return false
    case .twin:
      let due = now.unix + settings.retry.delay.milliseconds
      settle(
        delivery, item.domain, .parked(Parking(dueAt: due, lane: Self.twinLane, attempt: delivery.attempt)), now)
      return false
    }
    return true
  }

  private func key(of item: Item, _ digest: ContentDigest) -> ContentDigest {
    // Parts of fixed length first, so that no two copies have the same bytes in all.
    var prefix = digest.bytes
    prefix.append(item.event.target.code)
    prefix.append(littleEndian: item.domain)
    digester.add(prefix.span)
    digester.add(item.delivery.messageID.utf8Span.span)
    return digester.finish()
  }

  private func read(_ delivery: Delivery) -> StoredEvent? {
    guard reader.read(delivery.body.span, as: .value) == .object else { return nil }
    return reader.withItem(0) { members, text in StoredEvent(members, text: text) }
  }

  /// What the machine is to hold of `item`; `nil` when it is settled, or otherwise on its way.
  private func place(_ item: Item, _ queue: Int, _ now: Moment) -> HeldCopy? {
    let delivery = item.delivery
    switch courier.handling(of: item) {
    case .call(let lane, let kind): return hold(item, lane, kind, now)
    case .standIn:
      line(.delivered, now) { courier.appendStandIn(for: item, to: &$0) }
      status.count(queue) { $0.stoodIn += 1 }
      settle(item, .delivered, now)
    case .unwanted: settle(item, .disabled, now)
    case .missing:
      let due = now.unix + settings.retry.maxDelay.milliseconds
      settle(item, .parked(Parking(dueAt: due, lane: Self.missingLane, attempt: delivery.attempt)), now)
    case .split(let audiences): split(item, audiences)
    case .undeliverable(let reason):
      let note = DeathNote(reason: .rejected, attempt: delivery.attempt, lastStatus: 0, lastError: reason)
      settle(item, .dead(note), now)
    }
    return nil
  }

  /// Stores a copy for each audience; only then the one that named none is done with.
  private func split(_ item: Item, _ audiences: [Audience]) {
    lastTicket += 1
    let ticket = lastTicket
    items[ticket] = item
    splits.insert(ticket)
    let mailbox = parts.mailbox
    parts.queue.storeLocally(Self.batch(of: item, for: audiences)) { outcome in
      mailbox.send(.split(ticket: ticket, isStored: outcome.failure == nil))
    }
  }

  func splitEnded(_ ticket: UInt64, isStored: Bool, _ now: Moment) {
    guard splits.remove(ticket) != nil, let item = items.removeValue(forKey: ticket) else { return }
    let later = Parking(
      dueAt: now.unix + settings.retry.delay.milliseconds, lane: "split", attempt: item.delivery.attempt)
    settle(item, isStored ? .delivered : .parked(later), now)
  }

  /// The body with a target each; the copies keep the event's id.
  static func batch(of item: Item, for audiences: [Audience]) -> CopyBatch {
    var batch = CopyBatch()
    let id = Array(item.id.utf8)
    batch.bytes.append(id.span)
    let digestStart = batch.bytes.count
    item.delivery.digest?.append(to: &batch.bytes)
    let digest = digestStart..<batch.bytes.count
    // An object: its last byte but blanks is the closing brace.
    let body = item.delivery.body
    let end = body.lastIndex(of: UInt8(ascii: "}")) ?? 0
    for audience in audiences {
      let start = batch.bytes.count
      batch.bytes.append(body.span.extracting(0..<end))
      batch.bytes.append(#","target":""#)
      batch.bytes.append(contentsOf: audience.rawValue.utf8)
      batch.bytes.append("\"}")
      batch.rows.append(
        CopyBatch.Row(
          // A copy for chats: numbered without the other domains.
          queue: QueueID(domain: item.domain, sink: item.delivery.queue.sink), audience: audience, id: 0..<id.count,
          body: start..<batch.bytes.count, digest: digest))
    }
    return batch
  }
}
