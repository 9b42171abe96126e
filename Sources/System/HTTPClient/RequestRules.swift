/// What a request must hold to before libcurl sees it.
struct RequestRules {
  let allowsPlainHTTP: Bool

  /// Method, headers and body. Throws `.invalidRequest` with a sentence that shows nothing of the request's values.
  func check(_ request: HTTPRequest) throws(HTTPClientError) {
    guard Self.isToken(request.method) else { throw .refused("the method is not a token (RFC 9110 §5.6.2)") }
    if !request.body.isEmpty, request.method == "GET" || request.method == "HEAD" {
      throw .refused("GET and HEAD carry no body")
    }
    for (name, value) in request.headers { try Self.checkHeader(name, value) }
  }

  /// Throws likewise.
  func check(url: String) throws(HTTPClientError) {
    let scheme = url.utf8.prefix(8).map { $0 | 0x20 }
    if !scheme.elementsEqual("https://".utf8) {
      guard scheme.starts(with: "http://".utf8) else {
        throw .refused("the URL does not begin with http:// or https://")
      }
      guard allowsPlainHTTP else { throw .refused("plain HTTP is not allowed here, only https://") }
    }
    // Also stops what would end a C string early.
    guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
      throw .refused("the URL holds a blank or a control character")
    }
  }

  private static func checkHeader(_ name: String, _ value: String) throws(HTTPClientError) {
    guard isToken(name) else { throw .refused("a header's name is not a token (RFC 9110 §5.1)") }
    let bytes = value.utf8Span.span
    for index in bytes.indices where bytes[index] == 0x0D || bytes[index] == 0x0A || bytes[index] == 0 {
      throw .refused("a header's value holds CR, LF or NUL")
    }
    let length = name.utf8.count
    guard length == 14 || length == 17 else { return }
    let lowered = name.lowercased()
    if lowered == "content-length" || lowered == "transfer-encoding" {
      throw .refused("Content-Length and Transfer-Encoding are not the caller's to set")
    }
  }

  private static func isToken(_ text: String) -> Bool {
    let bytes = text.utf8Span.span
    let isAllowed = tokenBytes
    for index in bytes.indices where !isAllowed[Int(bytes[index])] { return false }
    return !bytes.isEmpty
  }

  /// RFC 9110 §5.6.2 `tchar`.
  private static let tokenBytes: [Bool] = {
    var table = [Bool](repeating: false, count: 256)
    for byte in "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8 {
      table[Int(byte)] = true
    }
    return table
  }()
}
