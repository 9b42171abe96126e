import Fakes
import Foundation
import Testing

/// A program in the documents: a fenced block under `<!-- example: NAME -->`.
struct Example: Sendable, CustomTestStringConvertible {
  let name: String
  let text: String

  var testDescription: String { name }

  /// Those of `document` that need nothing but a shell, curl and Python with its own library.
  static func runnable(in document: String) throws -> [Example] {
    try all(in: document).filter {
      ($0.name.hasSuffix(".sh") || $0.name.hasSuffix(".py")) && $0.name != "event_requests.py"
    }
  }

  static func named(_ name: String, in document: String) throws -> Example {
    guard let example = try all(in: document).first(where: { $0.name == name }) else { throw Missing(name: name) }
    return example
  }

  /// The first call of curl that a README shows.
  static func firstEvent(in document: String) throws -> Example {
    guard let block = try text(of: document).firstMatch(of: /```sh\n(curl http:[\s\S]*?)```\n/) else {
      throw Missing(name: "curl")
    }
    return Example(name: "first.sh", text: String(block.1))
  }

  private static func all(in document: String) throws -> [Example] {
    try text(of: document).matches(of: /<!-- example: (\S+) -->\n```\w+\n([\s\S]*?)```\n/).map {
      Example(name: String($0.1), text: String($0.2))
    }
  }

  private static func text(of document: String) throws -> String {
    let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(contentsOf: top.appending(path: document), encoding: .utf8)
  }

  /// Writes it to `folder`, the gateway of the documents replaced by the one at `url`.
  func write(to folder: TemporaryDirectory, url: String) throws {
    try folder.write(text.replacing("http://127.0.0.1:8080", with: url), to: name)
  }

  /// Runs it in `folder` against the gateway at `url`.
  func run(in folder: TemporaryDirectory, url: String) throws -> Outcome {
    try write(to: folder, url: url)
    let program = name.hasSuffix(".sh") ? "/bin/sh" : "/usr/bin/python3"
    let child = try ChildProcess(
      program, arguments: [folder.file(name)], environment: ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"],
      output: folder.file("output"), errors: folder.file("errors"))
    let exit = child.wait(timeout: .seconds(30))
    return Outcome(exit: exit, output: folder.read("output"), errors: folder.read("errors"))
  }

  struct Outcome {
    /// `nil` when it did not end.
    let exit: ChildProcess.Exit?
    let output: String
    let errors: String
  }

  private struct Missing: Error {
    let name: String
  }
}
