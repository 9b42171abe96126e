/// What was seen of a service that is called over HTTP.
package struct SinkReading: Sendable, Equatable {
  package enum Failure: Sendable, Equatable { case invalid, resolve, connect, tls, timeout, other }

  package struct Fault: Error, Sendable, Equatable {
    package let failure: Failure
    package let text: String
    package init(_ failure: Failure, _ text: String) {
      self.failure = failure
      self.text = text
    }

    /// What to do about it; `key` is the setting that names the address.
    package func mend(_ key: String) -> String {
      switch failure {
      case .invalid: "mend \(key)"
      case .resolve: "check the host's name in \(key) and the name service"
      case .connect: "check host and port in \(key), that the service runs, and firewalls"
      case .tls: "check the certificate, and the private authority if it has one (tls.ca)"
      case .timeout: "it is slow or unreachable; check the network and \(key)"
      case .other: "check \(key)"
      }
    }
  }
}

/// What was seen of one address that takes events, LogBeacon's or a webhook's. No event was sent.
package struct EventSinkReading: Sendable, Equatable {
  package var sink: Sink
  /// Without password and query.
  package var url: String
  /// The status of a GET, with what it took.
  package var outcome: Result<Int, SinkReading.Fault>
  package var took = Duration.zero

  package init(
    _ sink: Sink = .logbeacon, url: String, _ outcome: Result<Int, SinkReading.Fault>, took: Duration = .zero
  ) {
    self.sink = sink
    self.url = url
    self.outcome = outcome
    self.took = took
  }

  package var findings: [Finding] {
    let topic = sink.rawValue
    let key = "\(topic).url"
    switch outcome {
    case .failure(let fault):
      return [
        .fail(
          topic, "\(url): \(fault.text); \(fault.mend(key))",
          fault.failure == .invalid ? .configuration : .absence)
      ]
    case .success(let status):
      let answer = "\(url): it answers GET with \(status) in \(DataFolderReading.milliseconds(took))"
      switch status {
      case 500...:
        return [.warn(topic, "\(answer): the service is in trouble, or takes POST alone; events are tried again")]
      case 404, 410:
        return [.warn(topic, "\(answer): check the path in \(key), unless the service knows POST alone")]
      case 300..<400:
        return [
          .warn(topic, "\(answer), a redirect, which is not followed; write the final address into \(key)")
        ]
      default: return [.ok(topic, "\(answer); no event was sent")]
      }
    }
  }
}

/// What was seen of one bot and its chats. No message was sent.
package struct TelegramReading: Sendable, Equatable {
  package enum Answer: Sendable, Equatable {
    /// The bot's or the chat's name.
    case ok(String)
    /// The API's status and description.
    case refused(Int, String)
    case failed(SinkReading.Fault)
  }

  package struct Chat: Sendable, Equatable {
    /// `developer` or `customer`.
    package var role: String
    package var id: String
    package var answer: Answer
    package init(role: String, id: String, answer: Answer) {
      self.role = role
      self.id = id
      self.answer = answer
    }
  }

  /// Domains that share the bot and the chats.
  package var domains: [String]
  package var bot: Answer
  package var chats: [Chat] = []

  package init(domains: [String], bot: Answer, chats: [Chat] = []) {
    self.domains = domains
    self.bot = bot
    self.chats = chats
  }

  package var findings: [Finding] {
    [botFinding] + chats.map(finding)
  }

  private var place: String {
    domains.count > 3
      ? "\(domains.prefix(3).joined(separator: ", ")) and \(domains.count - 3) more" : domains.joined(separator: ", ")
  }

  private var botFinding: Finding {
    switch bot {
    case .ok(let name): .ok("telegram", "\(place): the token is valid, the bot is @\(name)")
    case .refused(401, _), .refused(404, _):
      .fail(
        "telegram", "\(place): the token is not valid; write the one that BotFather gave into telegram.bot_token",
        .configuration)
    case .refused(let status, let text):
      .fail("telegram", "\(place): the API answers \(status) (\(text)) to getMe; try again later")
    case .failed(let fault): .fail("telegram", "\(place): \(fault.text); \(fault.mend("telegram.api_base"))")
    }
  }

  private func finding(_ chat: Chat) -> Finding {
    let name = "\(place): the \(chat.role) chat \(chat.id)"
    let key = "telegram.\(chat.role).chat_id"
    switch chat.answer {
    case .ok(let title): return .ok("telegram", "\(name) is there\(title.isEmpty ? "" : " (\(title))")")
    case .refused(400, let text), .refused(403, let text):
      return .fail("telegram", "\(name): \(text); add the bot to the chat, or mend \(key)", .configuration)
    case .refused(let status, let text):
      return .warn("telegram", "\(name): the API answers \(status) (\(text)); try again later")
    case .failed(let fault): return .fail("telegram", "\(name): \(fault.text); \(fault.mend("telegram.api_base"))")
    }
  }
}
