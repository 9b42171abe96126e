import Foundation

/// The documents of this repository, as its tests read them.
enum Documents {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static let readmes = ["README.md", "README.zh-Hant.md"]

  /// Every Markdown file at the top and in `docs`, by its path from the root.
  static func names() throws -> [String] {
    try ["", "docs/"].flatMap { folder in
      try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)
        .filter { $0.hasSuffix(".md") }.map { folder + $0 }
    }
  }

  static func text(_ name: String) throws -> String {
    try String(contentsOf: root.appending(path: name), encoding: .utf8)
  }

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path: path).path)
  }

  /// The cells of each row of Markdown tables, header and ruler included.
  static func rows(_ name: String) throws -> [[String]] {
    try text(name).split(separator: "\n").filter { $0.hasPrefix("|") }.map { line in
      line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
        .map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }
}
