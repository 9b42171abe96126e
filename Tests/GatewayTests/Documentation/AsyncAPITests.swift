import Core
import Fakes
import Gateway
import JSON
import Testing

/// `asyncapi.yaml` says what is published and taken, item by item.
@Suite struct AsyncAPITests {
  private let document: Specification

  init() throws { document = try Specification(Specification.asyncAPI) }

  private func check(_ value: JSONValue, _ schema: String) throws -> [String] {
    try SchemaCheck(specification: document).problems(value, try document[schema])
  }

  @Test("it has this version")
  func version() throws {
    #expect(try document["info/version"] == .string(Version.current))
  }

  @Test("its channels are the queues of each sink and their dead letters")
  func channels() throws {
    let addresses = try document["channels"].object?.values.compactMap { $0["address"]?.string } ?? []
    let queues = Sink.allCases.map { QueueName(domain: "{domain}", sink: $0) }
    #expect(addresses.sorted() == queues.flatMap { [$0.description, $0.deadName] }.sorted())
    let lock = try #require(QueueName(domain: "{domain}", sink: .telegram).lockName)
    #expect(try document["info/description"].string?.contains("`\(lock)`") == true)
  }

  @Test("closed sets are the code's")
  func sets() throws {
    let schemas = try document["components/schemas"]
    let event = schemas["Event"]?["properties"]
    #expect(event?["level"]?["enum"]?.array?.compactMap(\.int) == Level.allCases.map { Int($0.rawValue) })
    #expect(event?["level_name"]?["enum"]?.strings == Level.allCases.map(\.name.description))
    #expect(event?["def_name"]?["maxLength"] == .int(EventRules.maxDefNameScalars))
    #expect(event?["hash_value"]?["maxLength"] == .int(EventRules.maxHashScalars))
    let target = try document["components/schemas/Notification/allOf"][1]?["properties"]?["target"]
    #expect(target?["enum"]?.strings == Audience.allCases.map(\.rawValue))
    let reasons = try document["components/schemas/DeadLetterHeaders/properties/x-reason"]
    #expect(reasons["enum"]?.strings == DeathReason.allCases.map(\.rawValue))
    for reason in DeathReason.allCases {
      #expect(reasons["description"]?.string?.contains("`\(reason.rawValue)`") == true)
    }
  }

  @Test("properties and headers have the names and values that are on the wire")
  func wire() throws {
    for name in ["event", "notification"] {
      let message = try document["components/messages/\(name)"]
      #expect(message["contentType"]?.string == MessageProperties.contentType)
      #expect(message["bindings"]?["amqp"]?["messageType"]?.string == MessageProperties.type)
      #expect(message["x-amqp-properties"]?["type"]?.string == MessageProperties.type)
    }
    let pack = try document["components/messages/pack"]
    #expect(pack["contentType"]?.string == CopyPack.contentType)
    #expect(pack["bindings"]?["amqp"]?["messageType"]?.string == CopyPack.type)
    #expect(pack["x-amqp-properties"]?["type"]?.string == CopyPack.type)
    #expect(pack["description"]?.string?.contains(" 1 to \(CopyPack.maxCopies) copies") == true)
    let letter = try document["components/messages/deadLetter/x-amqp-properties"]
    #expect(letter["content_type"]?.string == MessageProperties.contentType)
    #expect(letter["type"]?.string?.hasPrefix("\(MessageProperties.type),") == true)
    for (schema, headers) in [("Headers", MessageHeader.ofCopies), ("DeadLetterHeaders", MessageHeader.ofDeadLetters)] {
      let names = headers.map(\.rawValue).sorted()
      #expect(try document["components/schemas/\(schema)/properties"].object?.keys.sorted() == names)
      #expect(
        try document["components/schemas/\(schema)/required"].strings.sorted()
          == names.filter { $0 != MessageHeader.digest.rawValue && $0 != MessageHeader.traceparent.rawValue })
    }
    let lastError = try document["components/schemas/DeadLetterHeaders/properties"][MessageHeader.lastError.rawValue]
    #expect(lastError?["maxLength"] == .int(MessageHeader.maxErrorScalars))
  }

  @Test("every body that is queued has exactly the members listed, in their order", arguments: Level.allCases)
  func bodies(_ level: Level) throws {
    let event =
      #"{"level":\#(level.rawValue),"def_name":"f","message":"用\n","extra_info":{"a":1},"hash_value":"h","id":"i:1"}"#
    let batch = try Self.queued(event)
    #expect(batch.rows.count == Routes.all.filter(level.routes.contains).count)
    let order = try document["components/schemas/Event/required"].strings
    for row in batch.rows {
      let text = String(decoding: batch.bytes[row.body], as: UTF8.self)
      let body = try #require(JSONValue(parsing: Array(text.utf8)))
      #expect(try check(body, "components/schemas/\(row.audience == nil ? "Event" : "Notification")") == [])
      let names = order + (row.audience == nil ? [] : ["target"])
      #expect(body.object?.keys.sorted() == names.sorted())
      let places = try names.map { try #require(text.firstRange(of: "\"\($0)\":")).lowerBound }
      #expect(places == places.sorted())
    }
  }

  @Test(
    "the examples keep their schemas, and a worker can read them", arguments: ["event", "notification", "olderEvent"])
  func examples(_ message: String) throws {
    let examples = document.examples(in: try document["components/messages/\(message)"])
    #expect(!examples.isEmpty)
    for (name, payload) in examples {
      #expect(try check(payload, "components/messages/\(message)/payload") == [], "\(name)")
      let event = try #require(StoredEvent(reading: payload), "\(name)")
      #expect(event.target == (message == "notification" ? .customer : nil))
      guard message != "olderEvent" else { continue }
      #expect(payload["level_name"]?.string == event.level.name.description)
      #expect(event.timestamp == 1_736_908_200_000)
    }
  }

  @Test("the example of a pack is one, and a worker can read its copies")
  func packExample() throws {
    let (_, payload) = try #require(document.examples(in: try document["components/messages/pack"]).first)
    let body = try Array(#require(payload.string).utf8)
    #expect(try check(payload, "components/messages/pack/payload") == [])
    let items = CopyPack(body.span)?.items ?? []
    #expect(items.map(\.attempt) == [0, 1])
    for item in items {
      let copy = try #require(JSONValue(parsing: Array(body[item.body])))
      #expect(StoredEvent(reading: copy) != nil)
    }
  }

  @Test("the examples' headers keep their schemas")
  func headers() throws {
    for (name, message) in try document["components/messages"].object ?? [:] {
      guard message["headers"] != nil else { continue }
      for example in message["examples"]?.array ?? [] {
        let headers = try #require(example["headers"])
        #expect(try check(headers, "components/messages/\(name)/headers") == [], "\(name)")
      }
    }
  }

  /// The copies of an event, as the intake hands them to the queue.
  private static func queued(_ event: String) throws -> CopyBatch {
    let settings = Settings()
    let reader = JSONReader()
    var batch = CopyBatch()
    guard reader.read(Array(event.utf8).span, as: .value) == .object else { return batch }
    reader.withItem(0) { members, text in
      let verdict = EventRules(settings: settings).check(
        members, text: text, arrival: 1_736_908_200_000, makeID: { .uuidV7(milliseconds: 0, random: (0, 0)) })
      guard case .valid(let draft) = verdict else { return }
      BodyEncoder(settings: settings).append(draft, text: text, routes: draft.level.routes, to: &batch)
    }
    return batch
  }
}
