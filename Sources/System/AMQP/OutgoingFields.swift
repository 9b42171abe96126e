import CRabbitMQ

/// Memory for the texts and tables of one method while the library encodes it; kept from one to the next.
@safe struct OutgoingFields: ~Copyable {
  private var bytes: UnsafeMutableRawPointer
  private var byteCapacity = 1024
  private var byteCount = 0
  private var entries: UnsafeMutablePointer<amqp_table_entry_t>
  private let entryCapacity = AMQPHeaders.maxEntries
  private var entryCount = 0
  /// Where the table being made begins among the entries.
  private var tableStart = 0

  init() {
    unsafe bytes = .allocate(byteCount: byteCapacity, alignment: 1)
    unsafe entries = .allocate(capacity: entryCapacity)
  }

  deinit {
    unsafe bytes.deallocate()
    unsafe entries.deallocate()
  }

  /// Forgets everything, and makes room for texts of `byteCount` bytes in all: addresses hold until the next call.
  mutating func begin(byteCount count: Int) {
    byteCount = 0
    entryCount = 0
    tableStart = 0
    guard count > byteCapacity else { return }
    unsafe bytes.deallocate()
    byteCapacity = count
    unsafe bytes = .allocate(byteCount: count, alignment: 1)
  }

  mutating func text(_ text: String) -> amqp_bytes_t {
    let span = text.utf8Span.span
    precondition(span.count <= byteCapacity - byteCount, "the room asked of begin was too small")
    let start = unsafe bytes + byteCount
    unsafe span.withUnsafeBytes { source in
      if let address = source.baseAddress {
        unsafe start.copyMemory(from: address, byteCount: source.count)
      }
    }
    byteCount += span.count
    return unsafe amqp_bytes_t(len: span.count, bytes: start)
  }

  mutating func append(_ name: String, _ value: amqp_field_value_t) {
    precondition(entryCount < entryCapacity, "a table has at most \(entryCapacity) entries")
    let entry = unsafe amqp_table_entry_t(key: text(name), value: value)
    unsafe (entries + entryCount).initialize(to: entry)
    entryCount += 1
  }

  mutating func value(_ value: AMQPValue) -> amqp_field_value_t {
    var field = unsafe amqp_field_value_t()
    switch value {
    case .string(let string):
      unsafe field.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
      unsafe field.value.bytes = text(string)
    case .integer(let number):
      unsafe field.kind = UInt8(AMQP_FIELD_KIND_I64.rawValue)
      unsafe field.value.i64 = number
    }
    return unsafe field
  }

  /// What was appended since the last table.
  mutating func takeTable() -> amqp_table_t {
    defer { tableStart = entryCount }
    return unsafe amqp_table_t(num_entries: Int32(entryCount - tableStart), entries: entries + tableStart)
  }

  /// `headers` as a table.
  mutating func table(_ headers: AMQPHeaders) -> amqp_table_t {
    for entry in headers.entries {
      let value = unsafe value(entry.value)
      unsafe append(entry.name, value)
    }
    return unsafe takeTable()
  }
}

extension AMQPHeaders {
  /// Of names and texts.
  var byteCount: Int {
    entries.reduce(0) { sum, entry in
      if case .string(let text) = entry.value { return sum + entry.name.utf8.count + text.utf8.count }
      return sum + entry.name.utf8.count
    }
  }
}
