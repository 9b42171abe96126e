import Core
import Gateway
import Testing

@Suite("Arguments of a command")
struct CommandArgumentsTests {
  static let syntax = CommandSyntax(
    "try", "Tries.",
    flags: [
      .init("config", value: "FILE", "a file"), .init("set", value: "KEY=VALUE", isRepeatable: true, "a setting"),
      .init("quiet", "say nothing"),
    ], operand: "NAME")

  @Test("flags take their value as the next argument or after an equals sign")
  func values() throws {
    let arguments = try CommandArguments(
      ["--config", "a", "x", "--set=b=c", "--set", "d=-1", "--quiet", "-", "--", "--config"], syntax: Self.syntax)
    #expect(arguments.value("config") == "a")
    #expect(arguments.values("set") == ["b=c", "d=-1"])
    #expect(arguments.has("quiet"))
    #expect(arguments.operands == ["x", "-", "--config"])
    #expect(!arguments.wantsHelp)
    #expect(try CommandArguments(["--config="], syntax: Self.syntax).value("config") == "")
  }

  @Test(
    "anything else is refused with the usage",
    arguments: [
      (["--confg", "a"], "unknown flag --confg"), (["-c", "a"], "unknown flag -c"),
      (["--config"], "--config needs a value: --config FILE"),
      (["--config", "--quiet"], "--config needs a value: --config FILE"),
      (["--config", "a", "--config=b"], "--config is given twice"), (["--quiet=1"], "--quiet takes no value"),
    ])
  func refused(arguments: [String], problem: String) {
    #expect(throws: UsageError(problem, syntax: Self.syntax)) {
      try CommandArguments(arguments, syntax: Self.syntax)
    }
  }

  @Test("an operand is refused where none is taken")
  func operands() {
    let syntax = CommandSyntax("plain", "Plain.")
    #expect(throws: UsageError("it takes no argument, but got x", syntax: syntax)) {
      try CommandArguments(["x"], syntax: syntax)
    }
  }

  @Test("help is asked for anywhere before --, whatever else stands there")
  func help() throws {
    #expect(try CommandArguments(["--nonsense", "--help"], syntax: Self.syntax).wantsHelp)
    #expect(try CommandArguments(["-h"], syntax: Self.syntax).wantsHelp)
    #expect(try !CommandArguments(["--", "--help"], syntax: Self.syntax).wantsHelp)
    #expect(Self.syntax.help.hasPrefix("usage: beacongate try [flags] [NAME]\n\nTries.\n\nflags:\n  --config FILE"))
  }

  @Test("settings flags become texts by key")
  func settings() throws {
    let syntax = CommandSyntax("serve", "Serves.", flags: SettingsFlags.flags)
    let arguments = try CommandArguments(
      ["--role", "worker", "--data-dir=/d", "--set", "retry.delay=3s", "--set", "a=b=c"], syntax: syntax)
    #expect(
      try SettingsFlags.read(arguments, syntax: syntax) == [
        "role": "worker", "data_dir": "/d", "retry.delay": "3s", "a": "b=c",
      ])
  }

  @Test("a setting without a value, or given twice, is refused", arguments: [["x"], ["=x"], ["role=all"]])
  func badSettings(pairs: [String]) throws {
    let syntax = CommandSyntax("serve", "Serves.", flags: SettingsFlags.flags)
    let arguments = try CommandArguments(["--role", "all"] + pairs.flatMap { ["--set", $0] }, syntax: syntax)
    #expect(throws: UsageError.self) { try SettingsFlags.read(arguments, syntax: syntax) }
  }
}
