/// `beacongate top`: a reading as lines of a terminal.
package struct TopScreen: Sendable {
  package var reading: TopReading
  /// `nil` before there is a second reading: rates are not known then.
  package var rates: TopRates?
  /// Where the reading comes from.
  package var address: String
  /// Why the reading is an old one; `nil` while the gateway answers.
  package var trouble: String?

  package init(_ reading: TopReading, rates: TopRates? = nil, address: String, trouble: String? = nil) {
    self.reading = reading
    self.rates = rates
    self.address = address
    self.trouble = trouble
  }

  /// All there is to say.
  package var lines: [TerminalLine] {
    var lines = [head]
    if let trouble { lines.append(TerminalLine(trouble, .bad)) }
    lines += [flow, spool, TerminalLine()] + checks + [TerminalLine()] + queues
    return lines
  }

  /// What fits a terminal of `height` lines; the last one says what is left out, and `keys`.
  package func lines(height: Int, keys: String) -> [TerminalLine] {
    let all = lines
    guard height > 1 else { return Array(all.prefix(max(0, height))) }
    let room = height - 1
    let hidden = max(0, all.count - room)
    let foot = hidden > 0 ? "\(keys)   \(hidden) more lines: make the window larger" : keys
    let blanks = Array(repeating: TerminalLine(), count: max(0, room - all.count))
    return all.prefix(room) + blanks + [TerminalLine(foot, .faint)]
  }

  // MARK: Parts

  private var head: TerminalLine {
    var line = TerminalLine("beacongate \(reading.version)", .strong)
    line.add("  role \(reading.role)  up \(Self.time(reading.uptimeSeconds))  health ")
    line.add(reading.status, Self.style(reading.status))
    if let detail = reading.detail { line.add("  \(detail)") }
    line.add("  \(address)", .faint)
    return line
  }

  private var flow: TerminalLine {
    var line = TerminalLine()
    for (name, counter) in Self.counters {
      if line.width > 0 { line.add("   ") }
      line.add("\(name) ")
      line.add(Self.grouped(counter(reading)), .strong)
      line.add(" \(rate(counter))/s", .faint)
    }
    line.add("   connections \(Self.grouped(reading.connections))")
    return line
  }

  private static let counters: [(String, @Sendable (TopReading) -> Int)] = [
    ("accepted", { $0.accepted }), ("rejected", { $0.rejected }), ("delivered", { $0.count("delivered") }),
    ("failed", { $0.count("failed") }),
  ]

  private var spool: TerminalLine {
    var text = "store \(Self.grouped(reading.spoolEvents)) copies, \(Self.size(reading.spoolBytes))"
    if let limit = reading.spoolLimitBytes { text += " of \(Self.size(limit))" }
    if reading.oldestSeconds > 0 { text += ", the oldest \(Self.time(reading.oldestSeconds))" }
    return TerminalLine(text)
  }

  private var checks: [TerminalLine] {
    let width = max(6, reading.checks.map(\.name.utf8.count).max() ?? 0) + 2
    return [Self.title(["CHECK", "STATUS", "DETAIL"], [0, width, width + 8])]
      + reading.checks.map { check in
        var line = TerminalLine(check.name)
        line.tab(to: width)
        line.add(check.status, Self.style(check.status))
        line.tab(to: width + 8)
        line.add(check.detail)
        return line
      }
  }

  private var queues: [TerminalLine] {
    let sinks = Set(reading.queues.map { "\($0.sink) \($0.domain)" })
    let stoodIn = Set(
      reading.deliveries.lazy.filter { $0.count > 0 && !sinks.contains("\($0.sink) \($0.domain)") }.map {
        "\($0.domain) \($0.sink)"
      })
    let width = (reading.queues.map(\.name.utf8.count) + stoodIn.map(\.utf8.count) + [5]).max() ?? 5
    var lines = [Self.row(["QUEUE", "WAITING", "DEAD", "DELIVERED", "PER S", "FAILED"], first: width, .faint)]
    for queue in reading.queues {
      let delivered = { (reading: TopReading) in reading.count("delivered", sink: queue.sink, domain: queue.domain) }
      let failed = reading.count("failed", sink: queue.sink, domain: queue.domain)
      var line = Self.row(
        [
          queue.name, Self.grouped(queue.messages), Self.grouped(queue.dead), Self.grouped(delivered(reading)),
          rate(delivered), Self.grouped(failed),
        ], first: width)
      if queue.isBreakerOpen { line.add("  breaker open", .bad) }
      if queue.paused > 0 { line.add("  \(queue.paused) paused", .warning) }
      if queue.dead > 0 { line.add("  dead letters", .warning) }
      lines.append(line)
    }
    for name in stoodIn.sorted() {
      let parts = name.split(separator: " ").map(String.init)
      guard parts.count == 2 else { continue }
      let delivered = { (reading: TopReading) in reading.count("delivered", sink: parts[1], domain: parts[0]) }
      lines.append(
        Self.row([name, "-", "-", Self.grouped(delivered(reading)), rate(delivered), "-"], first: width))
    }
    return lines
  }

  // MARK: Words

  private func rate(_ counter: (TopReading) -> Int) -> String {
    rates?.perSecond(reading, counter).map(Self.decimal) ?? "-"
  }

  private static func title(_ words: [String], _ columns: [Int]) -> TerminalLine {
    var line = TerminalLine()
    for (word, column) in zip(words, columns) {
      if column > 0 { line.tab(to: column) }
      line.add(word, .faint)
    }
    return line
  }

  /// The first cell to the left, the others to the right of their columns.
  private static func row(_ cells: [String], first: Int, _ style: TerminalLine.Style = .plain) -> TerminalLine {
    var line = TerminalLine(cells[0], style)
    var column = first
    for cell in cells.dropFirst() {
      column += 11
      line.tab(to: column - cell.utf8.count)
      line.add(cell, style)
    }
    return line
  }

  private static func style(_ status: String) -> TerminalLine.Style {
    switch status {
    case "pass": .good
    case "warn": .warning
    default: .bad
    }
  }

  /// `1,234,567`.
  static func grouped(_ number: Int) -> String {
    var text = ""
    for (place, digit) in String(number.magnitude).reversed().enumerated() {
      if place > 0, place % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (number < 0 ? "-" : "") + String(text.reversed())
  }

  /// One place behind the point below ten, none above.
  static func decimal(_ rate: Double) -> String {
    guard rate < 9.95 else { return grouped(Int(min(rate, 1e15).rounded())) }
    let tenths = Int((rate * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// The two largest units: `3d 4h`.
  static func time(_ seconds: Int) -> String {
    let units = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")]
    guard let first = units.firstIndex(where: { seconds >= $0.0 }) else { return "0s" }
    let (size, name) = units[first]
    let rest = seconds % size
    guard first + 1 < units.count, rest >= units[first + 1].0 else { return "\(seconds / size)\(name)" }
    return "\(seconds / size)\(name) \(rest / units[first + 1].0)\(units[first + 1].1)"
  }

  /// In the largest unit that it fills: `1.5 MiB`.
  static func size(_ bytes: Int) -> String {
    let units = [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
    guard let (size, name) = units.first(where: { bytes >= $0.0 }) else { return "\(bytes) B" }
    return "\(decimal(Double(bytes) / Double(size))) \(name)"
  }
}
