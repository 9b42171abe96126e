import Core

/// Which faults a run has. A run with all of them at once hides what only one of them would show, so each seed draws.
struct Profile: Sendable {
  private(set) var isFaultFree = true
  var crashes = false
  var terminations = false
  var outages = false
  /// Failures, refusals, limits and lost answers of single calls.
  var badAnswers = false
  var lostAnswers = false
  var failingCopies = false
  var fullDisks = false
  var failingDisks = false
  var bitFlips = false
  /// Credentials and settings change.
  var changes = false
  /// Pairs keep their order, which only the embedded queue can.
  let isOrdered: Bool
  /// RabbitMQ lies between intake and workers.
  let hasBroker: Bool
  var fallback = Settings.Fallback.direct
  /// Copies travel many to a message.
  let packs: Bool
  var brokerDies = false
  var brokerFreezes = false
  var brokerAlarms = false
  /// Nacks, full queues, queues that are deleted.
  var brokerRefuses = false
  var brokerIsSlow = false
  var linksBreak = false
  /// Another worker has a lock now and then.
  var otherWorker = false

  /// One run in ten has no faults at all.
  init(_ random: inout SeededRandom) {
    hasBroker = random.chance(2)
    fallback = random.next(3) > 0 ? .direct : .hold
    isOrdered = !hasBroker && random.chance(2)
    packs = hasBroker && random.chance(2)
    if random.chance(10) { return }
    isFaultFree = false
    crashes = random.next(3) > 0
    terminations = random.chance(2)
    outages = random.chance(2)
    badAnswers = random.next(3) > 0
    lostAnswers = random.chance(2)
    failingCopies = random.chance(2)
    fullDisks = random.chance(3)
    failingDisks = random.chance(3)
    bitFlips = random.chance(4)
    changes = random.chance(2)
    guard hasBroker else { return }
    brokerDies = random.chance(2)
    brokerFreezes = random.chance(2)
    brokerAlarms = random.chance(3)
    brokerRefuses = random.chance(2)
    brokerIsSlow = random.chance(3)
    linksBreak = random.chance(2)
    otherWorker = random.chance(4)
  }
}
