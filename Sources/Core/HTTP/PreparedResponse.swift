/// The head of the one answer that most requests get, made once a second and copied per request.
package struct PreparedResponse: Sendable {
  /// An answer whose body is being appended.
  package struct Open: Sendable {
    let length: LengthField
  }

  private let status: HTTPStatus
  private let mediaType: ResponseHead.MediaType
  private var fields: [UInt8] = []

  package init(_ status: HTTPStatus, _ mediaType: ResponseHead.MediaType, date: ResponseDate) {
    self.status = status
    self.mediaType = mediaType
    renew(date: date)
  }

  /// Takes over a new second.
  package mutating func renew(date: ResponseDate) {
    fields.removeAll(keepingCapacity: true)
    let head = ResponseHead(status, mediaType, connection: .persistent)
    ResponseWriter.appendFields(head, date: date, to: &fields)
  }

  /// Appends what was prepared, and what is `head`'s own; the caller appends the body and then calls `end`, nothing else in between.
  package func begin(_ head: ResponseHead, in bytes: inout [UInt8]) -> Open {
    bytes.append(fields.span)
    ResponseWriter.appendOwn(head, to: &bytes)
    return Open(length: LengthField(at: &bytes))
  }

  /// Everything behind the head is the body: its length is written into the head.
  package func end(_ open: Open, in bytes: inout [UInt8]) {
    open.length.set(bytes.count - open.length.bodyStart, in: &bytes)
  }
}
