/// What travels beside a message's body (AMQP 0-9-1 §4.2.6, basic class). Absent fields are `nil`.
package struct AMQPProperties: Sendable, Equatable {
  package var messageID: String?
  package var appID: String?
  package var type: String?
  package var contentType: String?
  /// Unix seconds.
  package var timestamp: UInt64?
  package var headers: AMQPHeaders

  /// Short strings (all but the headers' values) are sent up to ``maxShortStringBytes``.
  package init(
    messageID: String? = nil, appID: String? = nil, type: String? = nil, contentType: String? = nil,
    timestamp: UInt64? = nil, headers: AMQPHeaders = [:]
  ) {
    self.messageID = messageID
    self.appID = appID
    self.type = type
    self.contentType = contentType
    self.timestamp = timestamp
    self.headers = headers
  }

  /// The protocol's limit for a short string, in bytes.
  package static let maxShortStringBytes = 255
}
