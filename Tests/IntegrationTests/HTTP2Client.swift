import Fakes
import Platform

/// Posts events over one HTTP/2 connection, a bounded number at a time, until the gateway ends it.
final class HTTP2Client: Sendable {
  private struct State {
    var frames: [HTTP2Frame] = []
    var sent = 0
  }

  private static let window = 50
  private let state = Monitor(State())
  private let thread: NamedThread

  init(_ port: UInt16, prefix: String) {
    let state = state
    thread = NamedThread(prefix) { Self.run(port, prefix, state) }
  }

  var sent: Int { state.value.sent }
  /// All that has come. After `join`.
  var frames: [HTTP2Frame] { state.value.frames }
  /// The ids of the events that were answered 202.
  var accepted: [String] { bodies.compactMap { $0["status"]?.string == "accepted" ? $0["id"]?.string : nil } }
  /// Of answers that were no 202.
  var statuses: Set<Int> { Set(bodies.compactMap { $0["status"]?.int }) }

  func join() { thread.join() }

  private var bodies: [JSONValue] {
    var texts: [UInt32: [UInt8]] = [:]
    for frame in frames where frame.kind == .data { texts[frame.stream, default: []] += frame.payload }
    return texts.values.compactMap { JSONValue(parsing: $0) }
  }

  private static func run(_ port: UInt16, _ prefix: String, _ state: Monitor<State>) {
    guard let connection = try? RawHTTPConnection(port: port) else { return }
    guard (try? connection.send(HTTP2Frames.opening)) != nil else { return }
    var (received, stream, answered, isEnding): ([UInt8], UInt32, Int, Bool) = ([], 1, 0, false)
    while true {
      var requests: [UInt8] = []
      while !isEnding, Int(stream / 2) - answered < window {
        requests += HTTP2Frames.headers(
          stream, HTTP2Frames.request("POST", "/log", [("content-type", "application/json")]), ends: false)
        requests += HTTP2Frames.data(
          stream, #"{"id":"\#(prefix)-\#(stream)","level":1,"def_name":"f","message":"m"}"#)
        stream += 2
      }
      // The gateway may have closed.
      if !requests.isEmpty { try? connection.send(requests) }
      guard let bytes = try? connection.receive(), !bytes.isEmpty else { break }
      received += bytes
      let frames = HTTP2Frame.all(in: received)
      received.removeFirst(frames.reduce(0) { $0 + 9 + $1.payload.count })
      let taken = frames.reduce(0) { $0 + ($1.kind == .data ? $1.payload.count : 0) }
      if taken > 0 { try? connection.send(HTTP2Frames.windowUpdate(0, by: UInt32(taken))) }
      for frame in frames {
        if frame.kind == .data, frame.endsStream { answered += 1 }
        if frame.kind == .goAway { isEnding = true }
        if frame.kind == .ping, !frame.isAnswer { try? connection.send(HTTP2Frames.ping(isAnswer: true)) }
      }
      let sent = Int(stream / 2)
      state.change {
        $0.frames += frames
        $0.sent = sent
      }
    }
  }
}
