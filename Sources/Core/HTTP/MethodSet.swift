/// The methods that a resource takes.
package struct MethodSet: OptionSet, Sendable, Hashable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// `other` is in no set.
  package init(_ method: HTTPMethod) {
    self.init(rawValue: method == .other ? 0 : 1 << method.rawValue)
  }

  package static let get = MethodSet(.get)
  package static let head = MethodSet(.head)
  package static let post = MethodSet(.post)
  package static let put = MethodSet(.put)
  package static let delete = MethodSet(.delete)
  package static let options = MethodSet(.options)
  package static let patch = MethodSet(.patch)

  /// Appends the value of an Allow field: `GET, HEAD, OPTIONS`.
  package func append(to bytes: inout [UInt8]) {
    var isFirst = true
    for method in HTTPMethod.allCases where method != .other && contains(MethodSet(method)) {
      if !isFirst { bytes.append(", ") }
      bytes.append(method.name)
      isFirst = false
    }
  }
}
