import CLinux
import CRabbitMQ
import Glibc

extension AMQPConnection {
  /// What is left of an opening that went well.
  @safe struct Opened {
    let state: amqp_connection_state_t
    let cutter: AMQPCutter
  }

  /// The largest frame we offer, in bytes.
  private static let maxFrameBytes: Int32 = 131_072

  static func open(_ url: AMQPURL, _ options: Options) throws(AMQPError) -> Opened {
    let deadline = ContinuousClock.now + options.connectTimeout
    guard let state = unsafe amqp_new_connection() else {
      throw AMQPError(code: .lost, description: "the process is out of memory")
    }
    var isKept = false
    defer { if !isKept { unsafe amqp_destroy_connection(state) } }

    let socket = try unsafe makeSocket(state, url, options)
    var timeout = try timeLeft(until: deadline)
    let status = unsafe amqp_socket_open_noblock(socket, url.host, Int32(url.port), &timeout)
    let code = errno
    guard status == AMQP_STATUS_OK.rawValue else { throw AMQPError(connecting: status, errno: code) }
    let cutter = try unsafe AMQPCutter(duplicating: amqp_get_sockfd(state))
    do throws(AMQPError) {
      tune(cutter.descriptor, options)
      timeout = try timeLeft(until: deadline)
      unsafe amqp_set_handshake_timeout(state, &timeout)
      unsafe amqp_set_rpc_timeout(state, &timeout)
      try unsafe login(state, url, options)
    } catch {
      // Otherwise the library's own goodbye could wait on a peer that is silent.
      cutter.cut()
      throw error
    }
    isKept = true
    return unsafe Opened(state: state, cutter: cutter)
  }

  private static func makeSocket(
    _ state: amqp_connection_state_t, _ url: AMQPURL, _ options: Options
  ) throws(AMQPError) -> OpaquePointer {
    let made = url.isTLS ? unsafe amqp_ssl_socket_new(state) : unsafe amqp_tcp_socket_new(state)
    guard let socket = unsafe made else {
      throw AMQPError(code: url.isTLS ? .tls : .lost, description: "rabbitmq-c gave no socket")
    }
    guard url.isTLS else { return unsafe socket }
    unsafe amqp_ssl_socket_set_verify_peer(socket, 1)
    unsafe amqp_ssl_socket_set_verify_hostname(socket, 1)
    unsafe amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST)
    guard let authorities = options.caFile ?? SystemAuthorities.file else {
      throw AMQPError(code: .tls, description: "the system has no file of certificate authorities")
    }
    guard unsafe amqp_ssl_socket_set_cacert(socket, authorities) == AMQP_STATUS_OK.rawValue else {
      throw AMQPError(code: .tls, description: "the file of certificate authorities cannot be read")
    }
    if let certificate = options.certificateFile, let key = options.keyFile {
      guard unsafe amqp_ssl_socket_set_key(socket, certificate, key) == AMQP_STATUS_OK.rawValue else {
        throw AMQPError(code: .tls, description: "the client certificate or its key cannot be read")
      }
    }
    return unsafe socket
  }

  private static func login(
    _ state: amqp_connection_state_t, _ url: AMQPURL, _ options: Options
  ) throws(AMQPError) {
    let fields = ClientProperties(name: options.name)
    let heartbeat = options.heartbeat <= .zero ? 0 : max(1, min(options.heartbeat.components.seconds, 65535))
    let reply = unsafe fields.withTable { table in
      unsafe crmq_login(
        state, url.vhost, Int32(maxChannels), maxFrameBytes, Int32(heartbeat), table, url.user, url.password)
    }
    if unsafe reply.reply_type != AMQP_RESPONSE_NORMAL { throw unsafe AMQPError(login: reply) }
  }

  /// Against links that die without a word: the kernel gives up unacknowledged bytes as soon as the heartbeat would.
  private static func tune(_ descriptor: Int32, _ options: Options) {
    let seconds = options.heartbeat > .zero ? 2 * max(1, min(options.heartbeat.components.seconds, 65535)) : 30
    set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    set(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, Int32(seconds * 1000))
    set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
  }

  static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    _ = unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  private static func timeLeft(until deadline: ContinuousClock.Instant) throws(AMQPError) -> timeval {
    let left = ContinuousClock.now.duration(to: deadline)
    guard left > .zero else { throw AMQPError(code: .timeout, description: "the broker did not answer in time") }
    let (seconds, attoseconds) = min(left, .seconds(86400)).components
    return timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
  }
}
