import CRabbitMQ
import Glibc

extension AMQPError {
  /// Why a socket could not be opened. `errno` is of the moment after the call.
  init(connecting status: Int32, errno: Int32) {
    let code: Code
    var sentence: String?
    switch amqp_status_enum(status) {
    case AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED: code = .resolve
    case AMQP_STATUS_TIMEOUT: (code, sentence) = (.timeout, "the broker did not answer in time")
    case AMQP_STATUS_SSL_ERROR, AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED, AMQP_STATUS_SSL_PEER_VERIFY_FAILED,
      AMQP_STATUS_SSL_CONNECTION_FAILED, AMQP_STATUS_SSL_SET_ENGINE_FAILED:
      code = .tls
    // The library does not pass on what became of a connection attempt that was under way.
    case AMQP_STATUS_SOCKET_ERROR where errno == EINPROGRESS:
      (code, sentence) = (.unreachable, "the connection was refused, or there is no way to the host")
    case AMQP_STATUS_SOCKET_ERROR where errno != 0:
      code = .unreachable
      sentence = unsafe String(cString: strerror(errno))
    default: code = .unreachable
    }
    self.init(code: code, description: sentence ?? Self.sentence(status), underlyingCode: Int(status))
  }

  /// Why a connection that was open is over.
  init(status: Int32) {
    let code: Code =
      switch amqp_status_enum(status) {
      case AMQP_STATUS_HEARTBEAT_TIMEOUT: .heartbeat
      case AMQP_STATUS_BAD_AMQP_DATA, AMQP_STATUS_UNKNOWN_CLASS, AMQP_STATUS_UNKNOWN_METHOD,
        AMQP_STATUS_INCOMPATIBLE_AMQP_VERSION, AMQP_STATUS_WRONG_METHOD, AMQP_STATUS_UNEXPECTED_STATE,
        AMQP_STATUS_BROKER_UNSUPPORTED_SASL_METHOD:
        .protocol
      case AMQP_STATUS_TIMEOUT: .timeout
      default: .lost
      }
    self.init(code: code, description: Self.sentence(status), underlyingCode: Int(status))
  }

  /// Why a login did not go well.
  init(login reply: amqp_rpc_reply_t) {
    let method = unsafe reply.reply
    guard unsafe reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION,
      unsafe method.id == AMQP_CONNECTION_CLOSE_METHOD,
      let decoded = unsafe method.decoded
    else {
      let status = unsafe reply.library_error
      if amqp_status_enum(status) == AMQP_STATUS_TIMEOUT {
        self.init(code: .timeout, description: "the broker did not answer in time", underlyingCode: Int(status))
      } else {
        self.init(status: status)
      }
      return
    }
    let close = unsafe decoded.assumingMemoryBound(to: amqp_connection_close_t.self).pointee
    self = unsafe AMQPError(close)
    // 403: user or password; 530: no such virtual host, or not this user's.
    if underlyingCode == AMQP_ACCESS_REFUSED || underlyingCode == AMQP_NOT_ALLOWED {
      self.init(code: .login, description: description, underlyingCode: underlyingCode)
    }
  }

  /// What the broker said when it closed the connection.
  init(_ close: amqp_connection_close_t) {
    let text = unsafe String(close.reply_text)
    let code = unsafe Int(close.reply_code)
    self.init(
      code: .closedByServer, description: "the broker closed the connection: \(text) (\(code))", underlyingCode: code)
  }

  static func protocolError(_ sentence: String) -> Self { Self(code: .protocol, description: sentence) }

  private static func sentence(_ status: Int32) -> String {
    unsafe String(cString: amqp_error_string2(status))
  }
}
