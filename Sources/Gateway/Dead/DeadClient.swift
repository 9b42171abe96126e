package import Core

/// Asks the admin listener of a running gateway about its dead letters, one request after another.
package final class DeadClient {
  /// The longest wait for one answer: the gateway itself waits for its broker.
  private static let timeout = Duration.seconds(60)

  private let client: AdminClient
  private let reader = AnswerReader()
  private let listing = DeadListing()

  /// `url` is the admin listener's; `nil`: the first of `admin.listen` that can be called.
  package init(_ settings: Settings, url: String?) throws(AdminClientError) {
    client = try AdminClient(
      settings, url: url, timeout: Self.timeout, purpose: "dead",
      hint: "beacongate spool ls reads a stopped one's letters")
  }

  /// A page of the list. `parameters` are those of `GET /api/dead`.
  package func list(_ parameters: [(name: String, value: String)]) throws(AdminClientError) -> DeadListing.Page {
    let query = parameters.map { "\($0.name)=\(Self.encoded($0.value))" }.joined(separator: "&")
    let body = try client.ask("GET", "/api/dead\(query.isEmpty ? "" : "?\(query)")")
    guard let page = listing.page(body) else { throw AdminClient.stranger }
    return page
  }

  /// One letter: its row, and the whole answer.
  package func show(_ key: String) throws(AdminClientError) -> (row: DeadListing.Row, json: [UInt8]) {
    let body = try client.ask("GET", "/api/dead/\(Self.encoded(key))", isMissingRefusal: true)
    guard let row = listing.row(body) else { throw AdminClient.stranger }
    return (row, body)
  }

  /// What one request of a replay or purge came to.
  package struct Change: Sendable {
    package let count: Int
    package let cursor: String?
    package let unseen: Int
  }

  /// `members` are those of the body, as JSON text.
  package func change(
    _ task: DeadOrder.Task, _ members: [(name: String, json: String)]
  ) throws(AdminClientError) -> Change {
    let text = members.map { "\"\($0.name)\":\($0.json)" }.joined(separator: ",")
    let body = try client.ask(
      task == .purge ? "DELETE" : "POST", task == .purge ? "/api/dead" : "/api/dead/replay", Array("{\(text)}".utf8))
    guard let count = reader.integer(at: [task == .purge ? "purged" : "replayed"], in: body),
      let unseen = reader.integer(at: ["unseen"], in: body)
    else { throw AdminClient.stranger }
    return Change(count: Int(count), cursor: reader.string(at: ["cursor"], in: body), unseen: Int(unseen))
  }

  /// RFC 3986 §2.3: all but unreserved characters is percent-encoded.
  private static func encoded(_ text: String) -> String {
    text.utf8.reduce(into: "") { result, byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%\(digits.count == 1 ? "0" : "")\(digits)"
      }
    }
  }
}
