import Core
import JSON

/// From members to what the queue and the console get, and to who waits for it.
extension LogHandler {
  func takeSingle(_ key: IdempotencyKey, _ body: Span<UInt8>, _ request: Request) {
    guard key.isValid(forBatch: false) else { return refuseKey(request) }
    guard mayTake(1, request) else { return }
    let id = key.id(forItem: nil)
    let arrival = clock.milliseconds
    reader.withItem(0) { members, text in
      switch rules.check(members, text: text, arrival: arrival, key: id, makeID: { makeID(arrival) }) {
      case .invalid(let problems):
        metrics.rejected(.invalidEvent)
        answer(Problem(invalidEvent: problems), request)
      case .valid(let event) where !request.mayWrite(to: event.domain):
        metrics.rejected(.forbidden)
        answer(Self.foreignDomain, request)
      case .valid(let event) where !admission.takes(event.level):
        refuse(.unavailable, Self.shedDetail, retryAfter: OverloadMachine.retryAfter, .overloaded, request)
      case .valid(let event):
        if let seconds = wait(forDomain: event.domain, request) {
          metrics.rejected(.rateLimited)
          return answer(Self.domainRateProblem, retryAfter: seconds, request)
        }
        var identity = ids.identity(of: event, text: text, source: body)
        let verdict = identity == nil ? .new : claim(&identity, arrival)
        take(event, text: text, verdict, identity, request)
      }
    }
    if turn.waiting.count >= Self.submitCount { submit() }
  }

  private func take(
    _ event: EventDraft, text: Span<UInt8>, _ verdict: ClientIDs.Verdict, _ identity: EventIdentity?, _ request: Request
  ) {
    let routes = turn.routes(of: event)
    let accepted = AcceptedAnswer(event, text: text, routes: routes)
    switch verdict {
    case .new:
      count(event)
      let rows = turn.add(
        event, text: text, routes: routes, identity: identity, trace: request.trace, began: request.began)
      guard !routes.isEmpty else {
        if let key = identity?.key { ids.endedLocally(key, at: clock.milliseconds) }
        metrics.accepted(domain: event.domain, level: event.level, stored: .none)
        return answered(writer.answer(request.exchange, accepted, StoredIn.none, nil, request.option))
      }
      turn.wait(promise(request, .single(accepted, domain: event.domain, level: event.level, rows: rows)))
    case .duplicate(let stored):
      answered(writer.answer(request.exchange, accepted, .stored(stored), request.option))
    case .conflict:
      answered(writer.answer(request.exchange, accepted, .conflict, request.option))
    case .underWay(let number):
      gate.unanswered(1)
      ids.wait(ClientIDs.Twin(answer: promise(request, .twin(accepted)), index: nil), for: number)
    }
  }

  func takeBatch(_ key: IdempotencyKey, _ body: Span<UInt8>, _ request: Request) {
    guard key.isValid(forBatch: true) else { return refuseKey(request) }
    guard mayTake(reader.items.count, request) else { return reader.shrink() }
    let batch = WaitingBatch()
    var twins: [(number: UInt64, index: Int)] = []
    let arrival = clock.milliseconds
    for index in reader.items.indices {
      if let problem = reader.items[index].problem {
        metrics.rejected(.invalidJSON)
        batch.answer.itemRefused(index, problem)
        continue
      }
      let id = key.id(forItem: index)
      let source = body.extracting(reader.items[index].source)
      reader.withItem(index) { members, text in
        let verdict = rules.check(
          members, text: text, arrival: arrival, key: id, isBatchItem: true, makeID: { makeID(arrival) })
        switch verdict {
        case .invalid(let problems):
          metrics.rejected(.invalidEvent)
          batch.answer.itemRefused(index, problems)
        case .valid(let event) where !request.mayWrite(to: event.domain):
          metrics.rejected(.forbidden)
          batch.answer.itemForbidden(index, Self.foreignDomain)
        case .valid(let event) where !admission.takes(event.level):
          metrics.rejected(.overloaded)
          batch.answer.itemUnavailable(index)
        case .valid(let event) where wait(forDomain: event.domain, request) != nil:
          metrics.rejected(.rateLimited)
          batch.answer.itemRateLimited(index, Self.domainRateProblem)
        case .valid(let event):
          var identity = ids.identity(of: event, text: text, source: source)
          switch identity == nil ? .new : claim(&identity, arrival) {
          case .new: add(event, text: text, identity, to: batch, at: index, request)
          case .duplicate(let stored): batch.ended(index, .stored(stored), isAwaited: false, metrics)
          case .conflict: batch.ended(index, .conflict, isAwaited: false, metrics)
          case .underWay(let number): twins.append((number, index))
          }
        }
      }
    }
    reader.shrink()
    wait(for: batch, twins, request)
  }

  private func add(
    _ event: EventDraft, text: Span<UInt8>, _ identity: EventIdentity?, to batch: WaitingBatch, at index: Int,
    _ request: Request
  ) {
    count(event)
    let routes = turn.routes(of: event)
    let rows = turn.add(
      event, text: text, routes: routes, identity: identity, trace: request.trace, began: request.began)
    batch.add(index, domain: event.domain, level: event.level, rows: rows)
    if routes.isEmpty, let key = identity?.key { ids.endedLocally(key, at: clock.milliseconds) }
  }

  private func wait(for batch: WaitingBatch, _ twins: [(number: UInt64, index: Int)], _ request: Request) {
    let waiting = promise(request, .batch(batch))
    if batch.hasCopies {
      batch.await()
      turn.wait(waiting)
    } else {
      batch.stored(.spooled, metrics)
    }
    for (number, index) in twins {
      batch.await()
      gate.unanswered(1)
      ids.wait(ClientIDs.Twin(answer: waiting, index: index), for: number)
    }
    if batch.isComplete { answer(batch, waiting, at: request.began) }
  }

  private func claim(_ identity: inout EventIdentity?, _ arrival: Int64) -> ClientIDs.Verdict {
    guard var known = identity else { return .new }
    defer { identity = known }
    return ids.claim(&known, at: arrival)
  }

  private func makeID(_ arrival: Int64) -> EventID {
    .uuidV7(milliseconds: arrival, random: (random.next(), random.next()))
  }

  private func count(_ event: EventDraft) {
    if event.truncation.contains(.message) { metrics.truncated(.message) }
    if event.truncation.contains(.extraInfo) { metrics.truncated(.extraInfo) }
  }
}
