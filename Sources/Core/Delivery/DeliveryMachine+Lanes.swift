extension DeliveryMachine {
  /// A copy is here: it joins its lane's line, or waits elsewhere.
  mutating func admit(_ copy: HeldCopy, now: Moment) {
    let lane = self.lane(of: copy, now: now.monotonic)
    guard !isStopping else { return letGo(copy, lane: lane, .returned) }
    let isOrdered = lanes[lane].order != nil
    switch queues[copy.queue].breaker.state {
    case .open: return letGo(copy, lane: lane, .returned)
    case .halfOpen where isOrdered, .closed where isOrdered: lineUpInOrder(copy, lane: lane, now: now)
    case .halfOpen:
      guard queues[copy.queue].candidates.count < Self.handful else {
        return park(copy, lane: lane, until: now.monotonic + Self.moment, now: now)
      }
      queues[copy.queue].candidates.append(copy)
    case .closed: _ = line(up: copy, lane: lane, now: now)
    }
  }

  /// The copy joins its lane's line; false if it must wait elsewhere and is parked.
  mutating func line(up copy: HeldCopy, lane: Int, now: Moment) -> Bool {
    if let until = wait(for: copy, lane: lane, moment: now) {
      park(copy, lane: lane, until: until, now: now)
      return false
    }
    if lanes[lane].pause != nil { lanes[lane].pause?.probe = copy.ticket }
    lanes[lane].waiting.append(copy)
    stand(lane, now: now.monotonic)
    return true
  }

  /// Until when `copy` must wait elsewhere; `nil` if its turn is now, or within a moment.
  private mutating func wait(for copy: HeldCopy, lane: Int, moment: Moment) -> Int64? {
    let now = moment.monotonic
    if let pause = lanes[lane].pause {
      lanes[lane].called.remove(copy.messageID)
      if pause.probe == nil, pause.probeAt <= now { return nil }
      return max(pause.probeAt, now) + pause.interval
    }
    if lanes[lane].kind.isPaced { return turn(of: copy, lane: lane, now: moment) }
    if lanes[lane].blockedUntil - now > Self.moment { return lanes[lane].blockedUntil }
    return isStalled(lane, now: now) ? now + Self.stallWait : nil
  }

  /// When a chat may have `copy`; `nil` if that is within a moment. Copies that were promised a turn go first.
  private mutating func turn(of copy: HeldCopy, lane: Int, now moment: Moment) -> Int64? {
    let now = moment.monotonic
    let wasCalled = lanes[lane].wasCalled(copy.messageID, now: now)
    let isOpen = lanes[lane].blockedUntil - now <= Self.moment && !isStalled(lane, now: now)
    let maxLine = isOverdue(copy, lane: lane, at: moment.unix) ? Packing.maxCopies : Self.maxLine
    if wasCalled, isOpen, lanes[lane].waiting.count < maxLine { return nil }
    let isFirst = lanes[lane].called.isEmpty
    if isOpen, isFirst || wasCalled, ridesAlong(copy, lane: lane, now: moment) { return nil }
    if let turn = joinedTurn(of: copy, lane: lane, now: now) {
      promise(copy, lane: lane)
      return turn
    }
    let turn = lanes[lane].nextTurn(from: now)
    if isOpen, isFirst, turn - now <= Self.moment { return nil }
    promise(copy, lane: lane)
    openTurn(of: copy, lane: lane, at: turn, now: moment)
    return max(turn, now + Self.moment)
  }

  /// The lane's only call has been in flight for longer than a moment.
  func isStalled(_ lane: Int, now: Int64) -> Bool {
    lanes[lane].inFlight >= lanes[lane].width && lanes[lane].sentAt + Self.moment <= now
  }

  /// Sends what can be sent, the oldest first.
  mutating func fill(_ now: Moment) {
    guard !isStopping else { return }
    for queue in queues.indices { chooseProbe(of: queue, now: now) }
    while let queue = oldestReadyQueue(), let entry = queues[queue].ready.removeFirst() {
      lanes[entry.lane].isReady = false
      // Queues may share a lane: what stands first now may be another queue's, which has its own turn.
      let isTurn = lanes[entry.lane].waiting.first?.queue == queue
      if isTurn, canSend(entry.lane, now: now.monotonic) { send(entry.lane, now: now) }
      stand(entry.lane, now: now.monotonic)
    }
  }

  /// The queue, among those that may send, whose turn it is. A queue without a call in flight always may.
  private func oldestReadyQueue() -> Int? {
    var oldest: (ticket: UInt64, queue: Int)?
    let hasRoom = flights.count + idleQueues < maxInFlight
    for queue in queues.indices {
      let inFlight = queues[queue].inFlight
      guard inFlight == 0 || (hasRoom && inFlight < queues[queue].limit) else { continue }
      guard let ticket = queues[queue].ready.first?.ticket, ticket < oldest?.ticket ?? .max else { continue }
      oldest = (ticket, queue)
    }
    return oldest?.queue
  }

  /// Puts the lane in line if it can send, else arms it for when it may.
  mutating func stand(_ lane: Int, now: Int64) {
    guard let head = lanes[lane].waiting.first else { return }
    if canSend(lane, now: now) {
      guard !lanes[lane].isReady else { return }
      lanes[lane].isReady = true
      queues[head.queue].ready.insert(ReadyLane(ticket: head.ticket, lane: lane))
    } else if lanes[lane].inFlight >= lanes[lane].width {
      arm(lane, at: lanes[lane].sentAt + Self.moment)
    } else if mayGoInOrder(lane) {
      arm(lane, at: callable(lane, from: now))
    }
  }

  private func canSend(_ lane: Int, now: Int64) -> Bool {
    !lanes[lane].waiting.isEmpty && lanes[lane].inFlight < lanes[lane].width && callable(lane, from: now) <= now
      && mayGoInOrder(lane)
  }

  private func callable(_ lane: Int, from now: Int64) -> Int64 {
    guard lanes[lane].kind.isPaced else { return max(now, lanes[lane].blockedUntil) }
    let own = lanes[lane].callable(from: now)
    return scopes[lanes[lane].id.scope]?.callable(from: own) ?? own
  }

  private mutating func send(_ lane: Int, now: Moment) {
    guard let copy = lanes[lane].waiting.removeFirst() else { return }
    let token = called(lane, now: now.monotonic)
    if lanes[lane].order != nil { tried(copy, lane: lane) }
    lanes[lane].inFlight += 1
    if queues[copy.queue].inFlight == 0 { idleQueues -= 1 }
    queues[copy.queue].inFlight += 1
    let flight = Flight(copy: copy, lane: lane, riders: takeRiders(of: copy, lane: lane, now: now), token: token)
    flights[copy.ticket] = flight
    actions.append(flight.action)
  }

  /// Counts a call against the sink's limits; one that could not wait for them is counted ahead. Returns the scope's token.
  mutating func called(_ lane: Int, now: Int64) -> Int? {
    lanes[lane].sentAt = now
    guard lanes[lane].kind.isPaced else { return nil }
    for index in lanes[lane].buckets.indices { lanes[lane].buckets[index].takeNext(from: now) }
    scopes[lanes[lane].id.scope, default: LaneScope()].bucket.takeNext(from: now)
    return scopes[lanes[lane].id.scope]?.bucket.latest
  }

  /// The sink's limits count the call no later than now. A paced lane has no other in flight.
  mutating func answered(_ flight: Flight, now: Int64) {
    if lanes[flight.lane].order != nil { lanes[flight.lane].callTook = now - lanes[flight.lane].sentAt }
    guard let token = flight.token else { return }
    let lane = flight.lane
    for index in lanes[lane].buckets.indices {
      lanes[lane].buckets[index].answered(lanes[lane].buckets[index].latest, at: now)
    }
    let scope = lanes[lane].id.scope
    let turn = scopes[scope]?.bucket.available(from: now) ?? now
    scopes[scope]?.bucket.answered(token, at: now)
    guard let sooner = scopes[scope]?.bucket.available(from: now), sooner < turn else { return }
    for other in lanes.indices where lanes[other].kind.isPaced && lanes[other].id.scope == scope {
      stand(other, now: now)
    }
  }

  /// A call ended, however it did.
  mutating func landed(_ flight: Flight) {
    lanes[flight.lane].inFlight -= 1
    queues[flight.copy.queue].inFlight -= 1
    if queues[flight.copy.queue].inFlight == 0 { idleQueues += 1 }
  }

  mutating func arm(_ lane: Int, at time: Int64) {
    if let armed = lanes[lane].armedAt, armed <= time { return }
    lanes[lane].armedAt = time
    timers.insert(LaneTimer(time: time, lane: lane))
  }

  /// The lane's timer fired: what stands behind a call that hangs waits elsewhere.
  mutating func attend(_ lane: Int, now: Moment) {
    if isStalled(lane, now: now.monotonic) {
      parkWaiting(of: lane, until: now.monotonic + (lanes[lane].kind.isPaced ? Self.moment : Self.stallWait), now: now)
    }
    goOn(lane, now: now)
  }

  /// Parks the lane's whole line, a chat's copies one second apart but for those that will go together.
  mutating func parkWaiting(of lane: Int, until: Int64, now: Moment) {
    var due = until
    for copy in lanes[lane].waiting.remove(where: { _ in true }) {
      promise(copy, lane: lane)
      park(copy, lane: lane, until: due, now: now)
      let isPacked = isOverdue(copy, lane: lane, at: now.unix(at: due))
      if lanes[lane].kind.isPaced, !isPacked { due += Self.moment }
    }
  }

  /// Remembers that the copy stands before newer ones of its chat when it comes back.
  mutating func promise(_ copy: HeldCopy, lane: Int) {
    guard lanes[lane].kind.isPaced, lanes[lane].called.count < Self.maxCalled else { return }
    lanes[lane].called.insert(copy.messageID)
  }

  mutating func park(_ copy: HeldCopy, lane: Int, until: Int64, attempt: Int? = nil, now: Moment) {
    lanes[lane].parkedIn.insert(copy.queue)
    let due = lanes[lane].order == nil ? now.unix(at: until) : Parking.asleep
    let parking = Parking(dueAt: due, lane: lanes[lane].id.name, attempt: attempt ?? copy.attempt)
    letGo(copy, lane: lane, .parked(parking))
  }

  /// Settles a copy that is not in flight any more.
  mutating func letGo(_ copy: HeldCopy, lane: Int, _ settlement: Settlement) {
    if queues[copy.queue].probe == copy.ticket { queues[copy.queue].probe = nil }
    if lanes[lane].pause?.probe == copy.ticket { lanes[lane].pause?.probe = nil }
    if !lanes[lane].apart.isEmpty, settlement.isFinal { lanes[lane].apart.remove(copy.messageID) }
    lanes[lane].order?.settled(copy.row, settlement)
    actions.append(.settle(ticket: copy.ticket, settlement))
  }

  /// Settles all copies of a call that has ended; most have one.
  mutating func letGo(_ flight: Flight, _ settlement: Settlement) {
    letGo(flight.copy, lane: flight.lane, settlement)
    for rider in flight.riders { letGo(rider, lane: flight.lane, settlement) }
  }

  mutating func giveBackWaiting(of queue: Int) {
    for lane in lanes.indices where !lanes[lane].waiting.isEmpty {
      for copy in lanes[lane].waiting.remove(where: { $0.queue == queue }) {
        letGo(copy, lane: lane, .returned)
      }
    }
    for copy in takeCandidates(of: queue) { actions.append(.settle(ticket: copy.ticket, .returned)) }
  }

  /// Ends the lane's pause, if it has one.
  mutating func resume(_ lane: Int) {
    guard lanes[lane].pause != nil else { return }
    lanes[lane].pause = nil
    endStandstill(lane)
    for queue in lanes[lane].parkedIn.sorted() {
      if lanes[lane].order == nil { actions.append(.release(queue: queue, lane: lanes[lane].id.name)) }
      actions.append(.report(.laneResumed(lanes[lane].id, queue: queue)))
    }
    lanes[lane].parkedIn = []
  }

  /// Makes due what was parked for the lane.
  mutating func releaseParked(_ lane: Int) {
    guard lanes[lane].order == nil else { return endStandstill(lane) }
    for queue in lanes[lane].parkedIn.sorted() {
      actions.append(.release(queue: queue, lane: lanes[lane].id.name))
    }
    lanes[lane].parkedIn = []
  }

  mutating func lane(of copy: HeldCopy, now: Int64) -> Int {
    if let known = laneIndex[copy.lane] { return known }
    if laneIndex.count >= Self.maxLanes { forgetIdleLanes(now: now) }
    let lane = Lane(id: copy.lane, kind: copy.kind, queue: copy.queue)
    let index: Int
    if let free = freeLanes.popLast() {
      index = free
      lanes[free] = lane
    } else {
      index = lanes.count
      lanes.append(lane)
    }
    laneIndex[copy.lane] = index
    return index
  }

  private mutating func forgetIdleLanes(now: Int64) {
    for (id, index) in laneIndex where lanes[index].isIdle(at: now) {
      laneIndex[id] = nil
      freeLanes.append(index)
    }
  }
}
