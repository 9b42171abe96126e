/// What `GET /api/tail` is made of: server-sent events (HTML Living Standard §9.2).
///
/// Nothing here can be broken by what clients write: an id has no line end (`EventID`), and data is one line of JSON, in which
/// line ends are escaped.
package enum TailFrames {
  /// Sent when nothing else is, so that what lies between sees life, and a reader that has gone is noticed.
  package static let keepAlive: StaticString = ": keep-alive\n\n"
  /// The first thing that a reader gets: the head alone does not reach everyone's code.
  package static let opening: StaticString = ": events follow as they are accepted\n\n"
  /// The gateway stops; what follows is the end of the stream.
  package static let end: StaticString = "event: end\ndata: {}\n\n"

  /// Appends an event whose body, a JSON object without line ends, `writeBody` appends.
  package static func append(_ id: EventID, to bytes: inout [UInt8], body writeBody: (inout [UInt8]) -> Void) {
    bytes.append("id: ")
    id.append(to: &bytes)
    bytes.append("\nevent: event\ndata: ")
    writeBody(&bytes)
    bytes.append("\n\n")
  }

  /// Appends how many events the reader has missed since what it was sent before.
  package static func append(dropped count: Int, to bytes: inout [UInt8]) {
    bytes.append("event: dropped\ndata: {\"dropped\":")
    bytes.append(decimal: count)
    bytes.append("}\n\n")
  }
}
