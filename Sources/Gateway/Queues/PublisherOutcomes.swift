import Core

/// The outcomes of a batch's rows, in one word as long as they are alike.
struct PublisherOutcomes {
  private let count: Int
  private var left: Int
  private var common: CopyOutcome?
  /// Row by row, once they differ.
  private var each: [CopyOutcome] = []

  init(count: Int) {
    self.count = count
    left = count
  }

  /// A row has its outcome; the last one brings the batch's. Once a row.
  mutating func answered(_ row: Int, _ outcome: CopyOutcome) -> StoreOutcome? {
    if !each.isEmpty {
      each[row] = outcome
    } else if let common, common != outcome {
      each = Array(repeating: common, count: count)
      each[row] = outcome
    } else {
      common = outcome
    }
    left -= 1
    guard left == 0 else { return nil }
    if !each.isEmpty { return .mixed(each) }
    return switch outcome {
    case .confirmed: .confirmed
    case .spooled: .spooled
    case .unavailable(let failure): .unavailable(failure)
    }
  }
}
