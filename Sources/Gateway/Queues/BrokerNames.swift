import AMQP
package import Core

extension QueueName {
  /// The exclusive queue that the one worker which consumes a `_tg` queue holds (contracts.md §6); `nil` for a queue that
  /// workers share.
  package var lockName: String? { sink == .telegram ? "beacongate.\(self).lock" : nil }
}

extension AMQPQueueDeclaration {
  /// Asks whether the queue exists.
  static func passive(_ name: String) -> Self {
    var declaration = Self(name: name)
    declaration.isPassive = true
    return declaration
  }

  /// As a program that declares plain `durable` has it; with `x-queue-type` only if the settings say so.
  static func durable(_ name: String, type: Settings.QueueType?) -> Self {
    var declaration = Self(name: name)
    if let type { declaration.arguments = ["x-queue-type": .string(type.rawValue)] }
    return declaration
  }

  /// Belongs to its connection and goes with it.
  static func lock(_ name: String) -> Self {
    var declaration = Self(name: name)
    declaration.isDurable = false
    declaration.isExclusive = true
    declaration.isAutoDelete = true
    return declaration
  }

  /// A queue for a moment, as ``durable(_:type:)`` and within the permissions of one who may declare `name`. It expires by
  /// itself, should its deletion fail.
  static func momentary(beside name: String, type: Settings.QueueType?) -> Self {
    let prefix = "beacongate.\(String(UInt32.random(in: 0 ... .max), radix: 16))."
    var declaration = durable(
      prefix + name.suffix(AMQPProperties.maxShortStringBytes - prefix.utf8.count), type: type)
    declaration.arguments.append("x-expires", .integer(10_000))
    return declaration
  }
}
