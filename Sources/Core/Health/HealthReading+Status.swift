/// The table of contracts.md §5.
extension HealthReading {
  /// The whole process. It fails when it cannot do what its role is for: take events, or, as a `worker`, consume.
  package var status: HealthStatus {
    guard phase == .running else { return .fail }
    return max(storageStatus, logbeacon?.condition.status ?? .pass, telegram?.condition.status ?? .pass)
  }

  /// A part of the storage as its check shows it: what keeps the process from its work has failed.
  func shown(_ condition: some HealthCondition) -> HealthStatus {
    condition.status == .pass ? .pass : max(condition.status, storageStatus)
  }

  /// What broker and spool are together: for intake, either stands in for the other.
  private var storageStatus: HealthStatus {
    let hasRoom = spool.condition == .writable
    guard let broker else { return hasRoom ? .pass : .fail }
    switch broker.condition {
    case .connected:
      return hasRoom ? .pass : .warn
    case .away, .stalled:
      return role == .worker || !hasRoom ? .fail : .warn
    case .blocked:
      // An alarm stops publishers alone, so that consumers go on; with no room either, nothing durable takes a copy.
      return hasRoom ? .warn : .fail
    }
  }
}
