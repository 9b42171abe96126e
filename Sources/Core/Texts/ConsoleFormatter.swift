/// Writes lines for standard output into byte arrays: pure, without strings, on the way of every event.
///
/// Pretty: `2025-01-15 10:30:00 [Info] user_login - 用戶登入成功 - 附加信息: user_id: 1`, with the program and domain as
/// `[api_server@shop.example]` before the function where they are not the default ones. JSON: one object a line. Texts
/// must be valid UTF-8; what would act on a terminal is escaped.
package struct ConsoleFormatter: Sendable {
  package let style: ConsoleStyle
  package let locale: Settings.Locale
  private let defaultDomain: [UInt8]
  private let defaultProgram: [UInt8]
  private let time: LocalTime

  package init(
    style: ConsoleStyle, locale: Settings.Locale, defaultDomain: String, defaultProgram: String, time: LocalTime
  ) {
    self.style = style
    self.locale = locale
    self.defaultDomain = Array(defaultDomain.utf8)
    self.defaultProgram = Array(defaultProgram.utf8)
    self.time = time
  }

  /// Appends the line of one event, its line feed included. `milliseconds` is Unix time.
  package func appendEvent(
    _ level: Level, at milliseconds: Int64, domain: Span<UInt8>, program: Span<UInt8>, defName: Span<UInt8>,
    message: Span<UInt8>, extraInfo: Span<UInt8>, hash: Span<UInt8>, id: Span<UInt8>, to line: inout [UInt8]
  ) {
    switch style {
    case .json:
      line.append(#"{"time":""#)
      Timestamp.appendUTC(milliseconds, to: &line)
      line.append(#"","kind":"event","level":""#)
      line.append(level.name)
      line.append(member: #"","domain":""#, domain)
      line.append(member: #"","program_name":""#, program)
      line.append(member: #"","def_name":""#, defName)
      line.append(member: #"","message":""#, message)
      line.append(member: #"","extra_info":""#, extraInfo)
      line.append(member: #"","hash_value":""#, hash)
      line.append(member: #"","id":""#, id)
      line.append("\"}\n")
    case .pretty(let color):
      if color { line.append(ConsoleColor.start(of: level)) }
      time.append(milliseconds, to: &line)
      line.append(" [")
      line.append(level.name)
      line.append("] ")
      appendSource(domain: domain, program: program, to: &line)
      EventWords(locale).appendSummary(defName: defName, message: message, extraInfo: extraInfo, to: &line)
      EventWords(locale).append(hash: hash, to: &line)
      if color { line.append(ConsoleColor.reset) }
      line.append("\n")
    }
  }

  /// Appends the JSON line of one event from its encoded body in `bytes`, the same as from its texts. Only of an event of which
  /// nothing was cut.
  package static func appendJSONEvent(
    _ level: Level, _ body: EncodedBody, in bytes: [UInt8], to line: inout [UInt8]
  ) {
    line.append(#"{"time":""#)
    line.append(bytes.span.extracting(body.timestamp))
    line.append(#"","kind":"event","level":""#)
    line.append(level.name)
    line.append(harmlessIn: bytes.span.extracting(body.source))
    line.append(harmlessIn: bytes.span.extracting(body.texts))
    line.append(#"","id":""#)
    line.append(bytes.span.extracting(body.id))
    line.append("\"}\n")
  }

  /// Appends one line that is no event, its line feed included; a pretty one is `text` alone, as the guide prints it.
  package func appendLine(
    _ kind: ConsoleLineKind, at milliseconds: Int64, text: Span<UInt8>, to line: inout [UInt8]
  ) {
    switch style {
    case .json:
      line.append(#"{"time":""#)
      Timestamp.appendUTC(milliseconds, to: &line)
      line.append(#"","kind":""#)
      line.append(kind.name)
      line.append(member: #"","message":""#, text)
      line.append("\"}\n")
    case .pretty(let color):
      let start = color ? ConsoleColor.start(of: kind) : nil
      if let start { line.append(start) }
      line.append(printable: text)
      if start != nil { line.append(ConsoleColor.reset) }
      line.append("\n")
    }
  }

  /// `[program@domain] `, each part only where it is not the default.
  private func appendSource(domain: Span<UInt8>, program: Span<UInt8>, to line: inout [UInt8]) {
    let showsDomain = !domain.holds(defaultDomain)
    let showsProgram = !program.holds(defaultProgram)
    guard showsDomain || showsProgram else { return }
    line.append("[")
    if showsProgram { line.append(printable: program) }
    if showsDomain {
      line.append("@")
      line.append(printable: domain)
    }
    line.append("] ")
  }
}

extension [UInt8] {
  fileprivate mutating func append(member lead: StaticString, _ value: Span<UInt8>) {
    append(lead)
    append(json: value)
  }
}

extension Span<UInt8> {
  fileprivate func holds(_ bytes: [UInt8]) -> Bool {
    guard count == bytes.count else { return false }
    for index in indices where self[index] != bytes[index] { return false }
    return true
  }
}
