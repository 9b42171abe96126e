/// The severity of an event: the number decides where the gateway sends it.
///
/// A number literal is a level too: `logsys(9, …)`. The gateway refuses numbers that are none of these.
public struct LogLevel: RawRepresentable, Hashable, Sendable, ExpressibleByIntegerLiteral {
  /// The number that is sent.
  public let rawValue: Int

  /// A level by its number.
  public init(rawValue: Int) { self.rawValue = rawValue }
  /// A level by its number.
  public init(integerLiteral value: Int) { rawValue = value }

  /// For developers: the gateway's console only.
  public static let debug: LogLevel = 0
  /// An operation worth keeping: LogBeacon.
  public static let info: LogLevel = 1
  /// A failure: LogBeacon and the developers' Telegram chat.
  public static let error: LogLevel = 9
  /// News for the customer: LogBeacon and the customer's Telegram chat.
  public static let infoCTG: LogLevel = 11
  /// A failure that the customer should know of: LogBeacon and both Telegram chats.
  public static let errorCTG: LogLevel = 91
  /// A measurement: the gateway's console only.
  public static let monitor: LogLevel = 99
}
