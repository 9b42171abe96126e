/// The bytes that sign webhooks: what stands behind `whsec_` in base64 (Standard Webhooks), else the text itself.
package struct WebhookKey: Sendable, Equatable {
  package let bytes: [UInt8]

  package static let prefix = "whsec_"

  /// `nil` if what stands behind the prefix is not base64.
  package init?(_ text: String) {
    guard text.hasPrefix(Self.prefix) else {
      bytes = Array(text.utf8)
      return
    }
    guard let decoded = Base64.decode(text.utf8.dropFirst(Self.prefix.utf8.count)) else { return nil }
    bytes = decoded
  }
}
