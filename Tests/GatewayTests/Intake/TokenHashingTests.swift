import Core
import Fakes
import Platform
import Testing

@testable import Gateway

/// How often a token is hashed, counted inside the loop.
@Suite("A token's hash") struct TokenHashingTests {
  private static let event = #"{"level":0,"def_name":"f","message":"m"}"#

  private static func settings(_ settings: inout Settings) {
    settings.domains = [Settings.Domain(name: "a")]
    settings.auth.allowAnonymous = false
    settings.auth.tokens = ["one", "two"].map {
      var token = Settings.Token(name: $0)
      token.token = Secret("bgt_\($0)")
      return token
    }
  }

  private static func head(_ token: String, _ framing: String) -> String {
    "POST /log HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/json\r\n"
      + "Expect: 100-continue\r\n\(framing)\r\n\r\n"
  }

  @Test("is made once a request, also when the body comes after the head")
  func once() throws {
    let server = try OneLoop(Self.settings)
    try server.serve { port, _ in
      let connection = try RawHTTPConnection(port: port)
      let chunk = "\(String(Self.event.utf8.count, radix: 16))\r\n\(Self.event)\r\n0\r\n\r\n"
      for (framing, body) in [
        ("Content-Length: \(Self.event.utf8.count)", Self.event), ("Transfer-Encoding: chunked", chunk),
      ] {
        try connection.send(Self.head("bgt_one", framing))
        #expect(try connection.readResponse().status == 100)
        try connection.send(body)
        #expect(try connection.readResponse().status == 202)
      }
      try connection.send(Self.head("bgt_one", "Content-Length: \(Self.event.utf8.count)") + Self.event)
      #expect(try connection.readResponse().status == 202)
    }
    #expect(server.loop.handler.log.access.hashed == 3)
  }

  @Test("is made once a stream")
  func streams() throws {
    let server = try OneLoop(Self.settings)
    try server.serve { port, _ in
      let connection = try RawHTTPConnection(port: port)
      let fields = HTTP2Frames.request(
        "POST", "/log", [("content-type", "application/json"), ("authorization", "Bearer bgt_one")])
      var bytes = HTTP2Frames.opening
      for stream: UInt32 in [1, 3] { bytes += HTTP2Frames.headers(stream, fields, ends: false) }
      for stream: UInt32 in [3, 1] { bytes += HTTP2Frames.data(stream, Self.event) }
      try connection.send(bytes + HTTP2Frames.goAway())
      let frames = HTTP2Frame.all(in: try connection.readToEnd())
      for stream: UInt32 in [1, 3] {
        let body = frames.filter { $0.kind == .data && $0.stream == stream }.flatMap(\.payload)
        #expect(JSONValue(parsing: body)?["status"] == "accepted")
      }
    }
    #expect(server.loop.handler.log.access.hashed == 2)
  }

  @Test("is made again when the tokens have changed meanwhile: a revoked one is 401, another goes on")
  func revoked() throws {
    let server = try OneLoop(Self.settings)
    try server.serve { port, mailbox in
      let connections = try ["bgt_one", "bgt_two"].map { token in
        let connection = try RawHTTPConnection(port: port)
        try connection.send(Self.head(token, "Content-Length: \(Self.event.utf8.count)"))
        #expect(try connection.readResponse().status == 100)
        return connection
      }
      var settings = Settings()
      Self.settings(&settings)
      settings.auth.tokens.removeFirst()
      // Messages are taken in their order, and before what comes on sockets later.
      mailbox.send(.settings(settings, Clients(settings)))
      #expect(waitUntil { Self.isRefused(port) })
      for connection in connections { try connection.send(Self.event) }
      #expect(try connections[0].readResponse().status == 401)
      #expect(try connections[1].readResponse().status == 202)
    }
    #expect(server.loop.handler.log.access.hashed >= 3)
  }

  /// The first token is not known any more.
  private static func isRefused(_ port: UInt16) -> Bool {
    let connection = try? RawHTTPConnection(port: port)
    try? connection?.send(head("bgt_one", "Content-Length: 9"))
    return (try? connection?.readResponse().status) == 401
  }
}
