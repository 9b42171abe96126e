import Core

/// Names of key files, both ways: one owner a file, and a pair finds what it wrote.
enum KeyNamesTarget {
  /// Lines: domains to the first empty one, then programs, then file names.
  static func run(_ input: [UInt8]) {
    let lines = String(decoding: input, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      .prefix(24).map(String.init)
    let parts = lines.split(separator: "", maxSplits: 2, omittingEmptySubsequences: false)
    let domains = parts[0].prefix(6)
    let programs = parts.count > 1 ? Array(parts[1].prefix(6)) : []
    let names = KeyFileNames(domains: Array(domains))
    var writers: [String: KeyPair] = [:]
    for domain in domains {
      for program in programs {
        let pair = KeyPair(domain: domain, program: program)
        for name in names.names(of: pair) { require(names.owner(of: name) == pair, "\(name) has another owner") }
        guard let name = names.name(of: pair) else { continue }
        require(name.utf8.count <= KeyFileNames.maxNameBytes && !name.contains("/"), "\(name) is no file name")
        require(names.owner(of: name) == pair, "\(pair) does not own \(name)")
        require(names.names(of: pair).contains(name), "\(pair) does not look for \(name)")
        if let other = writers.updateValue(pair, forKey: name) { require(other == pair, "two pairs write \(name)") }
      }
    }
    for name in parts.count > 2 ? Array(parts[2]) : [] {
      guard let owner = names.owner(of: name) else { continue }
      require(names.names(of: owner).contains(name), "\(owner) does not look for \(name)")
    }
  }
}
