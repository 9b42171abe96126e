/// Samples as Prometheus' text format 0.0.4 writes them.
///
/// A family is begun once and its samples follow; families may be without samples.
package struct Exposition: Sendable {
  package static let contentType: StaticString = "text/plain; version=0.0.4; charset=utf-8"

  package private(set) var bytes: [UInt8] = []
  private var family: MetricFamily?

  package init() {}

  package mutating func begin(_ family: MetricFamily) {
    self.family = family
    bytes.append("# HELP ")
    append(family.name)
    bytes.append(UInt8(ascii: " "))
    appendEscaped(family.help, quotes: false)
    bytes.append("\n# TYPE ")
    append(family.name)
    bytes.append(UInt8(ascii: " "))
    append(family.kind.rawValue)
    bytes.append(UInt8(ascii: "\n"))
  }

  /// The one sample of the family begun last, which has no labels.
  package mutating func sample(_ value: Int) {
    sample([], value)
  }

  /// One sample of the family begun last. `labels` are the values, in the family's order.
  package mutating func sample(_ labels: [String], _ value: Int) {
    appendSeries(labels, suffix: "")
    bytes.append(decimal: value)
    bytes.append(UInt8(ascii: "\n"))
  }

  /// The buckets, sum and count of one histogram of the family begun last.
  package mutating func histogram(_ labels: [String], _ snapshot: HistogramSnapshot) {
    var cumulative = 0
    for (index, count) in snapshot.counts.enumerated() {
      cumulative += count
      appendSeries(labels, suffix: "_bucket", bound: index)
      bytes.append(decimal: cumulative)
      bytes.append(UInt8(ascii: "\n"))
    }
    appendSeries(labels, suffix: "_sum")
    bytes.append(seconds: snapshot.sumNanoseconds)
    bytes.append(UInt8(ascii: "\n"))
    appendSeries(labels, suffix: "_count")
    bytes.append(decimal: cumulative)
    bytes.append(UInt8(ascii: "\n"))
  }

  /// The name, the labels in braces, a blank. `bound` is a bucket's number.
  private mutating func appendSeries(_ labels: [String], suffix: StaticString, bound: Int? = nil) {
    guard let family else { preconditionFailure("a family is begun before its samples") }
    precondition(labels.count == family.labels.count, "\(family.name) has the labels \(family.labels)")
    append(family.name)
    bytes.append(suffix)
    var separator = UInt8(ascii: "{")
    for (name, value) in zip(family.labels, labels) {
      bytes.append(separator)
      append(name)
      bytes.append("=\"")
      appendEscaped(value, quotes: true)
      bytes.append(UInt8(ascii: "\""))
      separator = UInt8(ascii: ",")
    }
    if let bound {
      bytes.append(separator)
      bytes.append("le=\"")
      if bound < HistogramBuckets.count {
        bytes.append(seconds: HistogramBuckets.bounds[bound])
      } else {
        bytes.append("+Inf")
      }
      bytes.append(UInt8(ascii: "\""))
      separator = UInt8(ascii: ",")
    }
    if separator == UInt8(ascii: ",") { bytes.append(UInt8(ascii: "}")) }
    bytes.append(UInt8(ascii: " "))
  }

  private mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  /// Backslash and line feed are escaped in help texts, the quote in label values too.
  private mutating func appendEscaped(_ text: String, quotes: Bool) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): bytes.append("\\\\")
      case UInt8(ascii: "\n"): bytes.append("\\n")
      case UInt8(ascii: "\"") where quotes: bytes.append("\\\"")
      default: bytes.append(byte)
      }
    }
  }
}

extension [UInt8] {
  /// Appends a duration, at least 0, in seconds, exact, without trailing zeros: `0.0025`, `10`.
  fileprivate mutating func append(seconds nanoseconds: Int) {
    append(decimal: nanoseconds / 1_000_000_000)
    var fraction = nanoseconds % 1_000_000_000
    guard fraction > 0 else { return }
    append(UInt8(ascii: "."))
    var unit = 100_000_000
    while fraction > 0 {
      append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction / unit))
      fraction %= unit
      unit /= 10
    }
  }
}
