import Gateway
import Platform

/// The answers so far: prints each, and knows the exit code.
struct SendReport {
  private var texts = 0
  private var accepted = 0
  private var hasRefusals = false
  /// The gateway takes nothing now: what is left is better sent later.
  private(set) var isStopped = false

  var isEmpty: Bool { texts == 0 }

  var exitCode: ExitCode {
    if isStopped { return .unavailable }
    return hasRefusals ? .badInput : .success
  }

  mutating func add(_ outcome: EventSender.Outcome) {
    texts += 1
    switch outcome {
    case .accepted(let answer):
      accepted += 1
      show(answer)
    case .refused(let problem, let answer):
      hasRefusals = true
      show(answer)
      StandardError.write("beacongate send: text \(texts): \(problem)")
    case .unavailable(let problem, let answer):
      isStopped = true
      show(answer)
      StandardError.write(
        "beacongate send: text \(texts): \(problem); \(accepted) accepted before it, none sent after it")
    }
  }

  /// A text that is not sent at all.
  mutating func refuse(_ problem: String) {
    texts += 1
    hasRefusals = true
    StandardError.write("beacongate send: text \(texts): \(problem)")
  }

  private func show(_ answer: String) {
    if !answer.isEmpty { print(answer, terminator: answer.hasSuffix("\n") ? "" : "\n") }
  }
}
