/// Everything that the doctor has found, in order.
package struct Diagnosis: Sendable, Equatable {
  package private(set) var findings: [Finding] = []

  package init() {}

  package static func += (diagnosis: inout Self, findings: [Finding]) {
    diagnosis.findings += findings
  }

  /// The worst of all.
  package var status: Finding.Status {
    if findings.contains(where: { $0.status == .fail }) { return .fail }
    return findings.contains { $0.status == .warn } ? .warn : .ok
  }

  /// What the worst failure is; `nil` if there is none. Wrong settings come first: mending them may mend the rest.
  package var cause: Finding.Cause? {
    let causes = findings.filter { $0.status == .fail }.map(\.cause)
    return causes.contains(.configuration) ? .configuration : causes.first
  }

  /// A finding as a line for people; what peers say cannot act in it.
  package static func line(_ finding: Finding) -> [UInt8] {
    var line = Array("\(finding.status.rawValue)\(finding.status == .ok ? "   " : " ")".utf8)
    line.append(printable: Array("\(finding.topic): \(finding.text)".utf8).span)
    line.append(UInt8(ascii: "\n"))
    return line
  }

  /// All of it as one JSON object with a line feed.
  package func json(exitCode: Int) -> [UInt8] {
    var text = Array(#"{"status":"\#(status.rawValue)","exit_code":\#(exitCode),"findings":["#.utf8)
    for (index, finding) in findings.enumerated() {
      text.append(index == 0 ? #"{"status":""# : #",{"status":""#)
      text.append(contentsOf: finding.status.rawValue.utf8)
      text.append(#"","topic":"#)
      text.appendJSONString(Array(finding.topic.utf8).span)
      text.append(#","text":"#)
      text.appendJSONString(Array(finding.text.utf8).span)
      text.append("}")
    }
    text.append("]}\n")
    return text
  }
}
