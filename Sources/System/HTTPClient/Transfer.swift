import CCurl

/// One of libcurl's easy handles with what a request needs while it runs; used for one request after another.
///
/// Options that never change are set once, those that repeat (URL, method, timeout) only when they differ.
@safe final class Transfer {
  let easy: UnsafeMutableRawPointer
  /// A PEM file of authorities; `nil` for the system's.
  let caFile: String?
  private(set) var token: UInt64 = 0
  /// Index among the client's running transfers.
  var place = 0

  private var url: ParsedURL?
  private var method = ""
  private var timeout = -1
  private var lines: HeaderLines
  private var body = Bytes()
  private var startedAt = ContinuousClock.now
  private var head = ResponseHead()
  private var answer: [UInt8] = []
  private var isTooLarge = false
  private var isCut = false
  private let maxResponseBytes: Int

  init(options: HTTPClient.Options, caFile: String?) throws(HTTPClientError) {
    self.caFile = caFile
    maxResponseBytes = options.maxResponseBytes
    lines = HeaderLines(userAgent: options.userAgent)
    guard let easy = unsafe curl_easy_init() else {
      throw HTTPClientError(code: .other, description: "libcurl gave no handle")
    }
    unsafe self.easy = unsafe easy
    try setUp(options)
  }

  deinit { unsafe curl_easy_cleanup(easy) }

  /// The transfer that `easy` belongs to.
  static func of(_ easy: UnsafeMutableRawPointer) -> Transfer {
    guard let context = unsafe cc_easy_private(easy) else { preconditionFailure("a handle without its transfer") }
    return unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
  }

  /// Since ``prepare(_:_:token:)``.
  var age: Duration { startedAt.duration(to: .now) }

  /// Points the handle at a checked request.
  func prepare(_ request: HTTPRequest, _ url: ParsedURL, token: UInt64) throws(HTTPClientError) {
    self.token = token
    startedAt = .now
    if self.url !== url {
      try check(unsafe cc_easy_set_parsed_url(easy, url.handle))
      // What libcurl takes the request to be for where it asks for the text; it does not read it again.
      try set(CURLOPT_URL, url.text)
      self.url = url
    }
    if method != request.method { try set(method: request.method) }
    let milliseconds = max(1, min(request.timeout.wholeMilliseconds, Int(Int32.max)))
    if timeout != milliseconds {
      try set(CURLOPT_TIMEOUT_MS, milliseconds)
      timeout = milliseconds
    }
    try check(unsafe cc_easy_set_headers(easy, lines.set(request.headers, bodyBytes: request.body.count)))
    guard method != "GET", method != "HEAD" else { return }
    body.reset(capacity: request.body.count)
    body.append(request.body.span)
    try check(unsafe cc_easy_set_body(easy, body.start, Int64(body.count)))
  }

  /// What came of it. Call once, before ``forget()``.
  func completion(_ result: CURLcode, heads: inout HeadCache) -> HTTPClient.Completion {
    let duration = age
    // An answer whose body was cut is an answer: ending its transfer is what made libcurl report an error.
    if result == CURLE_OK || (isCut && !isTooLarge) {
      let status = unsafe Int(cc_easy_status(easy))
      let response = HTTPResponse(status: status, headers: heads.headers(of: head), body: answer)
      return HTTPClient.Completion(token: token, result: .success(response), duration: duration)
    }
    let error =
      isTooLarge
      ? HTTPClientError(
        code: .responseTooLarge, description: "the answer's head is too large", underlyingCode: Int(result.rawValue))
      : HTTPClientError(result, answerBegan: head.hasBegun, verification: unsafe cc_easy_verify_result(easy))
    return HTTPClient.Completion(token: token, result: .failure(error), duration: duration)
  }

  /// Drops the answer, so that an idle handle holds little.
  func forget() {
    head.removeAll()
    answer = []
    isTooLarge = false
    isCut = false
  }

  private func setUp(_ options: HTTPClient.Options) throws(HTTPClientError) {
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    try check(unsafe cc_easy_set_private(easy, context))
    try check(
      unsafe cc_easy_set_header_function(
        easy,
        { bytes, size, count, context in
          unsafe Transfer.receive(bytes, size * count, context) { $0.take(headLine: $1) }
        }, context))
    try check(
      unsafe cc_easy_set_write_function(
        easy,
        { bytes, size, count, context in
          unsafe Transfer.receive(bytes, size * count, context) { $0.take(body: $1) }
        }, context))
    try set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_PROTOCOLS_STR, options.allowsPlainHTTP ? "http,https" : "https")
    try set(CURLOPT_FOLLOWLOCATION, 0)
    try set(CURLOPT_PROXY, "")
    // With no list of exceptions given, the environment is searched for one with each request.
    try set(CURLOPT_NOPROXY, "*")
    try set(CURLOPT_TCP_NODELAY, 1)
    try set(CURLOPT_TCP_KEEPALIVE, 1)
    try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    // An HTTP/2 connection outlives the time-outs of its calls: one that hangs must not be used again for ever.
    try set(CURLOPT_MAXLIFETIME_CONN, HTTPClient.connectionLifeSeconds)
    try set(CURLOPT_HTTP09_ALLOWED, 0)
    try set(CURLOPT_SSL_VERIFYPEER, 1)
    try set(CURLOPT_SSL_VERIFYHOST, 2)
    try set(CURLOPT_CONNECTTIMEOUT_MS, max(1, min(options.connectTimeout.wholeMilliseconds, Int(Int32.max))))
    if let caFile { try set(CURLOPT_CAINFO, caFile) }
    try set(CURLOPT_CA_CACHE_TIMEOUT, HTTPClient.authorityCacheSeconds)
  }

  private func set(method: String) throws(HTTPClientError) {
    try set(CURLOPT_NOBODY, 0)
    try check(unsafe cc_easy_set_string(easy, CURLOPT_CUSTOMREQUEST, nil))
    switch method {
    case "GET": try set(CURLOPT_HTTPGET, 1)
    case "HEAD": try set(CURLOPT_NOBODY, 1)
    case "POST": try set(CURLOPT_POST, 1)
    default:
      try set(CURLOPT_POST, 1)
      try set(CURLOPT_CUSTOMREQUEST, method)
    }
    self.method = method
  }

  private func set(_ option: CURLoption, _ value: Int) throws(HTTPClientError) {
    try check(unsafe cc_easy_set_long(easy, option, value))
  }

  private func set(_ option: CURLoption, _ value: String) throws(HTTPClientError) {
    try check(unsafe value.withCString { unsafe cc_easy_set_string(easy, option, $0) })
  }

  private func check(_ code: CURLcode) throws(HTTPClientError) {
    guard code != CURLE_OK else { return }
    // The handle may be half set: what is remembered of it no longer counts.
    (url, method, timeout) = (nil, "", -1)
    throw HTTPClientError(code, answerBegan: true)
  }
}

extension Transfer {
  /// libcurl's callback: the number of bytes taken; any other number ends the transfer.
  private static func receive(
    _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
    _ take: (Transfer, borrowing Span<UInt8>) -> Bool
  ) -> Int {
    guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
    let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    let raw = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
    return unsafe take(transfer, raw.bindMemory(to: UInt8.self).span) ? count : 0
  }

  private func take(headLine: borrowing Span<UInt8>) -> Bool {
    if !head.append(headLine) { isTooLarge = true }
    return !isTooLarge
  }

  private func take(body: borrowing Span<UInt8>) -> Bool {
    let kept = min(body.count, maxResponseBytes - answer.count)
    unsafe body.extracting(first: kept).withUnsafeBufferPointer { unsafe answer.append(contentsOf: $0) }
    isCut = kept < body.count
    return !isCut
  }
}
