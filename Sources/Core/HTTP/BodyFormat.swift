/// How the body of a `POST /log` is to be read, from what its head says.
package enum BodyFormat: UInt8, Sendable, Equatable {
  /// One JSON text: an object or an array.
  case value
  /// NDJSON, an object a line.
  case lines

  package enum Verdict: Sendable, Equatable {
    case format(BodyFormat)
    /// Neither Content-Length nor chunks: 411.
    case lengthRequired
    /// Neither of the two types, and not what curl sends of its own accord: 415.
    case unsupportedType

    /// The problem to be answered; `nil` for a format.
    package var problem: (kind: Problem.Kind, detail: StaticString)? {
      switch self {
      case .format: nil
      case .lengthRequired:
        (.lengthRequired, "The request has no body; send Content-Length or chunks.")
      case .unsupportedType:
        (.unsupportedMediaType, "Content-Type must be application/json or application/x-ndjson, in UTF-8.")
      }
    }
  }

  /// `bytes` is the message, `body` the whole body without its content coding.
  ///
  /// A missing type and curl's default, `application/x-www-form-urlencoded`, are taken for JSON when the body begins with
  /// `{` or `[` and the request has no Origin: no page in a browser can send such a request without being asked first.
  package static func of(_ head: RequestHead, in bytes: Span<UInt8>, body: Span<UInt8>) -> Verdict {
    if head.framing == .none { return .lengthRequired }
    guard let field = head.contentType else { return guess(head, body) }
    let type = bytes.trimmed(field.lowerBound..<(bytes.firstIndex(of: semicolon, in: field) ?? field.upperBound))
    if bytes.matches(type, ignoringCase: "application/x-www-form-urlencoded") { return guess(head, body) }
    let format: BodyFormat
    if bytes.matches(type, ignoringCase: "application/json") {
      format = .value
    } else if bytes.matches(type, ignoringCase: "application/x-ndjson") {
      format = .lines
    } else {
      return .unsupportedType
    }
    return isUTF8(bytes, parameters: type.upperBound..<field.upperBound) ? .format(format) : .unsupportedType
  }

  private static let semicolon = UInt8(ascii: ";")

  private static func guess(_ head: RequestHead, _ body: Span<UInt8>) -> Verdict {
    if head.origin != nil { return .unsupportedType }
    var index = 0
    while index < body.count, body[index].isFieldBlank || body[index] == 10 || body[index] == 13 { index += 1 }
    guard index < body.count else { return .unsupportedType }
    let opens = body[index] == UInt8(ascii: "{") || body[index] == UInt8(ascii: "[")
    return opens ? .format(.value) : .unsupportedType
  }

  /// A charset must be UTF-8; other parameters say nothing of how to read the body (RFC 9110 §8.3).
  private static func isUTF8(_ bytes: Span<UInt8>, parameters: Range<Int>) -> Bool {
    var rest = parameters
    while let mark = bytes.firstIndex(of: semicolon, in: rest) {
      rest = (mark + 1)..<rest.upperBound
      let parameter = bytes.trimmed(rest.lowerBound..<(bytes.firstIndex(of: semicolon, in: rest) ?? rest.upperBound))
      guard let equals = bytes.firstIndex(of: UInt8(ascii: "="), in: parameter),
        bytes.matches(parameter.lowerBound..<equals, ignoringCase: "charset")
      else { continue }
      let value = (equals + 1)..<parameter.upperBound
      guard bytes.matches(value, ignoringCase: "utf-8") || bytes.matches(value, ignoringCase: "\"utf-8\"") else {
        return false
      }
    }
    return true
  }
}
