import CRabbitMQ
import Glibc
package import Platform

extension AMQPConnection {
  /// Waits until there is something to receive or `wakeup` is signalled, and takes the signal; at most `milliseconds` (-1 is
  /// for ever), and never beyond what the heartbeat needs: ``receive(into:)`` is to be called after each wait.
  package func wait(for wakeup: Wakeup, milliseconds: Int32) {
    if failure != nil { return }
    if unsafe amqp_frames_enqueued(state) != 0 || amqp_data_in_buffer(state) != 0 { return }
    // A quarter of a heartbeat: half of one is when rabbitmq-c sends its own.
    let limit = heartbeat > 0 ? heartbeat * 250 : -1
    let timeout = milliseconds < 0 || (limit > 0 && limit < milliseconds) ? limit : milliseconds
    var pollers = (
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0)
    )
    _ = unsafe withUnsafeMutablePointer(to: &pollers) { pollers in
      unsafe pollers.withMemoryRebound(to: pollfd.self, capacity: 2) { unsafe poll($0, 2, timeout) }
    }
    if pollers.1.revents != 0 { wakeup.clear() }
  }

  /// Until a send goes on, or the connection is over or cut.
  func waitUntilWritable() {
    var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    _ = unsafe poll(&poller, 1, -1)
  }

  /// True when a short send would not block.
  var isWritable: Bool {
    var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return unsafe poll(&poller, 1, 0) == 1 && poller.revents == Int16(POLLOUT)
  }
}
