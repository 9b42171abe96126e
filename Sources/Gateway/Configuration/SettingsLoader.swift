import Core
import Platform
import YAML

/// Reads the configuration: file, environment and flags into typed settings, every mistake reported at once.
package enum SettingsLoader {
  /// The file that is read from the working directory when none is named.
  package static let standardPath = "beacongate.yaml"

  /// `configPath` wins over the variable `BEACONGATE_CONFIG`; `flags` are texts by dotted key.
  package static func load(
    configPath: String?, environment: [String: String], flags: [String: String]
  ) -> LoadedSettings {
    var reading = SettingsReading(environment: environment)
    let source = path(configPath, environment)
    let file = source.flatMap { reading.readFile($0) }
    let variables = SettingsVariables.read(environment)
    reading.problems += variables.problems
    let entries = variables.readings.compactMap { reading.entry($0) }
    let given = flags.sorted { $0.key < $1.key }.compactMap { reading.entry(flag: $0.key, text: $0.value) }
    let outcome = SettingsResolver.resolve(file: file, variables: entries, flags: given, found: reading.problems)
    let missing = unknownZone(outcome)
    return LoadedSettings(
      settings: missing == nil ? outcome.settings : nil,
      problems: outcome.problems + (missing.map { [$0] } ?? []),
      unknownVariables: variables.unknown, notices: reading.notices, source: source)
  }

  private static func path(_ configPath: String?, _ environment: [String: String]) -> String? {
    if let path = configPath ?? environment["BEACONGATE_CONFIG"], !path.isEmpty { return path }
    return Folder.exists(standardPath) ? standardPath : nil
  }

  /// A time zone that the system does not know.
  private static func unknownZone(_ outcome: SettingsOutcome) -> SettingsProblem? {
    guard let zone = outcome.settings?.timeZone, (try? LocalTimeZone(name: zone)) == nil else { return nil }
    return SettingsProblem(
      outcome.origins["timezone"], "timezone", "the system knows no zone \(zone)",
      mend: "write an IANA name such as Asia/Taipei, and install tzdata")
  }
}
