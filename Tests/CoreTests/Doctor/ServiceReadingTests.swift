import Core
import Testing

@Suite("What the doctor finds of broker and sinks") struct ServiceReadingTests {
  @Test(
    "an argument is read from the broker's refusal",
    arguments: [
      (
        "inequivalent arg 'x-max-length' for queue 'q' in vhost '/': received none but current is the value '5' of type 'long'",
        QueueArgument(name: "x-max-length", value: .number(5))
      ),
      (
        "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received none but current is the value 'quorum' of type 'longstr'",
        QueueArgument(name: "x-queue-type", value: .text("quorum"))
      ),
      (
        "inequivalent arg 'durable' for queue 'q' in vhost '/': received 'true' but current is 'false'",
        QueueArgument(name: "durable", value: .text("false"))
      ),
      (
        "inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received 'quorum' but current is none",
        QueueArgument(name: "x-queue-type", value: .none)
      ),
      (
        "inequivalent arg 'x-dead-letter-exchange' for queue 'q' in vhost '/': received none but current is the value 'it's' of type 'longstr'",
        QueueArgument(name: "x-dead-letter-exchange", value: .text("it's"))
      ),
      ("ACCESS_REFUSED - no", nil), ("inequivalent arg '", nil), ("inequivalent arg 'a' but current is ", nil),
    ] as [(String, QueueArgument?)])
  func argument(_ text: String, _ argument: QueueArgument?) {
    #expect(QueueArgument(refusal: text) == argument)
  }

  private static func number(_ name: String, _ value: Int64) -> QueueArgument {
    QueueArgument(name: name, value: .number(value))
  }
  private static func text(_ name: String, _ value: String) -> QueueArgument {
    QueueArgument(name: name, value: .text(value))
  }

  @Test(
    "arguments that lose accepted events are failures",
    arguments: [
      ([], .ok), ([text("x-queue-type", "quorum")], .ok), ([text("x-queue-mode", "lazy")], .ok),
      ([number("x-max-length", 5)], .fail),
      ([number("x-max-length-bytes", 5), text("x-overflow", "drop-head")], .fail),
      ([number("x-max-length", 5), text("x-overflow", "reject-publish")], .warn),
      ([number("x-message-ttl", 5)], .fail),
      ([number("x-message-ttl", 5), text("x-dead-letter-exchange", "")], .warn),
      ([number("x-expires", 5)], .fail), ([text("durable", "false")], .fail), ([text("auto_delete", "true")], .fail),
      ([number("x-delivery-limit", 20)], .warn),
      ([number("x-delivery-limit", 20), text("x-dead-letter-exchange", "e")], .ok),
    ] as [([QueueArgument], Finding.Status)])
  func risks(_ arguments: [QueueArgument], _ status: Finding.Status) {
    var reading = QueueReading(name: "q", condition: .there(messages: 0, consumers: 1))
    reading.arguments = arguments
    var diagnosis = Diagnosis()
    diagnosis += reading.findings
    #expect(diagnosis.status == status)
  }

  @Test("queues that are missing, closed to us, or consumed by nobody")
  func conditions() {
    #expect(QueueReading(name: "q", condition: .missing).findings.map(\.status) == [.ok])
    #expect(QueueReading(name: "q", condition: .refused("no")).findings.map(\.status) == [.fail])
    #expect(QueueReading(name: "q", condition: .there(messages: 1, consumers: 0)).findings.map(\.status) == [.warn])
    var reading = QueueReading(name: "q", condition: .there(messages: 0, consumers: 0))
    reading.dead = 3
    #expect(reading.findings.map(\.status) == [.ok, .warn])
  }

  @Test(
    "a broker's failures say what to look at, and wrong settings are told from absence",
    arguments: [
      (.resolve, .absence, "name service"), (.unreachable, .absence, "firewalls"), (.silent, .absence, "the port"),
      (.tls, .absence, "broker.tls.ca"), (.login, .configuration, "password"),
      (.virtualHost, .configuration, "virtual host"),
      (.other, .absence, "log"),
    ] as [(BrokerReading.Failure, Finding.Cause, String)])
  func broker(_ failure: BrokerReading.Failure, _ cause: Finding.Cause, _ words: String) {
    let findings = BrokerReading(url: "amqp://h:5672/", .failure(.init(failure, "why"))).findings
    #expect(findings.map(\.status) == [.fail])
    #expect(findings[0].cause == cause)
    #expect(findings[0].text.contains("why") && findings[0].text.contains(words))
  }

  @Test(
    "alarms, permissions and small limits of a broker show",
    arguments: [
      (.allowed, .ok), (.blocked("low on memory"), .fail), (.forbidden("no"), .fail), (.unanswered, .fail),
    ] as [(BrokerReading.Publishing, Finding.Status)])
  func publishing(_ publishing: BrokerReading.Publishing, _ status: Finding.Status) {
    var connection = BrokerReading.Connection()
    (connection.heartbeat, connection.channels, connection.frameBytes) = (20, 2047, 131_072)
    connection.publishing = publishing
    #expect(BrokerReading(url: "u", .success(connection)).findings.map(\.status) == [.ok, status])
    (connection.heartbeat, connection.channels, connection.frameBytes) = (0, 4, 4096)
    #expect(BrokerReading(url: "u", .success(connection)).findings.map(\.status) == [.ok, .warn, .warn, .warn, status])
  }

  @Test(
    "LogBeacon's answer to a GET",
    arguments: [
      (200, .ok), (401, .ok), (405, .ok), (404, .warn), (302, .warn), (503, .warn),
    ] as [(Int, Finding.Status)])
  func logbeacon(_ status: Int, _ expected: Finding.Status) {
    #expect(EventSinkReading(url: "u", .success(status)).findings.map(\.status) == [expected])
  }

  @Test("of a webhook the finding names its own key")
  func webhook() {
    let findings = EventSinkReading(.webhook, url: "u", .success(302)).findings
    #expect(findings.map(\.status) == [.warn])
    #expect("\(findings[0])".contains("webhook.url"))
  }

  @Test(
    "LogBeacon out of reach is a failure",
    arguments: [
      (.invalid, .configuration), (.resolve, .absence), (.connect, .absence), (.tls, .absence), (.timeout, .absence),
      (.other, .absence),
    ] as [(SinkReading.Failure, Finding.Cause)])
  func unreachable(_ failure: SinkReading.Failure, _ cause: Finding.Cause) {
    let findings = EventSinkReading(url: "u", .failure(.init(failure, "why"))).findings
    #expect(findings.map(\.status) == [.fail])
    #expect(findings[0].cause == cause)
  }

  @Test(
    "Telegram: a token that is not valid, a chat without the bot",
    arguments: [
      (.ok("b"), .ok("t"), [.ok, .ok]), (.refused(401, "Unauthorized"), .ok(""), [.fail, .ok]),
      (.ok("b"), .refused(400, "chat not found"), [.ok, .fail]), (.ok("b"), .refused(403, "kicked"), [.ok, .fail]),
      (.ok("b"), .refused(429, "later"), [.ok, .warn]), (.failed(.init(.timeout, "no answer")), .ok(""), [.fail, .ok]),
    ] as [(TelegramReading.Answer, TelegramReading.Answer, [Finding.Status])])
  func telegram(_ bot: TelegramReading.Answer, _ chat: TelegramReading.Answer, _ statuses: [Finding.Status]) {
    let reading = TelegramReading(domains: ["a"], bot: bot, chats: [.init(role: "developer", id: "-5", answer: chat)])
    #expect(reading.findings.map(\.status) == statuses)
  }
}
