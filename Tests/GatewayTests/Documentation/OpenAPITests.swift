import Fakes
import JSON
import Testing

@testable import Core
@testable import Gateway

/// `openapi.yaml` says what the code does, item by item.
@Suite struct OpenAPITests {
  private let document: Specification

  init() throws { document = try Specification(Specification.openAPI) }

  /// Kinds of problems that a reader of bodies, the intake and its clocks answer `POST /log` with; what the parser answers
  /// comes on top.
  private static let intakeKinds: Set<Problem.Kind> = [
    .malformedBody, .invalidEvent, .idConflict, .requestTimeout, .unavailable, .unauthorized, .forbidden,
    .tooManyRequests,
  ]
  /// Kinds that requests for another path, method or listener meet.
  private static let otherKinds: Set<Problem.Kind> = [
    .notFound, .methodNotAllowed, .misdirectedRequest,
  ]
  /// Kinds that nothing answers with.
  private static let unusedKinds: Set<Problem.Kind> = [.internalError]

  private static let statuses: [Problem.Kind: Int] = Dictionary(
    uniqueKeysWithValues: Problem.Kind.allCases.map { ($0, Int($0.status.rawValue)) })

  @Test("it has this version")
  func version() throws {
    #expect(try document["info/version"] == .string(Version.current))
  }

  @Test(
    "each listener serves the paths and methods that it lists",
    arguments: [("http://127.0.0.1:8080", Router.intake), ("http://127.0.0.1:8081", Router.admin)])
  func routes(_ server: String, _ router: Router) throws {
    let table = try #require(Mirror(reflecting: router).descendant("routes") as? [Router.Route])
    var served: [String: Set<String>] = [:]
    for route in table {
      let methods = HTTPMethod.allCases.filter { $0 != .other && route.methods.contains(MethodSet($0)) }
      let names = methods.map { $0.name.description.lowercased() }
      served[String(decoding: route.path, as: UTF8.self), default: []].formUnion(names)
    }
    var listed: [String: Set<String>] = [:]
    for (path, item) in try document["paths"].object ?? [:] {
      let item = try document.resolved(item)
      let servers = try item["servers"] ?? document["servers"]
      guard servers.array?.contains(where: { $0["url"] == .string(server) }) == true else { continue }
      listed[path] = Set(item.object?.keys ?? [:].keys).subtracting(["servers", "description", "parameters"])
    }
    #expect(listed == served)
  }

  @Test("POST /log lists every status that it can be answered with, and every problem under its own")
  func statuses() throws {
    let formats = [BodyFormat.Verdict.lengthRequired, .unsupportedType].compactMap(\.problem?.kind)
    let kinds = Self.intakeKinds.union(formats).union(Refusal.allCases.map(\.kind))
    let responses = try document["paths/~1log/post/responses"]
    #expect(Set(responses.object?.keys ?? [:].keys) == Set(["202"] + kinds.map { "\($0.status.rawValue)" }))
    var listed: Set<Problem.Kind> = []
    for (status, response) in responses.object ?? [:] where status != "202" {
      let content = try #require(try document.resolved(response)["content"]?.object)
      #expect(Array(content.keys) == [ResponseHead.MediaType.problem.text.description])
      for (name, example) in try examples(content) {
        #expect(example["status"].flatMap(\.int).map(String.init) == status, "\(name)")
        let kind = try #require(Problem.Kind(urn: example["type"]))
        #expect(example["title"]?.string == kind.title.description)
      }
      for kind in try types(content) {
        #expect("\(kind.status.rawValue)" == status)
        listed.insert(kind)
      }
    }
    #expect(listed == kinds)
  }

  @Test("every kind of problem is listed, or known to be answered to nobody")
  func kinds() throws {
    let listed = try document["components/schemas/Problem/properties/type/enum"].array ?? []
    let kinds = Set(listed.compactMap { Problem.Kind(urn: $0) })
    #expect(kinds.count == listed.count)
    #expect(kinds == Set(Problem.Kind.allCases).subtracting(Self.unusedKinds))
    #expect(kinds.isSuperset(of: Self.otherKinds))
  }

  @Test("the members of an event, their limits and marks are those of the rules")
  func fields() throws {
    let fields = EventField.allCases.filter { $0 != .idempotencyKey }
    let event = try document["components/schemas/Event"]
    #expect(Set(event["properties"]?.object?.keys ?? [:].keys) == Set(fields.map(\.rawValue)))
    #expect(event["properties"]?["def_name"]?["maxLength"] == .int(EventRules.maxDefNameScalars))
    #expect(event["properties"]?["hash_value"]?["maxLength"] == .int(EventRules.maxHashScalars))
    for (name, limit) in [("message", Settings().limits.message), ("extra_info", Settings().limits.extraInfo)] {
      #expect(event["properties"]?[name]?["x-cut-beyond"] == .int(limit))
      #expect(event["properties"]?[name]?["x-cut-mark"] == .string(Marker.truncated.description))
    }
    let error = try document["components/schemas/FieldError/properties"]
    #expect(Set(error["field"]?["enum"]?.strings ?? []) == Set(EventField.allCases.map(\.rawValue)))
    #expect(Set(error["code"]?["enum"]?.strings ?? []) == Set(FieldProblem.Code.allCases.map(\.rawValue)))
    let numbers = try document["components/schemas/Event/properties/level/anyOf"][0]?["enum"]?.array?.compactMap(\.int)
    #expect(numbers == Level.allCases.map { Int($0.rawValue) })
    let names = try document["components/schemas/Event/properties/level/anyOf"][1]?["examples"]?.strings
    #expect(names == Level.allCases.map(\.name.description))
  }

  @Test("what is said of dead letters is the code's")
  func dead() throws {
    for schema in ["DeadReplay", "DeadPurge"] {
      let members = try document["components/schemas/\(schema)/properties"]
      #expect(members["reason"]?["enum"]?.strings == DeathReason.allCases.map(\.rawValue))
      #expect(members["sink"]?["enum"]?.strings == Sink.allCases.map(\.rawValue))
      #expect(members["where"]?["enum"]?.strings == DeadPlace.allCases.map(\.rawValue))
      #expect(members["limit"]?["maximum"] == .int(DeadOrder.maxChanged))
      #expect(members["keys"]?["maxItems"] == .int(DeadOrder.maxKeys))
    }
    let parameters = try document["components/pathItems/Dead/get/parameters"].array ?? []
    let limit = parameters.first { $0["name"] == "limit" }?["schema"]
    #expect(limit?["maximum"] == .int(DeadOrder.maxListed))
    #expect(limit?["default"] == .int(DeadOrder.listLimit))
    let reasons = parameters.first { $0["name"] == "reason" }?["schema"]?["enum"]?.strings
    #expect(reasons == DeathReason.allCases.map(\.rawValue))
    #expect(
      try document["components/schemas/DeadUnseen/description"].string?.contains("\(BrokerDead.maxWalked)") == true)
  }

  @Test("the answers' closed sets are the code's")
  func sets() throws {
    let answer = try document["components/schemas/AcceptedEvent/properties"]
    #expect(answer["routes"]?["items"]?["enum"]?.strings == Routes.all.map(\.name.description))
    #expect(answer["truncated"]?["items"]?["enum"]?.strings == TruncatedField.allCases.map(\.rawValue))
    #expect(answer["ignored"]?["maxItems"] == .int(EventRules.maxIgnoredNames))
    #expect(answer["ignored"]?["items"]?["maxLength"] == .int(EventRules.maxIgnoredNameScalars))
    #expect(try document["components/schemas/Stored/enum"].strings == StoredIn.allCases.map(\.rawValue))
    let health = try document["components/schemas/Health/properties"]
    #expect(health["status"]?["enum"]?.strings == HealthStatus.allCases.map(\.rawValue))
    #expect(health["role"]?["enum"]?.strings == Settings.Role.allCases.map(\.rawValue))
  }

  @Test(
    "limits that are told in words are the code's",
    arguments: [
      ("pathItems/Log/post/requestBody", "\(Settings().http.maxBodyBytes)"),
      ("responses/HeaderTooLarge", "(\(HTTPLimits().maxHeaderBytes))"),
      ("responses/HeaderTooLarge", "(\(HTTPLimits().maxHeaders))"),
      ("responses/HeaderTooLarge", "\(HTTPLimits().maxTrailerBytes) bytes"),
      ("responses/TargetTooLong", "\(HTTPLimits().maxTargetBytes) bytes"),
      ("responses/RequestTimeout", "\(HTTPLimits().minBodyBytesPerSecond) bytes/s"),
      ("responses/RequestTimeout", "\(HTTPLimits().bodyRateGrace.components.seconds) s"),
      ("responses/Stuck", "\(Liveness.limitNanoseconds / 1_000_000_000) s"),
      ("responses/TailUnavailable", "\(TailHub.maxTails) readers"),
      ("parameters/IdempotencyKey", "\(EventID.maxBatchKeyLength) characters"),
    ])
  func words(_ path: String, _ words: String) throws {
    #expect(try document["components/\(path)/description"].string?.contains(words) == true)
  }

  @Test("the reader's limits are the schemas'")
  func readerLimits() throws {
    let items = try #require(try document["components/schemas/Batch/maxItems"].int)
    let members = try #require(try document["components/schemas/Event/maxProperties"].int)
    let reader = JSONReader()
    func array(_ count: Int) -> [UInt8] {
      Array("[\(Array(repeating: "{}", count: count).joined(separator: ","))]".utf8)
    }
    func object(_ count: Int) -> [UInt8] {
      Array("{\((0..<count).map { "\"m\($0)\":1" }.joined(separator: ","))}".utf8)
    }
    #expect(reader.read(array(items).span, as: .value) == .array)
    #expect(reader.read(array(items + 1).span, as: .value).problem == .tooManyItems)
    #expect(reader.read(object(members).span, as: .value) == .object)
    #expect(reader.read(object(members + 1).span, as: .value).problem == .tooManyMembers)
  }

  private func examples(_ content: [String: JSONValue]) throws -> [String: JSONValue] {
    content.values.map(document.examples).reduce(into: [:]) { $0.merge($1) { first, _ in first } }
  }

  /// The kinds that the schemas of a response name as `type`, wherever they name them.
  private func types(_ content: [String: JSONValue]) throws -> Set<Problem.Kind> {
    try content.values.reduce(into: []) { $0.formUnion(try types($1["schema"] ?? .null)) }
  }

  private func types(_ schema: JSONValue) throws -> Set<Problem.Kind> {
    // The general schema lists every kind.
    if schema["$ref"] == "#/components/schemas/Problem" { return [] }
    let schema = try document.resolved(schema)
    let type = schema["properties"]?["type"]
    var found = Set(((type?["enum"]?.array ?? []) + [type?["const"]].compactMap(\.self)).compactMap(Problem.Kind.init))
    for choice in ["allOf", "oneOf", "anyOf"].flatMap({ schema[$0]?.array ?? [] }) {
      found.formUnion(try types(choice))
    }
    return found
  }
}

extension Problem.Kind {
  /// The kind of a problem's `type`.
  fileprivate init?(urn: JSONValue?) {
    let lead = "urn:beacongate:problem:"
    guard let urn = urn?.string, urn.hasPrefix(lead) else { return nil }
    self.init(rawValue: String(urn.dropFirst(lead.count)))
  }
}

extension JSONReader.Outcome {
  fileprivate var problem: JSONProblem? { if case .refused(let failure) = self { failure.problem } else { nil } }
}
