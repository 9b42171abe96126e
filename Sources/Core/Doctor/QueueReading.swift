/// What was seen of one queue at the broker.
package struct QueueReading: Sendable, Equatable {
  package enum Condition: Sendable, Equatable {
    case there(messages: Int, consumers: Int)
    case missing
    /// 403 and the like, with the broker's sentence.
    case refused(String)
  }

  package var name: String
  package var condition: Condition
  /// Those that differ from a plain durable queue (or from `broker.queue_type`).
  package var arguments: [QueueArgument] = []
  /// Why there may be more of them than are listed.
  package var unknownRest: String?
  /// Of its `.dead` queue; `nil` if there is none.
  package var dead: Int?
  /// Whether a worker holds the lock of a `_tg` queue; `nil` for other queues.
  package var isLocked: Bool?

  package init(name: String, condition: Condition) {
    self.name = name
    self.condition = condition
  }

  package var findings: [Finding] {
    switch condition {
    case .missing: return [.ok(name, "the queue does not exist yet; serve declares it")]
    case .refused(let text):
      return [
        .fail(name, "the broker does not let this user look at the queue: \(text); grant it configure, write and read")
      ]
    case .there(let messages, let consumers):
      return [summary(messages, consumers)] + risks + extras
    }
  }

  private func summary(_ messages: Int, _ consumers: Int) -> Finding {
    let kind = text("x-queue-type") == "quorum" ? "quorum" : text("x-queue-type") ?? "classic"
    let base = "\(kind) queue, \(messages) messages ready, \(consumers) consumers"
    let others = arguments.filter { $0.name != "x-queue-type" }.map(\.text)
    let full = others.isEmpty ? base : "\(base), \(others.joined(separator: ", "))"
    guard messages > 0, consumers == 0 else { return .ok(name, full) }
    return .warn(name, "\(full): nobody takes them; start a gateway of role all or worker")
  }

  /// Arguments that lose copies which were answered 2xx.
  private var risks: [Finding] {
    var findings: [Finding] = []
    let limits = arguments.filter { $0.name == "x-max-length" || $0.name == "x-max-length-bytes" }
    let overflow = text("x-overflow") ?? "drop-head"
    for limit in limits {
      if overflow.hasPrefix("reject-publish") {
        findings.append(.warn(name, "\(limit.text): a full queue refuses copies, which wait in the spool meanwhile"))
      } else {
        findings.append(
          .fail(
            name,
            "\(limit.text) with x-overflow=\(overflow): a full queue drops its oldest copies, and accepted events are lost; delete the queue when it is empty and let serve declare it, or set x-overflow=reject-publish"
          ))
      }
    }
    if let ttl = arguments.first(where: { $0.name == "x-message-ttl" }) {
      findings.append(
        has("x-dead-letter-exchange")
          ? .warn(
            name, "\(ttl.text): copies that nobody takes in time go to its dead-letter exchange, where no gateway looks"
          )
          : .fail(
            name,
            "\(ttl.text) without x-dead-letter-exchange: copies that nobody takes in time are lost; delete the queue when it is empty and let serve declare it"
          ))
    }
    if let expiry = arguments.first(where: { $0.name == "x-expires" }) {
      findings.append(
        .fail(
          name,
          "\(expiry.text): the queue deletes itself, with what it holds, when nobody uses it; delete it when it is empty and let serve declare it"
        ))
    }
    if arguments.contains(where: { $0.name == "durable" }) {
      findings.append(
        .fail(
          name,
          "it is not durable: a restart of the broker loses it with all it holds; delete it when it is empty and let serve declare it"
        ))
    }
    if arguments.contains(where: { $0.name == "auto_delete" }) {
      findings.append(
        .fail(
          name, "it is auto-delete: it goes with its last consumer; delete it when it is empty and let serve declare it"
        ))
    }
    if let limit = arguments.first(where: { $0.name == "x-delivery-limit" }), !has("x-dead-letter-exchange") {
      findings.append(
        .warn(name, "\(limit.text) without x-dead-letter-exchange: a copy whose worker died that often is dropped"))
    }
    return findings
  }

  private var extras: [Finding] {
    var findings: [Finding] = []
    if let dead, dead > 0 {
      findings.append(.warn(name, "\(dead) dead letters in \(name).dead; look at their x-reason"))
    }
    if let unknownRest { findings.append(.warn(name, "not all its arguments could be found out: \(unknownRest)")) }
    if isLocked == true { findings.append(.ok(name, "one worker holds it, as it should be")) }
    return findings
  }

  private func has(_ name: String) -> Bool { arguments.contains { $0.name == name } }

  private func text(_ name: String) -> String? {
    for argument in arguments where argument.name == name {
      if case .text(let text) = argument.value { return text }
    }
    return nil
  }
}
