import Core
import Fakes
import Gateway

/// A configuration file in a folder of its own, and what reading it brings.
struct ConfigurationFolder {
  let folder: TemporaryDirectory

  init() throws {
    folder = try TemporaryDirectory()
  }

  /// Reads `yaml` as the configuration file.
  func load(
    _ yaml: String, environment: [String: String] = [:], flags: [String: String] = [:]
  ) throws -> LoadedSettings {
    try folder.write(yaml, to: "b.yaml")
    return SettingsLoader.load(configPath: folder.file("b.yaml"), environment: environment, flags: flags)
  }

  /// The problems of `yaml`, one line each, without the folder.
  func problems(
    _ yaml: String, environment: [String: String] = [:], flags: [String: String] = [:]
  ) throws -> [String] {
    try load(yaml, environment: environment, flags: flags).problems.map { lineWithoutFolder($0) }
  }

  func lineWithoutFolder(_ problem: SettingsProblem) -> String {
    problem.description.replacing("\(folder.path)/", with: "")
  }
}
