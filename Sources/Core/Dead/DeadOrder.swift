/// What an operator wants of the dead letters.
package struct DeadOrder: Sendable, Equatable {
  package enum Task: Sendable, Equatable {
    case list
    /// The letter of one key, with its body.
    case read
    /// Back into their queue, attempts forgotten.
    case replay
    /// Gone for good.
    case purge

    package var changes: Bool { self == .replay || self == .purge }
  }

  /// Letters that a list shows where nobody says how many.
  package static let listLimit = 100
  /// The most letters that one request lists.
  package static let maxListed = 1000
  /// The most letters that one request replays or purges.
  package static let maxChanged = 10_000
  /// The most keys in one request.
  package static let maxKeys = 1000

  package let task: Task
  package var filter = DeadFilter()
  /// Empty: those that the filter means.
  package var keys: [DeadKey] = []
  package var cursor: DeadCursor?
  package var limit: Int
  package private(set) var isConfirmed = false

  package init(_ task: Task) {
    self.task = task
    limit = task.changes ? Self.maxChanged : Self.listLimit
  }

  /// Takes one parameter of the query, or member of the body.
  package mutating func take(
    _ name: String, _ kind: JSONMember.Kind, _ value: String, now: Int64
  ) throws(DeadOrderProblem) {
    switch (name, kind) {
    case (_, .null) where Self.known(to: task).contains(name): break
    case ("domain", .string): filter.domain = value
    case ("sink", .string): filter.sink = try Self.choice(name, value)
    case ("reason", .string): filter.reason = try Self.choice(name, value)
    case ("where", .string): filter.place = try Self.choice(name, value)
    case ("older_than", .string): filter.diedUntil = try Self.time(name, value, now)
    case ("newer_than", .string): filter.diedFrom = try Self.time(name, value, now)
    case ("limit", .number), ("limit", .string): limit = try limit(value)
    case ("cursor", .string):
      guard let cursor = DeadCursor(value) else { throw DeadOrderProblem("cursor is not one of an answer.") }
      self.cursor = cursor
    case ("keys", .array) where task.changes: keys = try Self.keys(value)
    case ("confirm", .bool) where task == .purge: isConfirmed = value == "true"
    default: throw DeadOrderProblem(Self.misfit(name, task))
    }
  }

  /// Takes a whole query, without its `?`.
  package mutating func take(query: String, now: Int64) throws(DeadOrderProblem) {
    let parameters: [(name: String, value: String)]
    do throws(QueryProblem) { parameters = try QueryParameters.read(query) } catch {
      throw DeadOrderProblem(error.detail)
    }
    for (name, value) in parameters { try take(name, .string, value, now: now) }
  }

  /// What must be there once everything is taken.
  package func check() throws(DeadOrderProblem) {
    if !keys.isEmpty, filter != DeadFilter() { throw DeadOrderProblem("keys and filters exclude each other.") }
    if task == .purge, keys.isEmpty, !isConfirmed {
      throw DeadOrderProblem(#"Deleting without keys needs "confirm": true."#)
    }
  }

  // MARK: Values

  /// Never repeats what is not ours.
  private static func misfit(_ name: String, _ task: Task) -> String {
    let known = known(to: task)
    guard !known.contains(name) else { return "\(name) is of the wrong type." }
    return "something is asked that is not known here; known are \(known.joined(separator: ", "))."
  }

  private static func known(to task: Task) -> [String] {
    let common = ["domain", "sink", "reason", "where", "older_than", "newer_than", "limit", "cursor"]
    return common + (task.changes ? ["keys"] : []) + (task == .purge ? ["confirm"] : [])
  }

  private func limit(_ text: String) throws(DeadOrderProblem) -> Int {
    let most = task.changes ? Self.maxChanged : Self.maxListed
    guard let limit = Int(text), (1...most).contains(limit) else {
      throw DeadOrderProblem("limit is a whole number from 1 to \(most).")
    }
    return limit
  }

  private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ value: String
  ) throws(DeadOrderProblem) -> Choice {
    guard let choice = Choice(rawValue: value) else {
      throw DeadOrderProblem("\(name) is one of: \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    return choice
  }

  /// So long ago, or a point in time.
  private static func time(_ name: String, _ value: String, _ now: Int64) throws(DeadOrderProblem) -> Int64 {
    if let age = DurationText.parse(value) { return now - age.milliseconds }
    guard case .milliseconds(let time) = Timestamp.parseRFC3339(Array(value.utf8).span) else {
      throw DeadOrderProblem("\(name) is an age such as 2h, or an RFC 3339 time.")
    }
    return time
  }

  /// The compact text of an array of keys, which hold nothing that JSON escapes.
  private static func keys(_ text: String) throws(DeadOrderProblem) -> [DeadKey] {
    let items = text.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
    guard text != "[]", items.count <= maxKeys else { throw DeadOrderProblem("keys has 1 to \(maxKeys) keys.") }
    var keys: [DeadKey] = []
    for item in items {
      guard item.utf8.count > 2, item.hasPrefix("\""), item.hasSuffix("\""),
        let key = DeadKey(item.dropFirst().dropLast())
      else { throw DeadOrderProblem("keys has something that is no key.") }
      keys.append(key)
    }
    return keys
  }
}

/// Why an order cannot be carried out: a sentence for whoever gave it.
package struct DeadOrderProblem: Error, Sendable, Equatable {
  package let detail: String

  package init(_ detail: String) {
    self.detail = detail
  }
}
