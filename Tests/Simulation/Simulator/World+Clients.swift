import Core

/// Clients: they send events of one to three copies and believe a 202.
extension World {
  mutating func sendRequest() {
    let first = ledger.entries.count
    let count = 1 + Int(random.next(3))
    for number in first..<first + count { ledger.sent(makeCopy(number)) }
    trace.note("sent", first, count)
    guard var gateway else { return }
    let request = SimulatedGateway.Request(copies: first..<first + count)
    if gateway.isDraining {
      sightings.note(.refusedWhileDraining)
    } else if gateway.publisher != nil {
      return publish(request)
    } else {
      gateway.requests.append(request)
      if bug == .answerBeforeCommit { gateway.answers.append((request, true)) }
    }
    self.gateway = gateway
  }

  /// Clients read what they were answered.
  mutating func answerClients() {
    guard let answers = gateway?.answers, !answers.isEmpty else { return }
    gateway?.answers = []
    for (request, isStored) in answers where isStored {
      trace.note("accepted", request.copies.lowerBound, request.copies.count)
      let durable = whereabouts
      ledger.accepted(request.copies) { durable.contains($0) }
    }
  }

  /// Pairs of one name may be anybody's, but an order is one queue's.
  func pairScope(_ queue: Int) -> String { profile.isOrdered ? "pair\(queue)" : "pair" }

  private mutating func makeCopy(_ number: Int) -> SimulatedCopy {
    let queue = Int(random.next(UInt64(SimulatedGateway.queues)))
    let isChat = queue == SimulatedGateway.queues - 1
    var fate = SimulatedCopy.Fate.good
    if profile.failingCopies {
      switch random.next(16) {
      case 0: fate = .failing
      case 1: fate = .refused
      default: break
      }
    }
    return SimulatedCopy(
      number: number, queue: queue,
      lane: LaneID(scope: isChat ? "bot" : pairScope(queue), name: "\(isChat ? "c" : "p")\(random.next(3))"),
      kind: isChat ? .chat : profile.isOrdered ? .ordered : .pair, fate: fate,
      group: isChat && random.chance(2) ? Int(random.next(2)) : nil,
      digest: random.next())
  }
}
