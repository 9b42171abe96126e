/// Which pair owns which `api_key-{domain}-{program_name}-logbeacon.txt` (contracts.md §7).
///
/// The guide's format is ambiguous: `a-b` + `c` and `a` + `b-c` give one name. A pair whose plain name could be read as
/// another configured domain's writes the `-` of its program as `%2D`, which no domain or program contains. Both
/// spellings are read, and each name has at most one owner: with `%2D`, the last `-` parts domain and program; without,
/// the longest configured domain that fits.
package struct KeyFileNames: Sendable {
  /// NAME_MAX of Linux file systems.
  package static let maxNameBytes = 255

  private static let lead = "api_key-"
  private static let tail = "-logbeacon.txt"

  private let domains: Set<String>

  package init(domains: [String]) {
    self.domains = Set(domains.filter { Self.isDomain($0) })
  }

  /// The name that a new key of `pair` is written under.
  ///
  /// `nil` if the domain is not configured, the program is not valid, or the name would be longer than a file's may be.
  package func name(of pair: KeyPair) -> String? {
    guard domains.contains(pair.domain), Self.isProgram(pair.program) else { return nil }
    let name = isAmbiguous(pair) ? Self.escapedName(of: pair) : Self.plainName(of: pair)
    return name.utf8.count <= Self.maxNameBytes ? name : nil
  }

  /// Every name that `pair` owns, the one to be believed first: no other pair can ever have written the escaped one.
  package func names(of pair: KeyPair) -> [String] {
    [Self.escapedName(of: pair), Self.plainName(of: pair)].filter { owner(of: $0) == pair }.uniqued
  }

  /// The one pair that the file belongs to; `nil` if it is none of ours.
  package func owner(of fileName: String) -> KeyPair? {
    guard fileName.hasPrefix(Self.lead), fileName.hasSuffix(Self.tail) else { return nil }
    let stem = fileName.dropFirst(Self.lead.count).dropLast(Self.tail.count)
    return stem.contains("%") ? escapedOwner(of: stem) : readings(of: stem).max { $0.domain.count < $1.domain.count }
  }

  private func escapedOwner(of stem: Substring) -> KeyPair? {
    guard let dash = stem.lastIndex(of: "-") else { return nil }
    let domain = String(stem[..<dash])
    let pieces = stem[stem.index(after: dash)...].split(separator: "%", omittingEmptySubsequences: false)
    guard domains.contains(domain), pieces.dropFirst().allSatisfy({ $0.hasPrefix("2D") }) else { return nil }
    let program = pieces[0] + pieces.dropFirst().map { "-" + $0.dropFirst(2) }.joined()
    return Self.isProgram(String(program)) ? KeyPair(domain: domain, program: String(program)) : nil
  }

  private func isAmbiguous(_ pair: KeyPair) -> Bool {
    pair.program.contains("-") && readings(of: "\(pair.domain)-\(pair.program)").count > 1
  }

  /// Every configured domain and valid program that `stem` could mean.
  private func readings(of stem: some StringProtocol) -> [KeyPair] {
    stem.indices.filter { stem[$0] == "-" }.compactMap { dash in
      let pair = KeyPair(domain: String(stem[..<dash]), program: String(stem[stem.index(after: dash)...]))
      return domains.contains(pair.domain) && Self.isProgram(pair.program) ? pair : nil
    }
  }

  private static func plainName(of pair: KeyPair) -> String {
    "\(lead)\(pair.domain)-\(pair.program)\(tail)"
  }

  private static func escapedName(of pair: KeyPair) -> String {
    let program = pair.program.split(separator: "-", omittingEmptySubsequences: false).joined(separator: "%2D")
    return "\(lead)\(pair.domain)-\(program)\(tail)"
  }

  private static func isDomain(_ text: String) -> Bool {
    isName(text, maxBytes: 255)
  }

  private static func isProgram(_ text: String) -> Bool {
    isName(text, maxBytes: 64)
  }

  /// `[A-Za-z0-9._-]`, not starting with a full stop (contracts.md §4).
  private static func isName(_ text: String, maxBytes: Int) -> Bool {
    let bytes = text.utf8
    return !bytes.isEmpty && bytes.count <= maxBytes && bytes.first != UInt8(ascii: ".")
      && bytes.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
      }
  }
}

extension [String] {
  fileprivate var uniqued: [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
