import CLinux
import CRabbitMQ
import Glibc

/// One AMQP 0-9-1 connection. After login every method is sent without waiting for its answer; answers, confirms and
/// deliveries arrive by ``receive(into:)``.
///
/// Confined to the thread that makes it; other threads reach it only through its ``cutter``. A send blocks while the broker
/// takes no bytes, at the longest until the cutter is used. After the first error every further call throws the same one.
@safe package final class AMQPConnection {
  /// For poll(2): readable when there is something to receive. Valid until ``close()``.
  package let descriptor: Int32
  package let cutter: AMQPCutter

  let state: amqp_connection_state_t
  let usesTLS: Bool
  /// As agreed with the broker, in seconds; 0 is never.
  let heartbeat: Int32
  /// Why the connection is over.
  var failure: AMQPError?
  var isBlocked = false
  /// Channels of this connection are numbered 1 to this, as agreed with the broker.
  package let channelLimit: Int
  /// By channel number, as far as any was open; `nil` is not open.
  var channels: [MessageAssembly?] = [nil]
  /// Consumers whose `consumeOK` has not come; true: it is to be cancelled then.
  var newConsumers: [ConsumerKey: Bool] = [:]
  var texts = TextCache()
  var outgoing = OutgoingFields()
  var frames: OutgoingFrames
  var isInBurst = false
  private var isClosed = false

  /// Connects and logs in; blocks at most `options.connectTimeout` after the host's name is known.
  package init(_ url: AMQPURL, _ options: Options) throws(AMQPError) {
    let opened = try Self.open(url, options)
    unsafe state = unsafe opened.state
    cutter = opened.cutter
    descriptor = opened.cutter.descriptor
    usesTLS = url.isTLS
    heartbeat = unsafe Int32(amqp_get_heartbeat(opened.state))
    frames = unsafe OutgoingFrames(maxFrameBytes: Int(amqp_get_frame_max(opened.state)))
    let agreed = unsafe Int(amqp_get_channel_max(opened.state))
    channelLimit = agreed > 0 ? min(agreed, Self.maxChannels) : Self.maxChannels
  }

  deinit {
    if isClosed { return }
    cutter.cut()
    unsafe amqp_destroy_connection(state)
    cutter.close()
  }

  /// Says goodbye, for at most a second, and frees everything. Every later call throws.
  package func close() {
    if isClosed { return }
    isClosed = true
    // A blocked broker does not read, and a full socket would block: no goodbye then.
    if failure == nil, !isBlocked, isWritable {
      var limit = timeval(tv_sec: 1, tv_usec: 0)
      unsafe amqp_set_rpc_timeout(state, &limit)
      _ = unsafe amqp_connection_close(state, Int32(AMQP_REPLY_SUCCESS))
    }
    failure = failure ?? AMQPError(code: .lost, description: "the connection was closed by this side")
    cutter.cut()
    unsafe amqp_destroy_connection(state)
    cutter.close()
  }
}

/// A consumer tag is unique within its channel.
struct ConsumerKey: Hashable {
  let channel: UInt16
  let tag: String
}

@available(*, unavailable)
extension AMQPConnection: Sendable {}
