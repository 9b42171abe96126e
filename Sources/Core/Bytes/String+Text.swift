extension String {
  /// The text of UTF-8 bytes, for cold paths; bytes that are not UTF-8 become U+FFFD.
  package init(text: Span<UInt8>) {
    if let valid = try? UTF8Span(validating: text) {
      self.init(copying: valid)
    } else {
      var bytes: [UInt8] = []
      bytes.append(text)
      self.init(decoding: bytes, as: UTF8.self)
    }
  }
}
