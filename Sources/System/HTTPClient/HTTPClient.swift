import CCurl

/// Many requests at a time over libcurl's multi interface, on one thread, over kept connections; HTTP/2
/// where a server offers it by ALPN.
///
/// Confined to the thread that makes it; other threads reach it only through its ``waker``. Redirects are not followed,
/// certificates are verified, no proxy and no cookie is used. A request that goes out on a kept connection which the
/// peer closes before the first byte of an answer is sent again by libcurl on a new one (RFC 9112 §9.3.1), so a request
/// that must not act twice carries its own id.
@safe package final class HTTPClient {
  /// The longest answer body, in bytes, where the options say nothing else.
  package static let maxResponseBytes = 65536
  /// The longest answer head, in bytes; a longer one is `.responseTooLarge`.
  package static let maxResponseHeadBytes = 32768
  /// Requests started and not yet given back by ``poll(timeout:)``; one more fails at once as `.other`.
  package static let maxInFlight = 4096
  /// How long read authorities are kept: a file that changes counts for new connections after that.
  static let authorityCacheSeconds = 60
  /// Calls at once on one HTTP/2 connection, unless the server allows fewer.
  static let maxStreams = 64
  /// Age from which a connection takes no further calls once it is idle.
  static let connectionLifeSeconds = 300
  /// Handles kept for later requests; the rest of a burst's are freed.
  static let maxIdleTransfers = 128

  /// Ends a ``poll(timeout:)`` early, from any thread.
  package let waker: Waker

  private let options: Options
  private let multi: UnsafeMutableRawPointer
  private var active: [Transfer] = []
  private var idle: [Transfer] = []
  private var finished: [Completion] = []
  private var heads = HeadCache()
  private let rules: RequestRules
  /// The last URL: a worker posts to the same one again and again.
  private var url: ParsedURL?
  private var hasNewTransfers = false

  /// Throws when libcurl cannot be set up. A bad `caFile` shows as `.tls` on each request.
  package init(options: Options) throws(HTTPClientError) {
    guard CurlLibrary.isReady, let multi = unsafe curl_multi_init() else {
      throw HTTPClientError(code: .other, description: "libcurl could not be set up")
    }
    unsafe self.multi = unsafe multi
    self.options = options
    rules = RequestRules(allowsPlainHTTP: options.allowsPlainHTTP)
    waker = unsafe Waker(multi)
    unsafe cc_multi_set_long(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, Self.maxStreams)
    limitConnections(perHost: options.maxConnectionsPerHost)
    idle.append(try Transfer(options: options, caFile: options.caFile))
  }

  deinit {
    waker.detach()
    for transfer in active { unsafe curl_multi_remove_handle(multi, transfer.easy) }
    unsafe curl_multi_cleanup(multi)
  }

  /// Requests started and not yet given back.
  package var inFlight: Int { active.count + finished.count }

  /// Further requests to one host wait for a connection, from now on.
  package func limitConnections(perHost: Int) {
    let perHost = max(1, perHost)
    unsafe cc_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, perHost)
    // The default shrinks with the number of running transfers and would close kept connections between requests.
    unsafe cc_multi_set_long(multi, CURLMOPT_MAXCONNECTS, min(4096, perHost * 4))
  }

  /// Begins `request`; it, or why it was refused, comes out of a later ``poll(timeout:)`` under `token`.
  package func start(_ request: HTTPRequest, token: UInt64) {
    do throws(HTTPClientError) {
      let url = try parsed(request.url)
      try rules.check(request)
      guard active.count < Self.maxInFlight else {
        throw HTTPClientError(code: .other, description: "too many requests in flight")
      }
      let transfer = try transfer(for: request)
      try transfer.prepare(request, url, token: token)
      let code = unsafe curl_multi_add_handle(multi, transfer.easy)
      guard code == CURLM_OK else { throw HTTPClientError(multi: code) }
      transfer.place = active.count
      active.append(transfer)
      hasNewTransfers = true
    } catch {
      finished.append(Completion(token: token, result: .failure(error), duration: .zero))
    }
  }

  /// The requests that have finished; if none has, waits for the network or a wake, at most `timeout`.
  ///
  /// May return early with nothing. Sends and receives happen only in here.
  package func poll(timeout: Duration) -> [Completion] {
    if hasNewTransfers { perform() }
    if finished.isEmpty {
      var ready: Int32 = 0
      let code = unsafe curl_multi_poll(multi, nil, 0, Int32(clamping: timeout.wholeMilliseconds), &ready)
      if code == CURLM_OK { perform() } else { failAll(HTTPClientError(multi: code)) }
    }
    defer { finished = [] }
    return finished
  }

  /// Drops every request in flight: connections in use are closed, and no completion follows.
  package func cancelAll() {
    for transfer in active {
      unsafe curl_multi_remove_handle(multi, transfer.easy)
      keep(transfer)
    }
    active = []
    finished = []
  }

  /// An idle handle with the request's authorities, else a new one: a handle cannot go back to the system's.
  private func transfer(for request: HTTPRequest) throws(HTTPClientError) -> Transfer {
    let caFile = request.caFile ?? options.caFile
    if let index = idle.lastIndex(where: { $0.caFile == caFile }) { return idle.remove(at: index) }
    // What is kept for authorities that nobody asks for any more makes room.
    if idle.count == Self.maxIdleTransfers { idle.removeFirst() }
    return try Transfer(options: options, caFile: caFile)
  }

  private func parsed(_ text: String) throws(HTTPClientError) -> ParsedURL {
    if let url, url.text == text { return url }
    try rules.check(url: text)
    let new = try ParsedURL(text)
    url = new
    return new
  }

  private func perform() {
    hasNewTransfers = false
    var running: Int32 = 0
    let code = unsafe curl_multi_perform(multi, &running)
    if code != CURLM_OK { return failAll(HTTPClientError(multi: code)) }
    if running < active.count { collect() }
  }

  private func collect() {
    var result = CURLE_OK
    while let easy = unsafe cc_multi_finished(multi, &result) {
      let transfer = unsafe Transfer.of(easy)
      unsafe curl_multi_remove_handle(multi, easy)
      finished.append(transfer.completion(result, heads: &heads))
      remove(transfer)
    }
  }

  private func failAll(_ error: HTTPClientError) {
    for transfer in active {
      unsafe curl_multi_remove_handle(multi, transfer.easy)
      finished.append(Completion(token: transfer.token, result: .failure(error), duration: transfer.age))
      keep(transfer)
    }
    active = []
  }

  private func remove(_ transfer: Transfer) {
    let last = active.removeLast()
    if last !== transfer {
      active[transfer.place] = last
      last.place = transfer.place
    }
    keep(transfer)
  }

  private func keep(_ transfer: Transfer) {
    transfer.forget()
    if idle.count < Self.maxIdleTransfers { idle.append(transfer) }
  }
}

@available(*, unavailable)
extension HTTPClient: Sendable {}
