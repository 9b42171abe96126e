import CRabbitMQ

/// What we tell the broker of ourselves at login. Without these capabilities it sends no `connection.blocked` and no notice
/// when it ends a consumer, and closes the socket without a word when it refuses the login.
struct ClientProperties {
  private static let capabilities = [
    "authentication_failure_close", "basic.nack", "connection.blocked", "consumer_cancel_notify",
    "exchange_exchange_bindings", "publisher_confirms",
  ]

  let name: String

  /// The table lives as long as `body` runs.
  func withTable<Result>(_ body: (UnsafePointer<amqp_table_t>) -> Result) -> Result {
    let texts = Self.capabilities + ["capabilities", "connection_name", name]
    var fields = OutgoingFields()
    fields.begin(byteCount: texts.reduce(0) { $0 + $1.utf8.count })
    for capability in Self.capabilities {
      var yes = unsafe amqp_field_value_t()
      unsafe yes.kind = UInt8(AMQP_FIELD_KIND_BOOLEAN.rawValue)
      unsafe yes.value.boolean = 1
      unsafe fields.append(capability, yes)
    }
    var nested = unsafe amqp_field_value_t()
    unsafe nested.kind = UInt8(AMQP_FIELD_KIND_TABLE.rawValue)
    unsafe nested.value.table = fields.takeTable()
    unsafe fields.append("capabilities", nested)
    unsafe fields.append("connection_name", fields.value(.string(name)))
    var table = unsafe fields.takeTable()
    return unsafe body(&table)
  }
}
