/// A key and the value that some layer gives it.
package struct SettingsEntry: Sendable, Hashable {
  package let path: String
  package let value: SettingsValue

  package init(path: String, value: SettingsValue) {
    self.path = path
    self.value = value
  }
}

/// From a tree of nested blocks to dotted keys.
enum SettingsTree {
  /// Every key that `root` gives, in order. Unknown keys and blocks that are none are reported; nulls are left out.
  /// `prefix` is what problems put before a key.
  static func entries(
    of root: SettingsValue, known paths: [String], prefix: String = "", problems: inout [SettingsProblem]
  ) -> [SettingsEntry] {
    var entries: [SettingsEntry] = []
    let walk = Walk(paths: paths, prefix: prefix)
    walk.visit(root, path: "", entries: &entries, problems: &problems)
    return entries
  }

  /// Reads a block into `root` by its rows.
  static func read<Root>(
    _ value: SettingsValue, _ rows: [SettingsKey<Root>], into root: inout Root, _ key: String,
    _ problems: inout [SettingsProblem]
  ) {
    for entry in entries(of: value, known: rows.map(\.path), prefix: key, problems: &problems) {
      guard let row = rows.first(where: { $0.path == entry.path }) else { continue }
      row.decode(entry.value, "\(key).\(entry.path)", &root, &problems)
    }
  }
}

/// One walk; its depth is that of the known keys.
private struct Walk {
  let keys: Set<String>
  /// Each block with its members' names.
  private var blocks: [String: [String]] = [:]
  let prefix: String

  init(paths: [String], prefix: String) {
    keys = Set(paths)
    self.prefix = prefix
    for path in paths {
      var parent = ""
      for name in path.split(separator: ".").map(String.init) {
        if blocks[parent]?.contains(name) != true { blocks[parent, default: []].append(name) }
        parent = parent.isEmpty ? name : "\(parent).\(name)"
      }
    }
  }

  func visit(
    _ value: SettingsValue, path: String, entries: inout [SettingsEntry], problems: inout [SettingsProblem]
  ) {
    if value.isNull { return }
    if keys.contains(path) {
      entries.append(SettingsEntry(path: path, value: value))
      return
    }
    let shown = prefix.isEmpty || path.isEmpty ? prefix + path : "\(prefix).\(path)"
    let names = blocks[path] ?? []
    guard case .map(let members) = value.content else {
      problems.append(
        SettingsProblem(
          value.origin, shown, "a block of keys is expected, not \(value.kindName)",
          mend: "write one or more of \(names.joined(separator: ", "))"))
      return
    }
    for member in members {
      let child = path.isEmpty ? member.name : "\(path).\(member.name)"
      if names.contains(member.name) {
        visit(member.value, path: child, entries: &entries, problems: &problems)
      } else {
        problems.append(unknown(member, under: shown, path: child, names: names))
      }
    }
  }

  /// Names the key that was meant: a near one here, one of that name elsewhere, or one written with its dots.
  private func unknown(
    _ member: SettingsMember, under shown: String, path: String, names: [String]
  ) -> SettingsProblem {
    if keys.contains(path), let dot = path.lastIndex(of: ".") {
      return SettingsProblem(
        member.origin, shown.isEmpty ? member.name : "\(shown).\(member.name)", "unknown key",
        mend: "write \(path[dot...].dropFirst()) in a block \(path[..<dot])")
    }
    let elsewhere = keys.filter { $0.hasSuffix(".\(member.name)") }
    if Suggestion.nearest(to: member.name, among: names) == nil, elsewhere.count == 1, let key = elsewhere.first {
      let problem = SettingsProblem.unknownKey(member, under: shown, known: names)
      return SettingsProblem(problem.origin, problem.key, problem.problem, mend: "did you mean \(key)?")
    }
    return .unknownKey(member, under: shown, known: names)
  }
}

extension SettingsText {
  /// Nested maps out of dotted paths, in the order of their first members.
  static func tree(_ entries: [(path: String, value: SettingsText)]) -> SettingsText {
    var members: [(name: String, value: SettingsText)] = []
    var index = 0
    while index < entries.count {
      let name = entries[index].path.prefix { $0 != "." }
      guard name.count < entries[index].path.count else {
        members.append((String(name), entries[index].value))
        index += 1
        continue
      }
      let block = entries[index...].prefix { $0.path.hasPrefix("\(name).") }
      members.append((String(name), tree(block.map { (String($0.path.dropFirst(name.count + 1)), $0.value) })))
      index = block.endIndex
    }
    return .map(members)
  }
}
