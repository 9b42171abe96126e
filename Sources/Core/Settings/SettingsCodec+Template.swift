extension SettingsCodec where Value == MessageTemplate? {
  /// A message template, or `standard` for the guide's text.
  static var template: SettingsCodec {
    SettingsCodec<MessageTemplate>(
      typeName: "template",
      decode: { value, key, problems in
        guard case .scalar(let text, _) = value.content else {
          problems.append(
            SettingsProblem(
              value.origin, key, "a single value is expected, not \(value.kindName)", mend: "write a template"))
          return nil
        }
        guard text.utf8.count <= MessageTemplate.maxBytes else {
          problems.append(
            SettingsProblem(
              value.origin, key, "the template has \(text.utf8.count) bytes",
              mend: "write at most \(MessageTemplate.maxBytes)"))
          return nil
        }
        switch MessageTemplate.read(text) {
        case .template(let template): return template
        case .faults(let faults):
          problems += faults.map { fault in
            SettingsProblem(
              value.origin, key, "line \(fault.line), column \(fault.column) of the template: \(fault.problem)",
              mend: fault.mend)
          }
          return nil
        }
      },
      encode: { .text($0.source) }
    ).optional("standard")
  }
}
