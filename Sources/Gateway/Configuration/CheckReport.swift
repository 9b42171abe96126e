import Core
import TLS

/// What `beacongate check` says about settings that were read.
package struct CheckReport: Sendable, Equatable {
  /// The effective settings in YAML, secrets hidden, below a comment that names the file; empty when there is an error.
  package let output: String
  /// One line each, for standard error.
  package let errors: [String]
  package let warnings: [String]

  /// At most this many mistakes are listed.
  package static let maxErrors = 100

  /// Unknown variables are errors here, as a typing mistake in one is otherwise easy to overlook.
  package init(_ loaded: LoadedSettings) {
    let found = loaded.problems + loaded.unknownVariables + Self.fileProblems(loaded.settings)
    let more = found.count - Self.maxErrors
    errors = found.prefix(Self.maxErrors).map(\.description) + (more > 0 ? ["and \(more) more"] : [])
    warnings = loaded.notices.map(\.description)
    guard found.isEmpty, let settings = loaded.settings else {
      output = ""
      return
    }
    let source = loaded.source.map { "settings from \($0)" } ?? "no configuration file"
    output = "# beacongate \(Version.current), \(source), variables and flags\n\(settings.describe())"
  }

  /// What is wrong with the files of `http.tls`, which no reading of the settings opens.
  private static func fileProblems(_ settings: Settings?) -> [SettingsProblem] {
    guard let settings else { return [] }
    do throws(TLSError) {
      _ = try TLSContext(settings.http.tls)
      return []
    } catch {
      return [error.problem]
    }
  }

  package var exitCode: ExitCode { errors.isEmpty ? .success : .configuration }
}
