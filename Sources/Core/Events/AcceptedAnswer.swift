/// The 202 body of a single event. It keeps nothing of the request's text, so it can wait until the copies are durable.
package struct AcceptedAnswer: Sendable {
  package let id: EventID
  package let routes: Routes
  package let truncation: Truncation
  /// The members of `ignored`, as JSON; empty in the usual case.
  private let ignored: [UInt8]

  /// `routes` are the copies that are made, as in ``BodyEncoder/append(_:text:routes:to:)``.
  package init(_ event: EventDraft, text: Span<UInt8>, routes: Routes) {
    id = event.id
    self.routes = routes
    truncation = event.truncation
    var names: [UInt8] = []
    for name in event.ignored {
      if !names.isEmpty { names.append(",") }
      names.appendJSONString(text.extracting(name))
    }
    ignored = names
  }

  /// Appends the body. `isDuplicate`: the event had been accepted before and is not stored again.
  package func append(stored: StoredIn, isDuplicate: Bool = false, to bytes: inout [UInt8]) {
    bytes.append(#"{"id":""#)
    id.append(to: &bytes)
    bytes.append(#"","status":"accepted","stored":""#)
    bytes.append(stored.name)
    if isDuplicate { bytes.append(#"","duplicate":true"#) } else { bytes.append("\"") }
    // What nearly every answer ends with is one append.
    guard truncation.isEmpty, ignored.isEmpty else { return appendEnd(to: &bytes) }
    switch routes {
    case []: bytes.append(#","routes":[],"truncated":[],"ignored":[]}"#)
    case .logbeacon: bytes.append(#","routes":["logbeacon"],"truncated":[],"ignored":[]}"#)
    default: appendEnd(to: &bytes)
    }
  }

  private func appendEnd(to bytes: inout [UInt8]) {
    bytes.append(#","routes":["#)
    var separator: StaticString = "\""
    for route in Routes.all where routes.contains(route) {
      bytes.append(separator)
      bytes.append(route.name)
      separator = #"",""#
    }
    if !routes.isEmpty { bytes.append("\"") }
    bytes.append(#"],"truncated":["#)
    if truncation.contains(.message) { bytes.append(#""message""#) }
    if truncation == [.message, .extraInfo] { bytes.append(",") }
    if truncation.contains(.extraInfo) { bytes.append(#""extra_info""#) }
    bytes.append(#"],"ignored":["#)
    bytes.append(ignored.span)
    bytes.append("]}")
  }
}

extension StoredIn {
  /// The raw value as bytes that need no string.
  var name: StaticString {
    switch self {
    case .broker: "broker"
    case .spool: "spool"
    case .none: "none"
    }
  }
}
