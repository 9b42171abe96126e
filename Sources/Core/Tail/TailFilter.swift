/// Which events somebody wants to see as they come (`GET /api/tail`); what is not said is open.
package struct TailFilter: Sendable, Equatable {
  /// Values of one parameter, between commas.
  package static let maxValues = 32
  /// UTF-8 bytes of the text that is looked for.
  package static let maxTextBytes = 256

  /// Places in the configuration.
  private var domains: Set<Int>?
  private var programs: [[UInt8]]?
  private var levels: Set<Level>?
  /// With ASCII letters in lower case; empty: any text.
  private var text: [UInt8] = []

  package init() {}

  /// Reads the parameters of `query`, which is without its `?`. `domains` are the configured ones, in their order.
  package init(query: String, domains: [String]) throws(QueryProblem) {
    for (name, value) in try QueryParameters.read(query) {
      switch name {
      case "domain":
        self.domains = Set(
          try Self.values(name, value) { value throws(QueryProblem) in
            guard let place = domains.firstIndex(of: value) else {
              throw QueryProblem("domain is one or more of the configured ones, between commas.")
            }
            return place
          })
      case "program":
        programs = try Self.values(name, value) { value throws(QueryProblem) in Array(value.utf8) }
      case "level": levels = Set(try Self.values(name, value, Self.level))
      case "q":
        guard value.utf8.count <= Self.maxTextBytes else {
          throw QueryProblem("q has at most \(Self.maxTextBytes) bytes.")
        }
        text = value.utf8.map(\.asciiLowercased)
      default: throw QueryProblem("something is asked that is not known here; known are domain, program, level, q.")
      }
    }
  }

  /// Whether an event is wanted: every parameter fits, `q` by being part of a text of the event, with ASCII letters in any case.
  /// `source` is what the event's ranges lie in, `defaultProgram` stands for a program that it does not name.
  package func matches(_ event: EventDraft, in source: Span<UInt8>, defaultProgram: Span<UInt8>) -> Bool {
    if let levels, !levels.contains(event.level) { return false }
    if let domains, !domains.contains(event.domain) { return false }
    if let programs {
      let program = if let named = event.program { source.extracting(named) } else { defaultProgram }
      guard programs.contains(where: { program.isEqual(to: $0.span) }) else { return false }
    }
    guard !text.isEmpty else { return true }
    return [event.defName, event.message, event.extraInfo, event.hashValue].contains { part in
      source.extracting(part.range).contains(lowercased: text.span)
    } || event.id.withSpan { $0.contains(lowercased: text.span) }
  }

  private static func values<Value>(
    _ name: String, _ list: String, _ read: (String) throws(QueryProblem) -> Value
  ) throws(QueryProblem) -> [Value] {
    let parts = list.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count <= maxValues, !parts.contains("") else {
      throw QueryProblem("\(name) has 1 to \(maxValues) values, between commas.")
    }
    var values: [Value] = []
    for part in parts { values.append(try read(String(part))) }
    return values
  }

  private static func level(_ text: String) throws(QueryProblem) -> Level {
    let bytes = Array(text.utf8)
    guard let level = Level(number: bytes.span) ?? Level(name: bytes.span) else {
      throw QueryProblem("level is one or more of 0, 1, 9, 11, 91, 99 or their names, between commas.")
    }
    return level
  }
}

extension Span<UInt8> {
  /// True if `needle`, whose ASCII letters are in lower case, is part of these bytes with ASCII letters in any case.
  func contains(lowercased needle: Span<UInt8>) -> Bool {
    guard !needle.isEmpty else { return true }
    guard needle.count <= count else { return false }
    for start in 0...(count - needle.count) {
      var length = 0
      while length < needle.count, self[start + length].asciiLowercased == needle[length] { length += 1 }
      if length == needle.count { return true }
    }
    return false
  }
}
