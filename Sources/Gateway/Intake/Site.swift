package import Core

/// What one kind of listener serves.
struct Site: Sendable {
  let router: Router
  /// The listener for operators, which has rules of its own for who may ask.
  let isAdmin: Bool
  /// Connections speak TLS where the settings have a certificate: public ones over TCP.
  var offersTLS = false
}

/// The answer to a page that does not depend on the request.
package struct Page: Sendable {
  package var status: HTTPStatus
  package var mediaType: ResponseHead.MediaType
  package var body: [UInt8]
  /// What a browser may do with it; see `ResponseHead`.
  package var contentPolicy: [UInt8]?

  package init(status: HTTPStatus, mediaType: ResponseHead.MediaType, body: [UInt8]) {
    self.status = status
    self.mediaType = mediaType
    self.body = body
  }
}

/// Makes the pages of both listeners. Called on a loop's thread: it must not block.
package typealias PageMaker = @Sendable (_ endpoint: Router.Endpoint, _ isAdmin: Bool) -> Page
