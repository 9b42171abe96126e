import CCurl

/// The request's header lines in libcurl's list form, in memory that one transfer uses again and again.
///
/// libcurl reads the list during the transfer: ``set(_:)`` is called between transfers only.
@safe struct HeaderLines: ~Copyable {
  private var text = Bytes()
  private var nodes: UnsafeMutablePointer<curl_slist>
  private var capacity = 16

  init() {
    unsafe nodes = UnsafeMutablePointer<curl_slist>.allocate(capacity: 16)
  }

  deinit { unsafe nodes.deallocate() }

  /// Replaces the lines. `Expect` and, unless it is among `headers`, `Content-Type` are kept from being added.
  mutating func set(_ headers: [(name: String, value: String)]) -> UnsafeMutablePointer<curl_slist> {
    reserve(headers)
    var hasContentType = false
    for (index, header) in headers.enumerated() {
      unsafe nodes[index].data = unsafe text.end
      text.append(header.name)
      if header.name.utf8.count == 12, header.name.lowercased() == "content-type" { hasContentType = true }
      // "Name:" alone would remove a header; "Name;" sends it empty.
      if header.value.utf8.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
        text.append(";\0")
      } else {
        text.append(": ")
        text.append(header.value)
        text.append("\0")
      }
    }
    unsafe nodes[headers.count].data = unsafe text.end
    text.append("Expect:\0")
    var count = headers.count + 1
    if !hasContentType {
      unsafe nodes[count].data = unsafe text.end
      text.append("Content-Type:\0")
      count += 1
    }
    for index in 0..<count { unsafe nodes[index].next = unsafe index + 1 < count ? nodes + index + 1 : nil }
    return unsafe nodes
  }

  /// Room for all, so that no address changes while the list is built.
  private mutating func reserve(_ headers: [(name: String, value: String)]) {
    let size = headers.reduce(32) { $0 + $1.name.utf8.count + $1.value.utf8.count + 3 }
    text.reset(capacity: size)
    guard headers.count + 2 > capacity else { return }
    unsafe nodes.deallocate()
    capacity = headers.count + 2
    unsafe nodes = UnsafeMutablePointer<curl_slist>.allocate(capacity: capacity)
  }
}
