import Core
import Platform
import YAML

/// One reading of the configuration: collects what goes wrong while texts become trees.
struct SettingsReading {
  let environment: [String: String]
  var problems: [SettingsProblem] = []
  var notices: [SettingsProblem] = []

  init(environment: [String: String]) {
    self.environment = environment
  }

  /// The file's tree with its variables expanded; `nil` when it is empty or cannot be read.
  mutating func readFile(_ path: String) -> SettingsValue? {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try FileBytes.read(path, limit: YAMLDocument.maxBytes)
    } catch {
      problems.append(
        SettingsProblem(.file(path, line: 1, column: 1), "", "the file cannot be read: \(error)", mend: Self.fileMend))
      return nil
    }
    let document = YAMLDocument(parsing: bytes)
    problems += document.problems.map { problem in
      let place = SettingsOrigin.file(path, line: problem.position.line, column: problem.position.column)
      return SettingsProblem(place, "", problem.description, mend: problem.mend)
    }
    guard let root = document.root else { return nil }
    var expansion = SettingsExpansion(environment: environment)
    let tree = expansion.expand(
      SettingsValue(root) { .file(path, line: $0.line, column: $0.column) })
    problems += expansion.problems
    return tree
  }

  /// What a variable gives, or the file that it names.
  mutating func entry(_ reading: SettingsVariables.Reading) -> SettingsEntry? {
    let origin = SettingsOrigin.variable(reading.name)
    guard reading.isFile else { return entry(reading.row, reading.text, origin) }
    do throws(SystemError) {
      let bytes = try FileBytes.read(reading.text, limit: YAMLDocument.maxBytes)
      guard let text = String(validating: bytes, as: UTF8.self), !text.trimmingLineEnd.isEmpty else {
        problems.append(
          SettingsProblem(
            origin, reading.row, "\(reading.text): the file is empty or not UTF-8", mend: "write the value into it"))
        return nil
      }
      return entry(reading.row, text.trimmingLineEnd, origin)
    } catch {
      problems.append(SettingsProblem(origin, reading.row, "\(error)", mend: Self.fileMend))
      return nil
    }
  }

  /// What a flag gives. A secret on the command line works, but every user of the machine can read it there.
  mutating func entry(flag path: String, text: String) -> SettingsEntry? {
    let origin = SettingsOrigin.flag(SettingsFlags.name(of: path))
    if let row = SettingsTable.row(path), row.isSecret {
      notices.append(
        SettingsProblem(
          origin, path, "other users can see a secret on the command line",
          mend: "use \(SettingsVariables.name(of: path))_FILE"))
    }
    return entry(path, text, origin)
  }

  /// Lists and maps of maps are JSON; everything else is one plain scalar, which may be a comma-separated list.
  private mutating func entry(_ path: String, _ text: String, _ origin: SettingsOrigin) -> SettingsEntry? {
    guard let row = SettingsTable.row(path), SettingsVariables.isJSON(text, row: row) else {
      return SettingsEntry(path: path, value: .plain(text, origin))
    }
    let document = YAMLDocument(parsing: text)
    problems += document.problems.map { problem in
      SettingsProblem(
        origin, path,
        "not JSON: \(problem.description) (line \(problem.position.line), column \(problem.position.column))",
        mend: problem.mend)
    }
    return document.root.map { SettingsEntry(path: path, value: SettingsValue($0) { _ in origin }) }
  }

  private static let fileMend = "name a regular file of at most 1 MiB that this user may read"
}

extension SettingsValue {
  /// The neutral form of a YAML tree; its depth is bounded by the document.
  init(_ node: YAMLNode, place: (YAMLPosition) -> SettingsOrigin) {
    let origin = place(node.position)
    switch node.content {
    case .scalar(let text, let isQuoted):
      self = isQuoted ? SettingsValue(origin, .scalar(text, isPlain: false)) : .plain(text, origin)
    case .sequence(let items):
      self.init(origin, .list(items.map { SettingsValue($0, place: place) }))
    case .mapping(let members):
      self.init(
        origin,
        .map(
          members.map { member in
            SettingsMember(
              name: member.key, origin: place(member.position), value: SettingsValue(member.value, place: place))
          }))
    }
  }
}

extension YAMLProblem {
  fileprivate var mend: String {
    switch code {
    case .syntax: "mend the YAML here"
    case .duplicateKey: "keep one of them"
    case .alias: "write the value out"
    case .tag: "leave the tag out, and quote a text that looks like a number"
    case .complexKey: "write one of the documented keys"
    case .tooDeep: "write it flatter"
    case .tooLarge: "make it shorter"
    case .severalDocuments: "keep one"
    }
  }
}

extension String {
  /// Without one line end after the last line.
  fileprivate var trimmingLineEnd: String {
    hasSuffix("\r\n") || hasSuffix("\n") ? String(dropLast()) : self
  }
}
