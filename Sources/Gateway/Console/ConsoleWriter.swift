import Platform

/// The body of the thread `console`: carries the backlog to standard output, without ever waiting for the reader alone.
struct ConsoleWriter: Sendable {
  let backlog: ConsoleBacklog
  let output: OutputDescriptor
  /// Signalled when a sleeping thread has lines, and when the console stops.
  let wakeup: Wakeup
  let stop: ConsoleStop

  /// After a write the thread rests, so that a busy process pays for two hundred wake-ups a second, not for each line.
  private static let restMilliseconds: Int32 = 5

  func run() {
    var isMidLine = false
    while true {
      switch backlog.next() {
      case .write(let lines):
        write(lines, &isMidLine)
        if lines.count < output.pieceBytes && !stop.isRequested { wakeup.wait(milliseconds: Self.restMilliseconds) }
      case .sleep:
        wakeup.wait(milliseconds: -1)
      case .end:
        return
      }
    }
  }

  /// Writes `lines`; what a broken or, at the end, a full output does not take is dropped and counted.
  private func write(_ lines: [UInt8], _ isMidLine: inout Bool) {
    var position = 0
    defer { backlog.release(bytes: lines.count) }
    // A line whose end was lost is ended before others follow it.
    if isMidLine, case .wrote(1) = output.write([UInt8(ascii: "\n")], 0..<1) { isMidLine = false }
    while position < lines.count {
      switch output.write(lines, position..<end(of: lines, from: position)) {
      case .wrote(let count):
        position += count
        if count > 0 { isMidLine = lines[position - 1] != UInt8(ascii: "\n") }
      case .full:
        let left = stop.millisecondsLeft
        if left == 0 { return backlog.drop(lines: lines[position...].lines) }
        output.waitForRoom(or: wakeup, milliseconds: left)
      case .failed:
        return backlog.drop(lines: lines[position...].lines)
      }
    }
  }

  /// The end of the next piece: whole lines where one fits.
  private func end(of lines: [UInt8], from position: Int) -> Int {
    let limit = position + output.pieceBytes
    guard limit < lines.count else { return lines.count }
    return (lines[position..<limit].lastIndex(of: UInt8(ascii: "\n")) ?? limit - 1) + 1
  }
}
