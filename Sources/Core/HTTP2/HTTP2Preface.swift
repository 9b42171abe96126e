/// The first bytes of a client that knows that we speak HTTP/2 (RFC 9113 §3.4). No HTTP/1.1 request begins with them.
package enum HTTP2Preface {
  package enum Verdict: Sendable, Equatable {
    case same
    /// All bytes so far agree, but they are too few.
    case undecided
    case other
  }

  package static let bytes = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  /// `first` came before `then`.
  package static func compare(_ first: [UInt8], _ then: Span<UInt8>) -> Verdict {
    let count = min(bytes.count, first.count + then.count)
    for index in 0..<count {
      let byte = index < first.count ? first[index] : then[index - first.count]
      if byte != bytes[index] { return .other }
    }
    return count == bytes.count ? .same : .undecided
  }
}
