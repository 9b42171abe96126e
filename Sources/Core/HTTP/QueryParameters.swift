/// The parameters of a request's query: `name=value` pairs between `&`, percent-encoded UTF-8, each name once.
package enum QueryParameters {
  /// Those of `query`, which is without its `?`, in their order.
  package static func read(_ query: String) throws(QueryProblem) -> [(name: String, value: String)] {
    var parameters: [(name: String, value: String)] = []
    var seen: Set<String> = []
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = decoded(parts[0]), let value = decoded(parts.count > 1 ? parts[1] : "") else {
        throw QueryProblem("the query is not percent-encoded UTF-8.")
      }
      guard seen.insert(name).inserted else { throw QueryProblem("a parameter is given twice.") }
      parameters.append((name, value))
    }
    return parameters
  }

  /// RFC 3986 §2.1; `nil` if it is no UTF-8.
  private static func decoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var left = text.utf8[...]
    while let byte = left.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard left.count >= 2, let value = UInt8(Substring(left.prefix(2)), radix: 16) else { return nil }
      bytes.append(value)
      left = left.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}

/// Why a query is not understood: a sentence for whoever sent it, which repeats nothing of it.
package struct QueryProblem: Error, Sendable, Equatable {
  package let detail: String

  package init(_ detail: String) {
    self.detail = detail
  }
}
