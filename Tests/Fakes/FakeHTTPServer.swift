import Platform

/// A real HTTP/1.1 server on a loopback port with a programmable answer, a thread for each connection.
package final class FakeHTTPServer: Sendable {
  package typealias Handler = @Sendable (RecordedRequest) -> FakeResponse

  /// Connections beyond it are closed at once.
  package static let maxConnections = 1024
  /// Requests kept, unless it is told otherwise; later ones are answered and counted only.
  package static let maxRecorded = 200_000

  struct State: Sendable {
    var handler: Handler
    let maxRecorded: Int
    var requests: [RecordedRequest] = []
    var requestCount = 0
    var connectionCount = 0
    var open: [Int: Socket] = [:]
    var threads: [Int: NamedThread] = [:]
    var ended: [Int] = []
    var isStopped = false
  }

  package let port: UInt16
  package var url: String { "http://127.0.0.1:\(port)" }

  private let listener: Socket
  private let state: Monitor<State>
  private let acceptor: NamedThread

  /// Listens at once; `handler` is called on the connections' threads.
  package init(
    port: UInt16 = 0, maxRecorded: Int = FakeHTTPServer.maxRecorded,
    handler: @escaping Handler = { _ in FakeResponse() }
  ) throws {
    let listener = try Socket.listen(port: port)
    let state = Monitor(State(handler: handler, maxRecorded: maxRecorded))
    self.listener = listener
    self.state = state
    self.port = listener.port
    acceptor = NamedThread("fake-accept") { Self.accept(listener, state) }
  }

  deinit { stop() }

  /// Replaces the answer from the next request on.
  package func respond(_ handler: @escaping Handler) {
    state.change { $0.handler = handler }
  }

  /// In order of arrival.
  package var requests: [RecordedRequest] { state.value.requests }
  package var requestCount: Int { state.value.requestCount }
  /// Accepted since the start.
  package var connectionCount: Int { state.value.connectionCount }
  package var openConnections: Int { state.value.open.count }

  /// False when fewer than `count` requests arrive within `timeout`.
  package func waitForRequests(_ count: Int, timeout: Duration = .seconds(10)) -> Bool {
    state.wait(timeout: timeout) { $0.requestCount >= count }
  }

  /// Closes every open connection; the listener stays.
  package func dropConnections() {
    for socket in state.value.open.values { socket.shutDown() }
  }

  /// Closes everything and waits for its threads. May be called again.
  package func stop() {
    guard
      state.change({ state in
        defer { state.isStopped = true }
        return !state.isStopped
      })
    else { return }
    listener.shutDown()
    acceptor.join()
    dropConnections()
    for thread in state.change({ state in
      defer { state.threads = [:] }
      return Array(state.threads.values)
    }) { thread.join() }
  }

  private static func accept(_ listener: Socket, _ state: Monitor<State>) {
    while let socket = listener.accept() {
      joinEnded(state)
      let number = state.change { state -> Int? in
        guard state.open.count < maxConnections, !state.isStopped else { return nil }
        defer { state.connectionCount += 1 }
        state.open[state.connectionCount] = socket
        return state.connectionCount
      }
      guard let number else { continue }
      let thread = NamedThread("fake-\(number)") {
        FakeConnection(socket: socket, number: number, state: state).run()
        state.change { state in
          state.open[number] = nil
          state.ended.append(number)
        }
      }
      state.change { $0.threads[number] = thread }
    }
  }

  private static func joinEnded(_ state: Monitor<State>) {
    let threads = state.change { state in
      let ended = state.ended.compactMap { state.threads.removeValue(forKey: $0) }
      state.ended.removeAll()
      return ended
    }
    for thread in threads { thread.join() }
  }
}
