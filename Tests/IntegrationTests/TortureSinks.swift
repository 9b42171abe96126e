import Core
import Fakes
import Synchronization

/// LogBeacon and Telegram for a torture run: they record in the ledger, and fail in the manner of the hour.
final class TortureSinks: Sendable {
  enum Manner: CaseIterable, Sendable {
    case well
    case unavailable
    case limited
    case hanging
    case resetting
    /// Everything is taken, and every second answer is lost.
    case forgetful
    case garbled
  }

  private struct State {
    var manner = Manner.well
    var calls = 0
  }

  static let token = "123456:TORTURE-token"

  let logbeacon: FakeHTTPServer
  let telegram: FakeHTTPServer
  private let ledger: TortureLedger
  private let state = Mutex(State())

  init(_ ledger: TortureLedger) throws {
    self.ledger = ledger
    logbeacon = try FakeHTTPServer(maxRecorded: 0)
    telegram = try FakeHTTPServer(maxRecorded: 0)
    logbeacon.respond { [weak self] in self?.answerLogBeacon($0) ?? .reset }
    telegram.respond { [weak self] in self?.answerTelegram($0) ?? .reset }
  }

  func behave(_ new: Manner) {
    state.withLock { $0.manner = new }
    // A call that hangs would outlast the fault.
    if new == .well { dropConnections() }
  }

  func stop() {
    logbeacon.stop()
    telegram.stop()
  }

  private func dropConnections() {
    logbeacon.dropConnections()
    telegram.dropConnections()
  }

  private func answerLogBeacon(_ request: RecordedRequest) -> FakeResponse {
    let id = request.headers["idempotency-key"] ?? ""
    if let event = TortureEvent(seed: ledger.seed, id: id), event.isPoison {
      return FakeResponse(status: 400, json: ["error": "this event is never taken"])
    }
    return answer(success: FakeResponse(json: ["status": "ok"])) {
      let body = request.json ?? .null
      self.ledger.delivered(id, by: .logbeacon) { $0.isIntact(body) }
    }
  }

  /// The id stands at the beginning of the message, and the message in both texts.
  private func answerTelegram(_ request: RecordedRequest) -> FakeResponse {
    let body = request.json ?? .null
    let text = body["text"]?.string ?? ""
    let isCustomer = body["chat_id"]?.string == "202" || body["chat_id"]?.int == 202
    let success = FakeResponse(json: ["ok": true, "result": ["message_id": 1]])
    return answer(success: success) {
      let id = Self.id(in: text)
      self.ledger.delivered(id, by: isCustomer ? .customer : .developer) { event in
        isCustomer
          ? text == "系統通知 - \(TortureEvent.domain): \(event.message)"
          : text.contains(event.message) && text.contains(event.extraInfo)
      }
    }
  }

  private static func id(in text: String) -> String {
    for word in text.split(whereSeparator: { " :\n".contains($0) }) where word.hasPrefix("c0-") { return String(word) }
    return text
  }

  private func answer(success: FakeResponse, taking take: () -> Void) -> FakeResponse {
    let (manner, calls) = state.withLock { state in
      state.calls += 1
      return (state.manner, state.calls)
    }
    switch manner {
    case .well:
      take()
      return success
    case .unavailable: return FakeResponse(status: 503, json: ["error": "later"])
    case .limited: return FakeResponse(status: 429, headers: [("Retry-After", "1")], json: ["error": "slower"])
    case .hanging: return .hang
    case .resetting: return .reset
    case .forgetful:
      take()
      return calls % 2 == 0 ? .closeWithoutAnswer : success
    case .garbled: return .garbage
    }
  }
}
