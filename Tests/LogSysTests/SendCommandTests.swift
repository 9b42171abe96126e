import Fakes
import Testing

/// `beacongate send` as a shell sees it: the built binary, its output and its exit code.
@Suite struct SendCommandTests {
  private let gateway: FakeGateway
  private let folder: TemporaryDirectory

  init() throws {
    gateway = try FakeGateway()
    folder = try TemporaryDirectory()
  }

  /// Runs `send` against the fake gateway with `input` on standard input.
  private func send(
    _ arguments: [String], input: String = "", environment: [String: String] = [:], url: String? = nil
  ) throws -> (exit: ChildProcess.Exit?, output: String, errors: String) {
    try folder.write(input, to: "input")
    let child = try ChildProcess(
      try GatewayProcess.binary(), arguments: ["send", "--url=\(url ?? gateway.server.url)"] + arguments,
      environment: environment, input: folder.file("input"), output: folder.file("output"),
      errors: folder.file("errors"))
    let exit = child.wait()
    return (exit, folder.read("output"), folder.read("errors"))
  }

  @Test("flags make an event, and the answer is printed")
  func flags() throws {
    let run = try send(
      [
        "--level", "error", "--def-name", "payment_failed", "--message", "支付\"失敗\"\n", "--extra-info=--x", "--hash",
        "h",
        "--program", "shop", "--domain", "a.example", "--id", "i-1", "--timestamp", "1736908200.25",
      ], environment: ["BEACONGATE_TOKEN": "T0KEN"])
    #expect(run.exit == .code(0))
    #expect(run.errors == "")
    #expect(JSONValue(parsing: Array(run.output.utf8))?["id"] == "i-1")
    #expect(run.output.hasSuffix("}\n"))
    let request = try #require(gateway.server.requests.first)
    #expect(request.headers["authorization"] == "Bearer T0KEN")
    #expect(request.headers["content-type"] == "application/json")
    #expect(
      request.json == [
        "level": "error", "def_name": "payment_failed", "message": "支付\"失敗\"\n", "extra_info": "--x", "hash_value": "h",
        "program_name": "shop", "domain": "a.example", "id": "i-1", "timestamp": .double(1736908200.25),
      ])
  }

  @Test("a numeric level goes out as a number, a written time as a string")
  func kinds() throws {
    #expect(
      try send(["--level=91", "--def-name=f", "--message=", "--timestamp=2025-01-15T10:30:00Z", "--id=1"]).exit
        == .code(0))
    #expect(gateway.server.requests[0].json?["level"] == 91)
    #expect(gateway.server.requests[0].json?["id"] == "1")
    #expect(gateway.server.requests[0].json?["timestamp"] == "2025-01-15T10:30:00Z")
    #expect(gateway.server.requests[0].headers["authorization"] == nil)
  }

  @Test(
    "an object, objects a line, indented objects and an array are sent as they are",
    arguments: [
      (#"{"id":"1","a":"}\"{"}"#, [#"{"id":"1","a":"}\"{"}"#]),
      ("\n{\"id\":\"1\"}\r\n\n{\"id\":\"2\"}\n", ["{\"id\":\"1\"}\r", #"{"id":"2"}"#]),
      ("{\"id\":\"1\"}\n{\"id\":\n{\"id\":\"2\"}\n", [#"{"id":"1"}"#, #"{"id":"#, #"{"id":"2"}"#]),
      ("{\n \"id\": \"1\"\n}\n{\n \"id\": \"2\"\n}\n", ["{\n \"id\": \"1\"\n}", "{\n \"id\": \"2\"\n}"]),
      ("[{\"id\":\"1\"},\n{\"id\":\"2\"}]\n", ["[{\"id\":\"1\"},\n{\"id\":\"2\"}]"]),
    ])
  func standardInput(input: String, texts: [String]) throws {
    _ = try send([], input: input)
    _ = try send(["-"], input: input)
    #expect(gateway.server.requests.map(\.text) == texts + texts)
  }

  @Test("a refused text is told, the rest is sent, and the exit code is 65")
  func refused() throws {
    let run = try send([], input: "{\"id\":\"1\"}\n{\"id\":\"2\",\"def_name\":\"\"}\nnonsense\n{\"id\":\"3\"}\n")
    #expect(run.exit == .code(65))
    #expect(gateway.taken.keys.sorted() == ["1", "3"])
    #expect(
      run.errors
        == "beacongate send: text 2: the gateway answered 422\nbeacongate send: text 3: the gateway answered 400\n")
    #expect(run.output.contains("must not be empty"))
  }

  @Test("a batch that is taken in part is 65")
  func partial() throws {
    gateway.failNext([FakeResponse(status: 202, text: #"{"status":"partial","accepted":1,"rejected":1}"#)])
    #expect(try send([], input: "[1,2]").exit == .code(65))
  }

  @Test(
    "a gateway that takes nothing now is 69 and ends the sending",
    arguments: [
      FakeResponse(status: 503), FakeResponse(status: 429), FakeResponse(status: 500), FakeResponse(status: 200),
      .closeWithoutAnswer,
    ])
  func unavailable(failure: FakeResponse) throws {
    gateway.failNext([failure])
    let run = try send([], input: "{\"id\":\"1\"}\n{\"id\":\"2\"}\n")
    #expect(run.exit == .code(69))
    #expect(run.errors.hasSuffix("0 accepted before it, none sent after it\n"))
    #expect(gateway.server.requestCount == 1)
  }

  @Test("nobody listening is 69")
  func absent() throws {
    let arguments = ["--level=1", "--def-name=f", "--message=m"]
    #expect(try send(arguments, url: "http://127.0.0.1:\(try freePort())").exit == .code(69))
  }

  @Test(
    "a wrong command line is 64 and sends nothing",
    arguments: [
      ["--level", "1"], ["--level", "1", "--def-name", "f"], ["--nonsense"], ["x"], ["-", "--level", "1"], ["--level"],
      ["--level=1", "--def-name=f", "--message=m", "--token=a\nb"],
    ])
  func usage(arguments: [String]) throws {
    let run = try send(arguments)
    #expect(run.exit == .code(64))
    #expect(run.errors.hasPrefix("beacongate send: "))
    #expect(gateway.server.connectionCount == 0)
  }

  @Test("nothing on standard input is 65, help is 0")
  func edges() throws {
    #expect(try send([]).exit == .code(65))
    let help = try send(["--help"])
    #expect(help.exit == .code(0))
    #expect(help.output.contains("--def-name NAME"))
  }
}
