/// Which faults a run has. A run with all of them at once hides what only one of them would show, so each seed draws.
struct Profile: Sendable {
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

  /// One run in ten has no faults at all.
  init(_ random: inout SeededRandom) {
    if random.chance(10) { return }
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
  }

  var isFaultFree: Bool {
    !(crashes || terminations || outages || badAnswers || lostAnswers || failingCopies || fullDisks || failingDisks
      || bitFlips || changes)
  }
}
