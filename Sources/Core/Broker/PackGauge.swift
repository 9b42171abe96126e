/// How many copies a message of a queue is to be reckoned with, so that a prefetch of messages stands for one of copies.
///
/// `basic.qos` counts messages (AMQP 0-9-1 §1.8.3.1), and a message may be a pack. The estimate is a power of two: it rises with
/// the first larger message, and is halved once `patience` messages in a row were smaller than half of it.
package struct PackGauge: Sendable, Equatable {
  /// Messages after which the estimate is halved.
  package static let patience = 64
  /// Messages that are asked for at least, however many copies they have: one under way while another is opened.
  package static let minMessages = 8

  private var copies = 1
  private var smaller = 0

  package init() {}

  /// A message came; true if the estimate has changed.
  package mutating func received(copies count: Int) -> Bool {
    if count > copies {
      while copies < count { copies *= 2 }
      smaller = 0
      return true
    }
    guard copies > 1 else { return false }
    smaller = count * 2 > copies ? 0 : smaller + 1
    guard smaller == Self.patience else { return false }
    copies /= 2
    smaller = 0
    return true
  }

  /// Messages to ask for where `prefetch` copies are wanted.
  package func messages(for prefetch: Int) -> Int {
    max(prefetch / copies, min(prefetch, Self.minMessages))
  }
}
