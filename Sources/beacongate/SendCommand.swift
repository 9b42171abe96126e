import Core
import Gateway
import HTTPClient
import Platform

/// `beacongate send`: posts an event, or JSON from standard input, to a running gateway.
enum SendCommand {
  private static let syntax = CommandSyntax(
    "send", "Sends an event to a running gateway and prints its answer.",
    flags: [
      .init("level", value: "LEVEL", "0, 1, 9, 11, 91, 99 or a name: debug, info, error, info_ctg, error_ctg, monitor"),
      .init("def-name", value: "NAME", "the function or task that speaks"),
      .init("message", value: "TEXT", "the sentence"),
      .init("extra-info", value: "TEXT", "anything more"),
      .init("hash", value: "TEXT", "ties events of one operation together"),
      .init("program", value: "NAME", "the program that speaks"),
      .init("domain", value: "NAME", "one of the gateway's domains"),
      .init("id", value: "ID", "the event's id; the gateway makes one where it is missing"),
      .init("timestamp", value: "TIME", "RFC 3339 or Unix seconds; now if not given"),
      .init("url", value: "URL", "the gateway (http://127.0.0.1:8080)"),
      .init("token", value: "TOKEN", "a bearer token; better in BEACONGATE_TOKEN, for others see a command line"),
    ],
    operand: "-",
    notes: """
      Without flags of the event, or with -, JSON is read from standard input: an object, an array, or an object a line.
      Exit code 0 when every event is accepted, 65 when one is refused, 69 when the gateway cannot take it now.
      """)

  /// The flags that make an event, and their members in its JSON.
  private static let members: [(flag: String, member: String)] = [
    ("level", "level"), ("def-name", "def_name"), ("message", "message"), ("extra-info", "extra_info"),
    ("hash", "hash_value"), ("program", "program_name"), ("domain", "domain"), ("id", "id"), ("timestamp", "timestamp"),
  ]

  static func run(arguments: [String]) -> Int32 {
    do {
      let arguments = try CommandArguments(arguments, syntax: syntax)
      if arguments.wantsHelp {
        print(syntax.help, terminator: "")
        return ExitCode.success.rawValue
      }
      return try send(arguments).rawValue
    } catch let error as UsageError {
      StandardError.write(error.description)
    } catch let error as HTTPClientError where !error.isRetryable {
      StandardError.write("beacongate send: --url or --token cannot be used: \(error)")
    } catch {
      StandardError.write("beacongate send: \(error)")
      return ExitCode.internalError.rawValue
    }
    return ExitCode.usage.rawValue
  }

  private static func send(_ arguments: CommandArguments) throws -> ExitCode {
    let event = try event(arguments)
    let token = arguments.value("token") ?? ProcessEnvironment.variables["BEACONGATE_TOKEN"]
    let sender = try EventSender(url: arguments.value("url") ?? "http://127.0.0.1:8080", token: token)
    var report = SendReport()
    guard let event else { return try sendStandardInput(sender, &report) }
    try report.add(sender.post(event))
    return report.exitCode
  }

  /// The JSON that the flags make; `nil` when it is to be read from standard input.
  private static func event(_ arguments: CommandArguments) throws(UsageError) -> [UInt8]? {
    let given = members.filter { arguments.has($0.flag) }
    if let operand = arguments.operands.first {
      guard arguments.operands == ["-"] else { throw UsageError("\(operand) is not understood", syntax: syntax) }
      guard given.isEmpty else { throw UsageError("- and --\(given[0].flag) exclude each other", syntax: syntax) }
      return nil
    }
    if given.isEmpty && !StandardInput.isTerminal { return nil }
    let missing = members.prefix(3).filter { !arguments.has($0.flag) }.map { "--\($0.flag)" }
    guard missing.isEmpty else { throw UsageError("\(missing.joined(separator: ", ")) missing", syntax: syntax) }
    var text: [UInt8] = []
    for (flag, member) in given {
      text.append(UInt8(ascii: text.isEmpty ? "{" : ","))
      text.appendJSONString(Array(member.utf8).span)
      text.append(UInt8(ascii: ":"))
      let value = Array((arguments.value(flag) ?? "").utf8)
      if isNumber(value), flag == "level" || flag == "timestamp" {
        text += value
      } else {
        text.appendJSONString(value.span)
      }
    }
    return text + [UInt8(ascii: "}")]
  }

  private static func sendStandardInput(_ sender: EventSender, _ report: inout SendReport) throws -> ExitCode {
    var splitter = JSONTextSplitter()
    do {
      while true {
        let bytes = try StandardInput.read()
        let texts = bytes.isEmpty ? [splitter.finish()].compactMap { $0 } : try splitter.append(bytes)
        for text in texts {
          try report.add(sender.post(text))
          if report.isStopped { return report.exitCode }
        }
        if bytes.isEmpty { break }
      }
    } catch is JSONTextSplitter.TextTooLong {
      report.refuse("it is longer than \(JSONTextSplitter.maxTextBytes) bytes")
    }
    if report.isEmpty { report.refuse("standard input is empty") }
    return report.exitCode
  }

  /// `12`, `-1`, `1736908200.25`: what may stand in JSON without quotes.
  private static func isNumber(_ text: [UInt8]) -> Bool {
    let digits = text.first == UInt8(ascii: "-") ? text.dropFirst() : text[...]
    let parts = digits.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    return parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } }
      && (parts[0].count == 1 || parts[0].first != UInt8(ascii: "0"))
  }
}
