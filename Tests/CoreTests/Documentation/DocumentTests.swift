import Core
import Foundation
import Testing

/// What the documents say of the rest of the repository is so.
@Suite struct DocumentTests {
  @Test("every link to a file of the repository leads somewhere")
  func links() throws {
    var count = 0
    for name in try Documents.names() {
      let folder = name.hasPrefix("docs/") ? "docs/" : ""
      for link in try Documents.text(name).matches(of: /\]\(([^)#:]+)(#[^)]*)?\)/) {
        #expect(Documents.exists(folder + link.1), "\(name) links to \(link.1)")
        count += 1
      }
    }
    #expect(count > 10)
  }

  @Test(
    "files and folders that are named in the documents are there",
    arguments: ["ARCHITECTURE.md", "CONTRIBUTING.md", "docs/custom-sinks.md"])
  func paths(_ name: String) throws {
    var count = 0
    for path in try Documents.text(name).matches(of: /`((?:Sources|Tests|Core|Gateway|System)\/[A-Za-z0-9+\/.]+)`/) {
      let isThere = Documents.exists(String(path.1)) || Documents.exists("Sources/\(path.1)")
      #expect(isThere, "\(name) names \(path.1)")
      count += 1
    }
    #expect(count > 5)
  }

  @Test("targets of make that are named in the documents are in the Makefile")
  func targets() throws {
    let makefile = try Documents.text("Makefile")
    for name in try Documents.names() {
      for target in try Documents.text(name).matches(of: /`make ([a-z]+)/) {
        #expect(makefile.contains("\n\(target.1):"), "\(name) names make \(target.1)")
      }
    }
  }

  @Test("the README's table of levels is the routing", arguments: Documents.readmes)
  func levels(_ name: String) throws {
    let rows = try Documents.rows(name)
    for level in Level.allCases {
      let row = try #require(rows.first { $0.first == "\(level.rawValue)" && $0.count == 6 })
      #expect(row[1] == level.name.description)
      #expect(row[2].hasPrefix("✓"), "the console shows every level")
      let marks = row[3...].map { $0 == "✓" }
      #expect(
        marks == [Routes.logbeacon, .telegramDeveloper, .telegramCustomer].map(level.routes.contains), "level \(level)")
    }
  }

  @Test("the README shows the Python client of docs/examples.md, which a test runs", arguments: Documents.readmes)
  func client(_ name: String) throws {
    let examples = try Documents.text("docs/examples.md")
    let tried = try #require(examples.firstMatch(of: /<!-- example: event.py -->\n(```python\n[\s\S]*?```\n)/)).1
    #expect(try Documents.text(name).contains(tried))
  }

  @Test("the README shows how each role is started, with settings that there are", arguments: Documents.readmes)
  func roles(_ name: String) throws {
    let text = try Documents.text(name)
    for role in Settings.Role.allCases where role != .all { #expect(text.contains("serve --role \(role.rawValue) ")) }
    let keys = text.matches(of: /--set ([a-z_.]+)=/).map { String($0.1) }
    #expect(!keys.isEmpty)
    for key in keys { #expect(SettingsTable.row(key) != nil, "\(name) sets \(key)") }
  }
}
