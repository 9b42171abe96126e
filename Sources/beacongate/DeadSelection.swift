import Core
import Gateway

/// Which dead letters the arguments of a command mean.
struct DeadSelection {
  static let flags: [CommandSyntax.Flag] = [
    .init("domain", value: "NAME", "only those of this domain"),
    .init("sink", value: "SINK", "only those for logbeacon, telegram or webhook"),
    .init("reason", value: "REASON", "only those with this reason: \(reasons)"),
    .init("older-than", value: "AGE", "only those that died so long ago or before, such as 2h, or at an RFC 3339 time"),
    .init("newer-than", value: "AGE", "only those that died since then"),
    .init("where", value: "PLACE", "only those in the gateway's own store (spool) or at the broker"),
    .init("limit", value: "N", "at most so many (list: 100)"),
  ]

  private static let reasons = DeathReason.allCases.map(\.rawValue).joined(separator: ", ")
  private static let names = [
    ("domain", "domain"), ("sink", "sink"), ("reason", "reason"), ("older-than", "older_than"),
    ("newer-than", "newer_than"), ("where", "where"),
  ]

  let keys: [String]
  let limit: Int?
  private let filters: [(name: String, value: String)]

  init(_ arguments: CommandArguments, _ action: DeadCommand.Action) throws(UsageError) {
    keys = arguments.operands
    filters = Self.names.compactMap { flag, name in arguments.value(flag).map { (name, $0) } }
    limit = try Self.limit(arguments, action)
    if action == .show, keys.count != 1 { throw UsageError("name one KEY", syntax: action.syntax) }
    guard keys.isEmpty || (filters.isEmpty && limit == nil) else {
      throw UsageError("keys and filters exclude each other", syntax: action.syntax)
    }
    for key in keys where DeadKey(key) == nil {
      throw UsageError("\(key) is no key of a dead letter", syntax: action.syntax)
    }
    try check(action)
  }

  /// As a gateway would read it, so that a mistake is found before one is asked.
  private func check(_ action: DeadCommand.Action) throws(UsageError) {
    var order = DeadOrder(.list)
    do throws(DeadOrderProblem) {
      for (name, value) in filters { try order.take(name, .string, value, now: 0) }
    } catch {
      let problem = error.detail.replacing("_than", with: "-than").dropLast()
      throw UsageError("--\(problem)", syntax: action.syntax)
    }
  }

  private static func limit(_ arguments: CommandArguments, _ action: DeadCommand.Action) throws(UsageError) -> Int? {
    guard let text = arguments.value("limit") else { return nil }
    guard let limit = Int(text), limit > 0 else {
      throw UsageError("--limit is a whole number from 1 on", syntax: action.syntax)
    }
    return limit
  }

  /// For a list.
  func parameters(limit: Int, cursor: String?) -> [(name: String, value: String)] {
    filters + [("limit", "\(limit)")] + (cursor.map { [("cursor", $0)] } ?? [])
  }

  /// For a replay or purge; empty `keys` are the filters.
  func members(_ task: DeadOrder.Task, _ keys: [String], limit: Int, cursor: String?) -> [(name: String, json: String)]
  {
    guard keys.isEmpty else { return [("keys", "[\(keys.map(Self.json).joined(separator: ","))]")] }
    let confirm = task == .purge ? [("confirm", "true")] : []
    return parameters(limit: limit, cursor: cursor).map { name, value in
      (name, name == "limit" ? value : Self.json(value))
    } + confirm
  }

  private static func json(_ text: String) -> String {
    var bytes: [UInt8] = []
    bytes.appendJSONString(Array(text.utf8).span)
    return String(decoding: bytes, as: UTF8.self)
  }
}
