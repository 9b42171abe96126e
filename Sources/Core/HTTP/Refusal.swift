/// Why a request is not read on: a closed set, fit for a metric label. After one the connection is always closed.
package enum Refusal: String, Error, Sendable, CaseIterable {
  case requestLine = "request_line"
  case target
  case lineEnding = "line_ending"
  case foldedField = "folded_field"
  case fieldName = "field_name"
  case fieldValue = "field_value"
  case missingHost = "missing_host"
  case invalidHost = "invalid_host"
  case hostMismatch = "host_mismatch"
  case repeatedField = "repeated_field"
  case contentLength = "content_length"
  case lengthAndEncoding = "length_and_encoding"
  case transferEncoding = "transfer_encoding"
  case chunkSize = "chunk_size"
  case chunkExtension = "chunk_extension"
  case chunkEnd = "chunk_end"
  case bodyTooLarge = "body_too_large"
  case targetTooLong = "target_too_long"
  case expectation
  case headTooLarge = "head_too_large"
  case tooManyFields = "too_many_fields"
  case trailersTooLarge = "trailers_too_large"
  case method
  case transferCoding = "transfer_coding"
  case version

  package var kind: Problem.Kind {
    switch self {
    case .bodyTooLarge: .contentTooLarge
    case .targetTooLong: .targetTooLong
    case .expectation: .expectationFailed
    case .headTooLarge, .tooManyFields, .trailersTooLarge: .headerTooLarge
    case .method, .transferCoding: .notImplemented
    case .version: .versionNotSupported
    default: .malformedRequest
    }
  }

  /// The sentence that the client reads.
  package var detail: StaticString {
    switch self {
    case .requestLine: "The request line is not a method, a target and HTTP/1.1, parted by single spaces."
    case .target: "The request target is not valid."
    case .lineEnding: "Lines end with CR LF; a CR or LF alone is not accepted."
    case .foldedField: "A header line begins with a blank; folded lines are not accepted."
    case .fieldName: "A header name is empty, holds an invalid character or is not followed by a colon."
    case .fieldValue: "A header value holds a control character."
    case .missingHost: "The Host header is missing."
    case .invalidHost: "The Host header is not a valid host and port."
    case .hostMismatch: "The Host header and the request target name different hosts."
    case .repeatedField: "A header that may be sent once only was sent twice."
    case .contentLength: "Content-Length is not a single decimal number."
    case .lengthAndEncoding: "Content-Length and Transfer-Encoding were both sent."
    case .transferEncoding: "Transfer-Encoding must be exactly 'chunked', and needs HTTP/1.1."
    case .chunkSize: "A chunk size is not a hexadecimal number of at most 16 digits."
    case .chunkExtension: "A chunk extension is not valid, or the extensions are too long."
    case .chunkEnd: "Chunk data is not followed by CR LF."
    case .bodyTooLarge: "The body is larger than http.max_body_bytes."
    case .targetTooLong: "The request target is too long."
    case .expectation: "The only expectation that is met is 100-continue."
    case .headTooLarge: "The header section is larger than http.max_header_bytes."
    case .tooManyFields: "There are more headers than http.max_headers."
    case .trailersTooLarge: "The trailer section is too large."
    case .method: "The method is not implemented."
    case .transferCoding: "No transfer coding but 'chunked' is implemented."
    case .version: "Only HTTP/1.1 and HTTP/1.0 are spoken here."
    }
  }
}
