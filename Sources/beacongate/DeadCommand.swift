import Core
import Gateway
import Platform

/// `beacongate dead list|show|replay|purge`: what a running gateway could not deliver.
enum DeadCommand {
  enum Action: String, CaseIterable {
    case list, show, replay, purge

    var syntax: CommandSyntax {
      CommandSyntax("dead \(rawValue)", summary, flags: flags, operand: operand, notes: notes)
    }

    private var summary: String {
      switch self {
      case .list: "Lists the dead letters of a running gateway and its broker."
      case .show: "Shows one dead letter with its body."
      case .replay: "Puts dead letters back into their queues, ids kept, attempts forgotten."
      case .purge: "Deletes dead letters for good."
      }
    }

    private var operand: String? {
      switch self {
      case .list: nil
      case .show: "KEY"
      case .replay, .purge: "KEY …"
      }
    }

    private var flags: [CommandSyntax.Flag] {
      let own: [CommandSyntax.Flag] = self == .purge ? [.init("yes", "do not ask")] : []
      return (self == .show ? [] : DeadSelection.flags) + own + DeadCommand.flags
    }

    private var notes: String {
      switch self {
      case .list: "With --json a letter a line. Exit code 0, 69 when no gateway answers."
      case .show: "Exit code 0, 65 when there is no such letter, 69 when no gateway answers."
      case .replay:
        """
        Without keys and filters: every dead letter. Exit code 0, 65 when a key or filter is none, 69 when no gateway answers
        or its broker is away.
        """
      case .purge:
        """
        Without keys and filters: every dead letter. Asks on a terminal and needs --yes elsewhere. Exit code 0, 65 when a key or
        filter is none or nobody agreed, 69 when no gateway answers or its broker is away.
        """
      }
    }
  }

  private static let flags: [CommandSyntax.Flag] = [
    .init("json", "print JSON"),
    .init("url", value: "URL", "the gateway's admin listener (admin.listen of the settings)"),
    .init("config", value: "FILE", "configuration file that names admin.listen and admin.token"),
  ]

  private static let syntax = CommandSyntax(
    "dead", "Lists, shows, replays and purges the dead letters of a running gateway.",
    operand: "list | show | replay | purge",
    notes: """
      beacongate dead list --help shows the flags. docs/dead-letters.md says what each reason means and what to do about it;
      beacongate spool ls and export read the letters of a gateway that is stopped.
      """)

  static func run(arguments: [String]) -> Int32 {
    do {
      guard let name = arguments.first, !name.hasPrefix("-") else {
        _ = try CommandArguments(arguments, syntax: syntax)
        guard arguments.isEmpty else {
          print(syntax.help, terminator: "")
          return ExitCode.success.rawValue
        }
        throw UsageError("say what to do: list, show, replay or purge", syntax: syntax)
      }
      guard let action = Action(rawValue: name) else {
        let near = Suggestion.nearest(to: name, among: Action.allCases.map(\.rawValue))
        throw UsageError("\(name) is not understood\(near.map { "; did you mean \($0)?" } ?? "")", syntax: syntax)
      }
      let arguments = try CommandArguments(Array(arguments.dropFirst()), syntax: action.syntax)
      if arguments.wantsHelp {
        print(action.syntax.help, terminator: "")
        return ExitCode.success.rawValue
      }
      return try run(action, arguments).rawValue
    } catch let error as UsageError {
      StandardError.write(error.description)
      return ExitCode.usage.rawValue
    } catch let error as AdminClientError {
      StandardError.write("beacongate dead: \(error)")
      return error.exitCode.rawValue
    } catch {
      StandardError.write("beacongate dead: \(error)")
      return ExitCode.unavailable.rawValue
    }
  }

  private static func run(_ action: Action, _ arguments: CommandArguments) throws -> ExitCode {
    let selection = try DeadSelection(arguments, action)
    let loaded = SettingsLoader.load(
      configPath: arguments.value("config"), environment: ProcessEnvironment.variables, flags: [:])
    guard let settings = loaded.settings else {
      for problem in loaded.problems { StandardError.write("\(problem)") }
      return .configuration
    }
    let client = try DeadClient(settings, url: arguments.value("url"))
    let zone = try LocalTimeZone(name: settings.timeZone, environment: ProcessEnvironment.variables)
    let isJSON = arguments.has("json")
    switch action {
    case .list: try list(selection, client, zone.time, isJSON)
    case .show: try show(selection.keys[0], client, zone.time, isJSON)
    case .replay: try change(.replay, selection, client, isJSON)
    case .purge:
      guard try arguments.has("yes") || agrees(selection, client) else { return .badInput }
      try change(.purge, selection, client, isJSON)
    }
    return .success
  }

  // MARK: Looking

  private static func list(
    _ selection: DeadSelection, _ client: DeadClient, _ time: LocalTime, _ isJSON: Bool
  ) throws {
    let output = OutputFile()
    var rows: [DeadListing.Row] = []
    var total: Int?
    var cursor: String?
    var unseen = 0
    repeat {
      let limit = (selection.limit ?? DeadOrder.listLimit) - rows.count
      let page = try client.list(selection.parameters(limit: min(limit, DeadOrder.maxListed), cursor: cursor))
      rows += page.rows
      total = total ?? page.total
      (cursor, unseen) = (page.cursor, page.unseen)
      if isJSON { for json in page.json { try output.write(json + [0x0A]) } }
    } while cursor != nil && rows.count < selection.limit ?? DeadOrder.listLimit
    if !isJSON, !rows.isEmpty { try output.write(Array(DeadListing.table(rows, time).utf8)) }
    try output.finish()
    guard !isJSON else { return }
    StandardError.write(
      "beacongate dead: \(rows.count) shown\(cursor == nil ? "" : ", there may be more: --limit"); \(letters(total ?? 0)) in these queues"
    )
    sayUnseen(unseen)
  }

  private static func show(_ key: String, _ client: DeadClient, _ time: LocalTime, _ isJSON: Bool) throws {
    let (row, json) = try client.show(key)
    let output = OutputFile()
    try output.write(isJSON ? json + [0x0A] : Array(DeadListing.details(row, time).utf8))
    try output.finish()
  }

  // MARK: Changing

  /// Asks whoever sits at the terminal.
  private static func agrees(_ selection: DeadSelection, _ client: DeadClient) throws -> Bool {
    guard StandardInput.isTerminal else {
      StandardError.write("beacongate dead purge: nobody can be asked here; repeat it with --yes")
      return false
    }
    let many = try selection.keys.isEmpty ? count(selection, client) : letters(selection.keys.count)
    StandardError.write("Delete \(many) for good? Type yes:")
    let answer = try String(decoding: StandardInput.read(), as: UTF8.self)
    guard answer == "yes\n" else {
      StandardError.write("beacongate dead purge: nothing was deleted")
      return false
    }
    return true
  }

  private static func count(_ selection: DeadSelection, _ client: DeadClient) throws -> String {
    let limit = min(selection.limit ?? DeadOrder.maxListed, DeadOrder.maxListed)
    let page = try client.list(selection.parameters(limit: limit, cursor: nil))
    return page.cursor != nil && selection.limit == nil
      ? "more than \(letters(page.rows.count))" : letters(page.rows.count)
  }

  /// Request by request until nothing is left, at most as many letters as there were at first: what is replayed may come back.
  private static func change(
    _ task: DeadOrder.Task, _ selection: DeadSelection, _ client: DeadClient, _ isJSON: Bool
  ) throws {
    var left =
      try selection.limit
      ?? (selection.keys.isEmpty
        ? client.list(selection.parameters(limit: 1, cursor: nil)).total : selection.keys.count)
    var total = 0
    var keys = selection.keys[...]
    var last: DeadClient.Change?
    while left > 0 {
      let portion = keys.prefix(DeadOrder.maxKeys)
      keys = keys.dropFirst(DeadOrder.maxKeys)
      let change = try client.change(
        task, selection.members(task, Array(portion), limit: min(left, DeadOrder.maxChanged), cursor: last?.cursor))
      last = change
      total += change.count
      left -= portion.isEmpty ? change.count : portion.count
      let goesOn = portion.isEmpty ? change.cursor != nil || (change.unseen > 0 && change.count > 0) : !keys.isEmpty
      if !goesOn { break }
    }
    let done = task == .replay ? "replayed" : "purged"
    if isJSON {
      print(#"{"\#(done)":\#(total),"unseen":\#(last?.unseen ?? 0)}"#)
    } else {
      print("\(letters(total)) \(done)")
      sayUnseen(last?.unseen ?? 0)
    }
  }

  private static func letters(_ count: Int) -> String { "\(count) dead letter\(count == 1 ? "" : "s")" }

  private static func sayUnseen(_ unseen: Int) {
    guard unseen > 0 else { return }
    StandardError.write(
      "beacongate dead: \(unseen) letters at the broker were not looked at: only the first 1000 of a queue are")
  }
}
