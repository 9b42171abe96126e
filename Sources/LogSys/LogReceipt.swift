/// The gateway's word that an event is durable: it survives a crash from here on.
public struct LogReceipt: Sendable, Equatable {
  /// Where the event's copies are safe.
  public enum Store: String, Sendable {
    /// Confirmed by RabbitMQ.
    case broker
    /// Fsynced by the gateway.
    case spool
    /// The level has no copies: it is shown on the gateway's console only.
    case none
  }

  /// The event's id, made here; the same in LogBeacon and in dead letters.
  public let id: String
  /// Where the copies are.
  public let stored: Store
  /// True when an earlier attempt of this very call had got through.
  public let isDuplicate: Bool
  /// The destinations: `logbeacon`, `telegram.developer`, `telegram.customer`.
  public let routes: [String]
  /// The fields that were cut at the gateway's limits.
  public let truncated: [String]
}
