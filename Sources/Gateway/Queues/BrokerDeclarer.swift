import AMQP
import Platform

/// Has queues declared without anybody waiting: one thread, `amqp-declare`, and a connection for each time it is asked.
final class BrokerDeclarer: Sendable {
  typealias Answers = [BrokerTopology.Answer]

  private struct Request: Sendable {
    let names: [String]
    let completion: @Sendable (Answers) -> Void
  }

  private let mailbox: Mailbox<Request>
  private let thread: BrokerThread

  init(_ access: BrokerAccess, _ topology: BrokerTopology) throws(SystemError) {
    let thread = try BrokerThread()
    let mailbox = Mailbox<Request> { thread.wakeup.signal() }
    self.mailbox = mailbox
    self.thread = thread
    let side = try Wakeup()
    thread.start("amqp-declare") { thread in
      while !thread.isStopping {
        thread.wakeup.wait(milliseconds: -1)
        Self.serve(mailbox.take()) { names in Self.ask(names, access, topology, thread, side) }
      }
      Self.refuse(mailbox.take())
    }
  }

  /// `completion` gets what became of each queue, on the declarer's thread; all `missing` if the broker cannot be asked.
  func declare(_ names: [String], completion: @escaping @Sendable (Answers) -> Void = { _ in }) {
    mailbox.send(Request(names: names, completion: completion))
    // The thread takes the mailbox once more after it has seen the flag, so one of the two sees every request.
    if thread.isStopping { Self.refuse(mailbox.take()) }
  }

  /// Ends the thread; what is asked for is answered `missing`. Call once.
  func stop(deadline: UInt64) {
    thread.interrupt()
    _ = thread.join(until: deadline)
    Self.refuse(mailbox.take())
  }

  private static func serve(_ requests: [Request], _ ask: ([String]) -> Answers) {
    guard !requests.isEmpty else { return }
    // Whoever asks for the same queue in one turn gets the same answer.
    var indices: [String: Int] = [:]
    var names: [String] = []
    for name in requests.lazy.flatMap(\.names) where indices[name] == nil {
      indices[name] = names.count
      names.append(name)
    }
    let answers = ask(names)
    for request in requests {
      request.completion(request.names.map { name in indices[name].map { answers[$0] } ?? .missing })
    }
  }

  private static func ask(
    _ names: [String], _ access: BrokerAccess, _ topology: BrokerTopology, _ thread: BrokerThread, _ wakeup: Wakeup
  ) -> Answers {
    do throws(AMQPError) {
      guard !thread.isStopping else { return names.map { _ in .missing } }
      let connection = try access.connect("declarer") { thread.isStopping }
      thread.connected(connection.cutter)
      let side = BrokerSideChannel(connection, wakeup: wakeup)
      defer {
        thread.connected(nil)
        side.close()
      }
      return try topology.prepare(names, on: side)
    } catch {
      return names.map { _ in .missing }
    }
  }

  private static func refuse(_ requests: [Request]) {
    for request in requests { request.completion(request.names.map { _ in .missing }) }
  }
}
