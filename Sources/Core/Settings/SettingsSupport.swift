/// What this version does not serve yet. Asked for, it is refused, never silently left out; a line each, to be deleted
/// when the part is there.
enum SettingsSupport {
  static func problems(_ settings: Settings) -> [SettingsRules.Broken] {
    [
      settings.auth.tokens.isEmpty
        ? nil : refuse("auth.tokens", "authentication by tokens", "leave auth.tokens out and listen on loopback")
    ].compactMap { $0 }
  }

  private static func refuse(_ key: String, _ part: String, _ mend: String) -> SettingsRules.Broken {
    SettingsRules.Broken(key, "\(part) is not supported by this version", mend: mend)
  }
}
