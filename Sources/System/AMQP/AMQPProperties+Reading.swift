import CRabbitMQ

extension AMQPProperties {
  init(_ fields: amqp_basic_properties_t, _ texts: inout TextCache) {
    self.init()
    let flags = unsafe Int32(bitPattern: fields._flags)
    if flags & AMQP_BASIC_MESSAGE_ID_FLAG != 0 { messageID = unsafe String(fields.message_id) }
    if flags & AMQP_BASIC_APP_ID_FLAG != 0 { appID = unsafe texts.text(fields.app_id) }
    if flags & AMQP_BASIC_TYPE_FLAG != 0 { type = unsafe texts.text(fields.type) }
    if flags & AMQP_BASIC_CONTENT_TYPE_FLAG != 0 { contentType = unsafe texts.text(fields.content_type) }
    if flags & AMQP_BASIC_TIMESTAMP_FLAG != 0 { timestamp = unsafe fields.timestamp }
    if flags & AMQP_BASIC_HEADERS_FLAG != 0 { headers = unsafe AMQPHeaders(fields.headers, &texts) }
  }
}

extension AMQPHeaders {
  init(_ table: amqp_table_t, _ texts: inout TextCache) {
    self.init()
    guard let entries = unsafe table.entries else { return }
    for index in 0..<min(Int(unsafe table.num_entries), Self.maxEntries) {
      let entry = unsafe entries[index]
      guard let value = unsafe AMQPValue(entry.value) else { continue }
      append(unsafe texts.text(entry.key), value)
    }
  }
}

extension AMQPValue {
  /// `nil` for a kind that is neither text nor an integer, and for integers beyond `Int64`.
  init?(_ field: amqp_field_value_t) {
    let value = unsafe field.value
    switch unsafe amqp_field_value_kind_t(UInt32(field.kind)) {
    case AMQP_FIELD_KIND_UTF8: self = unsafe .string(String(value.bytes))
    case AMQP_FIELD_KIND_I8: self = unsafe .integer(Int64(value.i8))
    case AMQP_FIELD_KIND_U8: self = unsafe .integer(Int64(value.u8))
    case AMQP_FIELD_KIND_I16: self = unsafe .integer(Int64(value.i16))
    case AMQP_FIELD_KIND_U16: self = unsafe .integer(Int64(value.u16))
    case AMQP_FIELD_KIND_I32: self = unsafe .integer(Int64(value.i32))
    case AMQP_FIELD_KIND_U32: self = unsafe .integer(Int64(value.u32))
    case AMQP_FIELD_KIND_I64: self = unsafe .integer(value.i64)
    case AMQP_FIELD_KIND_U64:
      guard let number = unsafe Int64(exactly: value.u64) else { return nil }
      self = .integer(number)
    default: return nil
    }
  }
}
