import Core
import HTTPClient
import Platform

/// Carries posts to the gateway: lives on the log system's thread and owns its connections.
final class Courier {
  private struct Errand {
    var post: Post
    let caller: Office.Caller
    /// It has no other end than its completion while it is.
    var isOnTheWire = false
  }

  private struct Due: Comparable {
    let at: ContinuousClock.Instant
    let token: UInt64
    static func < (a: Due, b: Due) -> Bool { (a.at, a.token) < (b.at, b.token) }
  }

  private let office: Office
  private let client: HTTPClient
  private let template: HTTPRequest
  private let limits: LogSystem.Limits
  private let policy: RetryPolicy
  private var random = RandomBytes()
  private var errands: [UInt64: Errand] = [:]
  private var tokens: [String: UInt64] = [:]
  private var lastToken: UInt64 = 0
  /// What may be sent as soon as there is room.
  private var ready = FIFO<UInt64>()
  /// What waits for its next attempt.
  private var later = MinHeap<Due>()
  /// The calls' ends; in order, for all calls have the same time.
  private var deadlines = FIFO<Due>()
  private var closesAt: ContinuousClock.Instant?

  /// The thread's body: returns when the office is closed.
  static func run(_ office: Office, template: HTTPRequest, limits: LogSystem.Limits) {
    do {
      try Courier(office, template: template, limits: limits).run()
      office.over(LogSystemError(.closed, "the log system is closed"))
    } catch {
      office.over(LogSystemError(.unavailable, error.description))
    }
  }

  private init(_ office: Office, template: HTTPRequest, limits: LogSystem.Limits) throws(HTTPClientError) {
    self.office = office
    self.template = template
    self.limits = limits
    policy = RetryPolicy(maxAttempts: limits.attempts, backoff: Backoff(delay: 200, maxDelay: 5000))
    let agent = "beacongate-logsys/\(Version.current)"
    client = try HTTPClient(options: .init(userAgent: agent, maxConnectionsPerHost: max(1, limits.requests)))
  }

  private func run() {
    office.opened(client.waker)
    while true {
      for message in office.take() { receive(message) }
      let now = ContinuousClock.now
      if let closesAt, errands.isEmpty || now >= closesAt { break }
      while let due = later.first, due.at <= now, let due = later.removeFirst() { ready.append(due.token) }
      expire(now)
      send(now)
      for completion in client.poll(timeout: wait(now)) { finished(completion) }
    }
    let error = LogSystemError(.closed, "the log system was closed before the gateway had the event")
    for token in errands.keys.sorted() { settle(token, .failure(error)) }
  }

  private func receive(_ message: Office.Message) {
    switch message {
    case .post(var post, let caller):
      post.deadline = .now + limits.callTimeout
      lastToken += 1
      tokens[post.id] = lastToken
      errands[lastToken] = Errand(post: post, caller: caller)
      ready.append(lastToken)
      deadlines.append(Due(at: post.deadline, token: lastToken))
    case .cancel(let id):
      // On the wire it is let run: no request can be called back.
      guard let token = tokens[id] else { return }
      settle(token, .failure(LogSystemError(.cancelled, "the calling task was cancelled")))
    case .close(let grace):
      let end = ContinuousClock.now + grace
      closesAt = min(closesAt ?? end, end)
    }
  }

  private func expire(_ now: ContinuousClock.Instant) {
    while let due = deadlines.first {
      if let errand = errands[due.token] {
        guard due.at <= now else { return }
        // One on the wire ends there: its request has the same deadline.
        if !errand.isOnTheWire { giveUp(due.token, errand.post) }
      }
      _ = deadlines.removeFirst()
    }
  }

  private func send(_ now: ContinuousClock.Instant) {
    while client.inFlight < max(1, limits.requests), let token = ready.removeFirst() {
      guard let post = errands[token]?.post else { continue }
      errands[token]?.isOnTheWire = true
      var request = template
      request.body = post.body
      request.timeout = min(limits.attemptTimeout, now.duration(to: post.deadline))
      client.start(request, token: token)
    }
  }

  private func wait(_ now: ContinuousClock.Instant) -> Duration {
    var next = now + .seconds(60)
    for instant in [closesAt, later.first?.at, deadlines.first?.at] { if let instant { next = min(next, instant) } }
    return now.duration(to: next)
  }

  private func finished(_ completion: HTTPClient.Completion) {
    guard var errand = errands[completion.token] else { return }
    switch Answer.verdict(completion.result, now: Clock.unixMilliseconds()) {
    case .settled(let result): settle(completion.token, result)
    case .failed(let error, let retryAfter):
      errand.isOnTheWire = false
      errand.post.attempts += 1
      errand.post.lastError = error
      errands[completion.token] = errand
      let attempts = errand.post.attempts
      let wait = policy.wait(attempt: attempts, retryAfter: retryAfter, random: random.next())
      let due = ContinuousClock.now + .milliseconds(wait)
      if attempts < policy.maxAttempts && due < errand.post.deadline {
        later.insert(Due(at: due, token: completion.token))
      } else {
        giveUp(completion.token, errand.post)
      }
    }
  }

  private func giveUp(_ token: UInt64, _ post: Post) {
    let error = post.lastError ?? LogSystemError(.unavailable, "there was no time left to send it")
    settle(token, .failure(error))
  }

  private func settle(_ token: UInt64, _ result: Result<LogReceipt, LogSystemError>) {
    guard let errand = errands.removeValue(forKey: token) else { return }
    tokens[errand.post.id] = nil
    office.settled(errand.caller, result)
  }
}
