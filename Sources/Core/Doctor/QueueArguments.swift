/// What a broker says when a queue is declared otherwise than it is (406): which argument differs, and what it is.
package struct QueueArgument: Sendable, Equatable {
  package enum Value: Sendable, Equatable {
    case none
    case number(Int64)
    case text(String)
  }

  package let name: String
  package let value: Value

  package init(name: String, value: Value) {
    self.name = name
    self.value = value
  }

  /// `… inequivalent arg 'x-max-length' for queue 'q' in vhost '/': received none but current is the value '5' of type
  /// 'signedint'`, as RabbitMQ writes it; `nil` for another sentence.
  package init?(refusal: String) {
    guard let start = refusal.firstRange(of: "inequivalent arg '") else { return nil }
    let tail = refusal[start.upperBound...]
    let name = String(tail.prefix { $0 != "'" })
    guard !name.isEmpty, let current = tail.firstRange(of: "but current is ") else { return nil }
    let rest = tail[current.upperBound...]
    if rest.hasPrefix("none") {
      self.init(name: name, value: .none)
    } else if let quote = rest.firstIndex(of: "'") {
      // A value may hold quotes itself; what follows it does not.
      let body = rest[rest.index(after: quote)...]
      let end = body.ranges(of: "' of type").last?.lowerBound ?? body.lastIndex(of: "'") ?? body.endIndex
      let text = String(body[..<end])
      let isText = body[end...].contains("longstr")
      self.init(name: name, value: !isText ? Int64(text).map { .number($0) } ?? .text(text) : .text(text))
    } else {
      return nil
    }
  }

  package var text: String {
    switch value {
    case .none: "\(name) unset"
    case .number(let number): "\(name)=\(number)"
    case .text(let text): "\(name)=\(text)"
    }
  }
}
