import Core

/// Who sends, how much, and to which domains.
extension LogHandler {
  static let foreignDomain = Problem(.forbidden, detail: "The token may not write to this domain.")

  static let shedDetail: StaticString =
    "More comes in than can be stored: only levels 9 and 91 are taken for now; send the event again later."

  /// Finds out whose request it is; false if it was refused.
  func admit(
    _ head: RequestHead, in message: Span<UInt8>, known: ClientAccess.Verdict?, _ request: inout Request
  ) -> Bool {
    do throws(ClientAccess.Refusal) {
      request.client = try access.verdict(on: head, in: message, from: request.exchange, known: known).client
      return true
    } catch {
      metrics.rejected(.unauthorized)
      answer(
        Problem(.unauthorized, detail: error.detail.description), namesInvalidToken: error == .unknown, request)
      return false
    }
  }

  static let domainRateProblem = Problem(.tooManyRequests, detail: "The domain's rate is used up.")

  /// The seconds to wait until the domain's own rate leaves room for an event; `nil` lets this one through.
  func wait(forDomain domain: Int, _ request: Request) -> Int? {
    access.clients.takeOne(ofDomain: domain, at: request.began)
  }

  /// Takes `count` events off the client's rate, whatever becomes of them; false if it was refused.
  func mayTake(_ count: Int, _ request: Request) -> Bool {
    guard let seconds = request.client?.take(count, at: request.began) else { return true }
    metrics.rejected(.rateLimited, count: max(1, count))
    answer(Problem(.tooManyRequests, detail: "The token's rate is used up."), retryAfter: seconds, request)
    return false
  }
}

extension LogHandler.Request {
  func mayWrite(to domain: Int) -> Bool { client?.mayWrite(to: domain) ?? true }
}
