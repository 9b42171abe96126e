import Core
import HTTPClient

@testable import Gateway

/// What the services answer: a key, a wish, a new chat, or nothing; never a trap, never a wait without bounds.
enum AnswersTarget {
  private static let settings = Settings()

  static func run(_ input: [UInt8]) {
    let reader = AnswerReader()
    let body = Array(input.dropFirst())
    for path in [["new_api_key"], ["data", "api_key"], ["parameters", "retry_after"], ["a", "b", "c"]] {
      let value = reader.value(at: path, in: body)
      if let text = reader.string(at: path, in: body) { require(value?.text == text, "two readings of one value") }
      _ = reader.integer(at: path, in: body)
    }
    judge(status: 200 + Int(input.first ?? 0) * 2, body, reader)
  }

  private static func judge(status: Int, _ body: [UInt8], _ reader: AnswerReader) {
    let now = Moment(monotonic: 0, unix: 1_736_908_200_000)
    let header = String(decoding: body.prefix(40), as: UTF8.self)
    let response = HTTPResponse(status: status, headers: [("retry-after", header)], body: body)
    let logbeacon = LogBeaconOutcome(settings, settings.logbeacon)
    if let key = logbeacon.newKey(in: response, reader: reader) { require(!key.isEmpty, "an empty key") }
    let telegram = TelegramOutcome(settings)
    _ = telegram.migration(in: response, reader: reader)
    let outcomes = [
      logbeacon.outcome(of: response, isCurrent: status % 4 == 0, secrets: ["secret"], now: now),
      telegram.outcome(of: response, token: Secret("secret"), reader: reader, now: now),
    ]
    for outcome in outcomes {
      switch outcome {
      case .limited(let failure, let wait), .failed(let failure, _, .some(let wait)):
        require(wait >= 0, "a wait before now")
        checkText(failure)
      case .rejected(let failure), .failed(let failure, _, nil), .again(let failure), .laneRefused(let failure, _),
        .sinkRefused(let failure, _):
        checkText(failure)
      case .delivered: require((200..<300).contains(status), "\(status) is no delivery")
      }
    }
  }

  private static func checkText(_ failure: SendFailure) {
    require(!failure.text.contains("secret"), "a secret in a failure")
    require(failure.text.unicodeScalars.count < 700, "a failure of \(failure.text.unicodeScalars.count) scalars")
  }
}
