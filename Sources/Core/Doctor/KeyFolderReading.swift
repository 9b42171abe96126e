/// What was seen of a folder of LogBeacon keys.
package struct KeyFolderReading: Sendable, Equatable {
  package struct File: Sendable, Equatable {
    package enum Content: Sendable, Equatable { case key, empty, unfit, unreadable(String) }

    package var name: String
    package var mode: Int
    package var content: Content

    package init(name: String, mode: Int = 0o600, content: Content = .key) {
      self.name = name
      self.mode = mode
      self.content = content
    }
  }

  package var path: String
  /// `nil` if there is no such folder yet.
  package var files: [File]?
  /// Why the folder cannot be read.
  package var fault: String?
  package var domains: [String]
  /// Pairs that are listed by name; of more only the number is told.
  static let maxListed = 20

  package init(path: String, files: [File]?, domains: [String]) {
    self.path = path
    self.files = files
    self.domains = domains
  }

  package var findings: [Finding] {
    let topic = "logbeacon.key_dir"
    if let fault {
      return [.fail(topic, "\(path) cannot be read: \(fault); let this user read and write it", .configuration)]
    }
    guard let files else { return [.ok(topic, "\(path) does not exist; serve makes it")] }
    let names = KeyFileNames(domains: domains)
    var findings: [Finding] = []
    var pairs: [String] = []
    for file in files where file.name.hasPrefix("api_key-") {
      guard let pair = names.owner(of: file.name) else {
        findings.append(
          .warn(
            topic, "\(file.name) belongs to no configured domain and is never read; rename it, or configure its domain")
        )
        continue
      }
      switch file.content {
      case .key: pairs.append("\(pair)")
      case .empty: findings.append(.warn(topic, "\(file.name) is empty: \(pair) calls without a key"))
      case .unfit:
        findings.append(
          .warn(
            topic, "\(file.name) holds bytes that a header may not have, or is too long: \(pair) calls without a key"))
      case .unreadable(let reason):
        findings.append(.fail(topic, "\(file.name) cannot be read: \(reason); let this user read it", .configuration))
      }
      if file.mode & 0o077 != 0 {
        findings.append(
          .warn(
            topic, "\(file.name) has mode \(DataFolderReading.octal(file.mode)): others can read the key; chmod 600"))
      }
    }
    return [summary(pairs)] + findings
  }

  private func summary(_ pairs: [String]) -> Finding {
    let listed = pairs.sorted().prefix(Self.maxListed).joined(separator: ", ")
    let more = pairs.count > Self.maxListed ? " and \(pairs.count - Self.maxListed) more" : ""
    return .ok(
      "logbeacon.key_dir",
      pairs.isEmpty
        ? "\(path) holds no key yet; pairs without one call without" : "\(path) holds keys of \(listed)\(more)")
  }
}
