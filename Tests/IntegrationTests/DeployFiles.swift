import Fakes
import Foundation
import YAML

/// What lies in `deploy/`, as the tests read it.
enum DeployFiles {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let folder = root.appending(path: "deploy")

  static func path(_ name: String) -> String { folder.appending(path: name).path }

  static func text(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  static func isInstalled(_ program: String) -> Bool { FileManager.default.isExecutableFile(atPath: program) }

  /// The documents of a file, anchors as compose files use them resolved: `x-NAME: &NAME` at the top, `<<: *NAME` below.
  static func documents(_ name: String) throws -> [YAMLNode] {
    let text = try text(name).replacing(/: &[a-z]+ ?/, with: ": ").replacing(/: \*([a-z]+)/) { ": \($0.output.1)" }
    return try "\n\(text)".components(separatedBy: "\n---\n").map { part in
      let document = YAMLDocument(parsing: part)
      guard let root = document.root, document.problems.isEmpty else {
        throw Malformed(file: name, problems: document.problems)
      }
      return root
    }
  }

  struct Malformed: Error {
    let file: String
    let problems: [YAMLProblem]
  }

  /// Runs a program to its end; its output and errors in one text.
  static func run(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], timeout: Duration = .seconds(60)
  ) throws -> (exit: ChildProcess.Exit?, output: String) {
    let folder = try TemporaryDirectory()
    let base = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": folder.path, "LANG": "C.UTF-8"]
    let child = try ChildProcess(
      program, arguments: arguments, environment: base.merging(environment) { $1 }, output: folder.file("output"),
      errors: folder.file("errors"))
    let exit = child.wait(timeout: timeout)
    return (exit, folder.read("output") + folder.read("errors"))
  }

  /// What `beacongate check` makes of a configuration; throws what it complains about.
  static func settings(_ file: String? = nil, environment: [String: String]) throws -> YAMLNode {
    let arguments = ["check"] + (file.map { ["--config", $0] } ?? [])
    let (exit, output) = try run(try GatewayProcess.binary(), arguments, environment: environment)
    guard exit == .code(0), let root = YAMLDocument(parsing: output).root else { throw Refused(output: output) }
    return root
  }

  struct Refused: Error {
    let output: String
  }

  /// `shutdown.delay` and `shutdown.grace` together.
  static func shutdownTime(_ settings: YAMLNode) throws -> Duration {
    try duration(settings["shutdown"]["delay"].text) + duration(settings["shutdown"]["grace"].text)
  }

  /// `10s`, `2m`.
  static func duration(_ text: String) throws -> Duration {
    let seconds = ["s": 1, "m": 60]
    guard let unit = text.last.flatMap({ seconds[String($0)] }), let count = Int(text.dropLast()) else {
      throw NoDuration(text: text)
    }
    return .seconds(count * unit)
  }

  struct NoDuration: Error {
    let text: String
  }
}

extension YAMLNode {
  static let absent = YAMLNode(position: YAMLPosition(line: 0, column: 0), content: .scalar("", isQuoted: false))

  subscript(_ key: String) -> YAMLNode { members.first { $0.key == key }?.value ?? .absent }

  var members: [YAMLMember] { if case .mapping(let members) = content { members } else { [] } }
  var items: [YAMLNode] { if case .sequence(let items) = content { items } else { [] } }
  /// Empty for anything but a scalar.
  var text: String { if case .scalar(let text, _) = content { text } else { "" } }
  var texts: [String] { items.map(\.text) }

  /// A scalar's text for each key.
  var strings: [String: String] { Dictionary(members.map { ($0.key, $0.value.text) }) { $1 } }

  /// The members of the blocks that `<<` names, from `root`, below its own.
  func merged(from root: YAMLNode) -> YAMLNode {
    let base = self["<<"].text
    guard !base.isEmpty else { return self }
    let inherited = root["x-\(base)"].merged(from: root).members.filter { self[$0.key] == .absent }
    return YAMLNode(position: position, content: .mapping(inherited + members.filter { $0.key != "<<" }))
  }
}
