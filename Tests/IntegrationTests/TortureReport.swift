import Fakes

/// What came of a torture run.
struct TortureReport: Sendable {
  let seed: UInt64
  let balance: TortureLedger.Balance
  let faults: [String: Int]
  let notes: [String]
  let complaints: [String]
  let dead: Int?
  let mayRepeatDead: Bool
  let held: Int?

  /// Broken promises; empty is well.
  var failures: [String] {
    var failures = complaints
    if !balance.missing.isEmpty { failures.append("missing: \(balance.missing.prefix(5))") }
    if !balance.spurious.isEmpty { failures.append("spurious: \(balance.spurious.prefix(5))") }
    if !balance.altered.isEmpty { failures.append("altered: \(balance.altered.prefix(5))") }
    if held != 0 { failures.append("\(held ?? -1) copies still held") }
    // What was refused or not answered may be there as well.
    if let dead, dead < balance.acceptedPoison || dead > balance.sentPoison && !mayRepeatDead {
      failures.append("\(dead) dead letters of \(balance.acceptedPoison) accepted and \(balance.sentPoison) sent")
    }
    if dead == nil { failures.append("the gateway does not tell its dead letters") }
    let strange = balance.statuses.keys.filter { $0 != 202 && $0 != 503 }.sorted()
    if !strange.isEmpty { failures.append("answers \(strange)") }
    return failures
  }

  var text: String {
    let sum = faults.values.reduce(0, +)
    let kinds = faults.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    return """
      seed \(seed): \(sum) faults (\(kinds))
      sent \(balance.sent), accepted \(balance.accepted), refused \(balance.refused), unanswered \(balance.unanswered)
      delivered \(balance.delivered) copies, duplicates \(balance.duplicates), dead letters \(dead ?? -1)
      missing \(balance.missing.count), spurious \(balance.spurious.count), altered \(balance.altered.count)
      \(notes.joined(separator: "; "))
      \(failures.isEmpty ? "every promise was kept" : "BROKEN: \(failures.joined(separator: "; "))")
      """
  }
}
