/// The samples of a Prometheus text (format 0.0.4), by name and labels. Lines that are none are passed over.
package struct MetricSamples: Sendable, Equatable {
  package struct Sample: Sendable, Equatable {
    package let name: String
    package let labels: [String: String]
    package let value: Int
  }

  /// Whole numbers only: counters and gauges of copies.
  package let samples: [Sample]

  package init(parsing text: [UInt8]) {
    samples = text.split(separator: UInt8(ascii: "\n")).compactMap { line in
      line.first == UInt8(ascii: "#") ? nil : Self.sample(line)
    }
  }

  /// Those of a family whose labels have these values.
  package func values(_ name: String, _ labels: [String: String] = [:]) -> [Sample] {
    samples.filter { sample in sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value } }
  }

  /// Their sum; `nil` if there is none.
  package func sum(_ name: String, _ labels: [String: String] = [:]) -> Int? {
    let found = values(name, labels)
    return found.isEmpty ? nil : found.reduce(0) { $0.addingReportingOverflow($1.value).partialValue }
  }

  private static func sample(_ line: ArraySlice<UInt8>) -> Sample? {
    let name = line.prefix { $0 != UInt8(ascii: "{") && $0 != UInt8(ascii: " ") }
    var rest = line[name.endIndex...]
    var labels: [String: String] = [:]
    if rest.first == UInt8(ascii: "{") {
      rest = rest.dropFirst()
      while let byte = rest.first, byte != UInt8(ascii: "}") {
        guard let (label, value, tail) = label(rest) else { return nil }
        labels[label] = value
        rest = tail.first == UInt8(ascii: ",") ? tail.dropFirst() : tail
      }
      rest = rest.dropFirst()
    }
    guard let value = Int(String(decoding: rest, as: UTF8.self).filter { $0 != " " }) else { return nil }
    return Sample(name: String(decoding: name, as: UTF8.self), labels: labels, value: value)
  }

  /// `name="value"`, in which backslash, quote and line feed are escaped.
  private static func label(_ text: ArraySlice<UInt8>) -> (String, String, ArraySlice<UInt8>)? {
    let name = text.prefix { $0 != UInt8(ascii: "=") }
    var rest = text[name.endIndex...].dropFirst()
    guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
    var value: [UInt8] = []
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\""):
        return (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self), rest)
      case UInt8(ascii: "\\"):
        guard let escaped = rest.popFirst() else { return nil }
        value.append(escaped == UInt8(ascii: "n") ? UInt8(ascii: "\n") : escaped)
      default: value.append(byte)
      }
    }
    return nil
  }
}
