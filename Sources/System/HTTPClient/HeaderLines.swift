import CCurl

/// The request's header lines in libcurl's list form, in memory that one transfer uses again and again.
///
/// libcurl reads the list during the transfer: ``set(_:bodyBytes:)`` is called between transfers only. It looks through the whole
/// list for each header that it might add itself, so the list is kept short.
@safe struct HeaderLines: ~Copyable {
  /// From a larger body on libcurl asks the server whether it may send it (RFC 9110 §10.1.1), and waits a second for those that say
  /// nothing. Its `EXPECT_100_THRESHOLD`.
  private static let maxBodyWithoutExpect = 1 << 20
  /// Lines that may be added to the caller's.
  private static let maxOwnLines = 3

  private let userAgent: String
  private var text = Bytes()
  private var nodes: UnsafeMutablePointer<curl_slist>
  private var capacity = 16

  init(userAgent: String) {
    self.userAgent = userAgent
    unsafe nodes = UnsafeMutablePointer<curl_slist>.allocate(capacity: 16)
  }

  deinit { unsafe nodes.deallocate() }

  /// Replaces the lines. `User-Agent` is added unless it is among `headers`; `Expect` and, unless it is among them,
  /// `Content-Type` are kept from being added.
  mutating func set(
    _ headers: [(name: String, value: String)], bodyBytes: Int
  ) -> UnsafeMutablePointer<curl_slist> {
    reserve(headers)
    var count = 0
    var hasContentType = false
    var hasUserAgent = false
    for (name, value) in headers {
      append(name, value, at: &count)
      switch name.utf8.count {
      case 12 where name.lowercased() == "content-type": hasContentType = true
      case 10 where name.lowercased() == "user-agent": hasUserAgent = true
      default: break
      }
    }
    // An option of its own would have it formatted twice.
    if !hasUserAgent { append("User-Agent", userAgent, at: &count) }
    if bodyBytes > Self.maxBodyWithoutExpect { remove("Expect", at: &count) }
    if !hasContentType { remove("Content-Type", at: &count) }
    for index in 0..<count { unsafe nodes[index].next = unsafe index + 1 < count ? nodes + index + 1 : nil }
    return unsafe nodes
  }

  private mutating func append(_ name: String, _ value: String, at count: inout Int) {
    unsafe nodes[count].data = unsafe text.end
    count += 1
    text.append(name)
    // "Name:" alone would remove a header; "Name;" sends it empty.
    if value.utf8.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
      text.append(";\0")
    } else {
      text.append(": ")
      text.append(value)
      text.append("\0")
    }
  }

  /// A header that libcurl would add stays out.
  private mutating func remove(_ name: String, at count: inout Int) {
    unsafe nodes[count].data = unsafe text.end
    count += 1
    text.append(name)
    text.append(":\0")
  }

  /// Room for all, so that no address changes while the list is built.
  private mutating func reserve(_ headers: [(name: String, value: String)]) {
    let size = headers.reduce(64 + userAgent.utf8.count) { $0 + $1.name.utf8.count + $1.value.utf8.count + 3 }
    text.reset(capacity: size)
    guard headers.count + Self.maxOwnLines > capacity else { return }
    unsafe nodes.deallocate()
    capacity = headers.count + Self.maxOwnLines
    unsafe nodes = UnsafeMutablePointer<curl_slist>.allocate(capacity: capacity)
  }
}
