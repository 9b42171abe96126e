import Fakes
import Foundation

/// The system calls of a running process in their order, by strace.
///
/// A call has a place where it began and one where it returned: the numbers of its lines in the trace. The kernel stops a
/// thread at both, so what one thread did before another is in that order here.
final class SystemCallTrace {
  struct Call {
    let name: String
    let descriptor: Int32
    /// Everything between the parentheses, with strace's escapes.
    let arguments: String
    /// `nil` if it failed.
    let result: Int?
    let began: Int
    let ended: Int
  }

  private let tracer: ChildProcess
  private let folder: TemporaryDirectory

  struct NotAttached: Error {
    let errors: String
  }

  /// Attaches to all threads of `pid`.
  init(_ pid: Int32, calls: String) throws {
    folder = try TemporaryDirectory()
    tracer = try ChildProcess(
      "/usr/bin/strace",
      arguments: ["-f", "-q", "-p", "\(pid)", "-s", "262144", "-e", "trace=\(calls)", "-o", folder.file("trace")],
      environment: ["PATH": "/usr/bin:/bin"], output: folder.file("out"), errors: folder.file("err"))
    let isTraced = waitUntil { !tracer.isRunning || Self.isTraced(pid) }
    guard isTraced, tracer.isRunning else { throw NotAttached(errors: folder.read("err")) }
  }

  /// strace attaches one thread after the other.
  private static func isTraced(_ pid: Int32) -> Bool {
    guard let threads = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task") else { return false }
    return threads.allSatisfy { thread in
      guard let text = try? String(contentsOfFile: "/proc/\(pid)/task/\(thread)/status", encoding: .utf8) else {
        return false
      }
      return !text.contains("TracerPid:\t0\n")
    }
  }

  /// Detaches; the calls in order of their return.
  func stop() -> [Call] {
    tracer.kill(SIGINT)
    _ = tracer.wait()
    var began: [Substring: (line: Int, text: Substring)] = [:]
    var calls: [Call] = []
    for (number, line) in folder.read("trace").split(separator: "\n").enumerated() {
      guard let space = line.firstIndex(of: " ") else { continue }
      let thread = line[..<space]
      let text = line[space...].drop { $0 == " " }
      if text.hasSuffix("<unfinished ...>") {
        began[thread] = (number, text.dropLast("<unfinished ...>".count))
      } else if text.hasPrefix("<... "), let start = began.removeValue(forKey: thread) {
        let rest = text.range(of: " resumed>").map { text[$0.upperBound...] } ?? ""
        append("\(start.text)\(rest)", start.line, number, &calls)
      } else {
        append(String(text), number, number, &calls)
      }
    }
    return calls
  }

  private func append(_ text: String, _ began: Int, _ ended: Int, _ calls: inout [Call]) {
    guard let open = text.firstIndex(of: "("), let equals = text.range(of: ") ", options: .backwards),
      let sign = text.range(of: "= ", range: equals.upperBound..<text.endIndex)
    else { return }
    let arguments = String(text[text.index(after: open)..<equals.lowerBound])
    let descriptor = Int32(arguments.prefix { $0.isNumber }) ?? -1
    let result = Int(text[sign.upperBound...].prefix { $0.isNumber })
    calls.append(
      Call(
        name: String(text[..<open]), descriptor: descriptor, arguments: arguments, result: result, began: began,
        ended: ended))
  }
}
