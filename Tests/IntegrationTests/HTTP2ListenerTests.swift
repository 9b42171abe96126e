import Fakes
import Foundation
import Platform
import Testing

/// HTTP/2 on the public listener, asked by clients that nobody here wrote.
@Suite(.serialized) struct HTTP2ListenerTests {
  private static let event = #"{"level":1,"def_name":"f","message":"m"}"#

  private func run(_ tool: String, _ arguments: [String]) throws -> (exit: ChildProcess.Exit?, text: String) {
    let files = try TemporaryDirectory()
    let child = try ChildProcess(
      tool, arguments: arguments, environment: ["PATH": "/usr/bin:/bin", "HOME": files.path],
      output: files.file("out"), errors: files.file("err"))
    let exit = child.wait(timeout: .seconds(30))
    return (exit, files.read("out") + files.read("err"))
  }

  private func curl(_ gateway: GatewayProcess, _ path: String, _ more: [String]) throws -> String {
    try run(
      "/usr/bin/curl",
      ["--silent", "--max-time", "10", "--write-out", " %{http_version} %{http_code}"] + more + [gateway.url + path]
    ).text
  }

  @Test("curl speaks it by prior knowledge, and is answered over HTTP/1.1 when it offers to upgrade")
  func priorKnowledge() throws {
    let gateway = try GatewayProcess()
    try #require(gateway.waitUntilHealthy())
    let post = ["--header", "Content-Type: application/json", "--data", Self.event]
    let known = try curl(
      gateway, "/log", ["--http2-prior-knowledge", "--include", "--header", "X-Request-Id: r-1"] + post)
    #expect(known.contains("HTTP/2 202"))
    #expect(known.contains("x-request-id: r-1\r\n") && !known.contains("connection:"))
    #expect(known.contains(#""stored":"spool""#) && known.hasSuffix(" 2 202"))
    #expect(try curl(gateway, "/log", ["--http2"] + post).hasSuffix(" 1.1 202"))
    #expect(try curl(gateway, "/health", ["--http2-prior-knowledge", "--head"]).hasSuffix(" 2 200"))
    #expect(try curl(gateway, "/none", ["--http2-prior-knowledge"]).hasSuffix(" 2 404"))

    let large = try TemporaryDirectory()
    try large.write(String(repeating: " ", count: 1_200_000) + Self.event, to: "large.json")
    let upload = ["--http2-prior-knowledge", "--header", "Content-Type: application/json"]
    let file = large.file("large.json")
    #expect(try curl(gateway, "/log", upload + ["--data-binary", "@\(file)"]).hasSuffix(" 2 413"))
    #expect(try curl(gateway, "/log", upload + ["--request", "POST", "--upload-file", file]).hasSuffix(" 2 413"))
    try large.write(String(repeating: " ", count: 1_000_000) + Self.event, to: "large.json")
    let waiting = upload + ["--header", "Expect: 100-continue", "--data-binary", "@\(file)"]
    #expect(try curl(gateway, "/log", waiting).hasSuffix(" 2 202"))
  }

  @Test("over TLS it is what ALPN settles on, where the client offers it")
  func negotiated() throws {
    let authority = try TestAuthority()
    let listener = try TLSListener(authority)
    #expect(listener.waitUntilListening())
    for (offer, chosen) in [("h2,http/1.1", "h2"), ("http/1.1,h2", "h2"), ("http/1.1", "http/1.1")] {
      #expect(try listener.openssl(["-alpn", offer]).text.contains("ALPN protocol: \(chosen)\n"))
    }
    let version = ["--write-out", "%{http_version} %{http_code}"]
    let post = ["--header", "Content-Type: application/json", "--data", Self.event]
    #expect(try listener.curl("/log", trusting: authority, ["--http2"] + version + post) == "2 202")
    #expect(try listener.curl("/log", trusting: authority, ["--http1.1"] + version + post) == "1.1 202")
    let load = try run(
      "/usr/bin/h2load", ["-n", "500", "-c", "5", "-m", "20", "https://127.0.0.1:\(listener.port)/health"])
    #expect(load.text.contains("500 succeeded, 0 failed, 0 errored, 0 timeout"), "\(load.text)")
  }

  @Test("nghttp reads several answers over one connection, h2load thousands over many")
  func tools() throws {
    let gateway = try GatewayProcess()
    try #require(gateway.waitUntilHealthy())
    let (exit, text) = try run("/usr/bin/nghttp", ["-nv", gateway.url + "/health", gateway.url + "/health/live"])
    #expect(exit == .code(0))
    #expect(text.components(separatedBy: ":status: 200").count == 3, "\(text)")
    try gateway.folder.write(Self.event, to: "event.json")
    let load = try run(
      "/usr/bin/h2load",
      [
        "-n", "3000", "-c", "20", "-m", "50", "-d", gateway.folder.file("event.json"), "-H",
        "content-type: application/json", gateway.url + "/log",
      ])
    #expect(load.text.contains("3000 succeeded, 0 failed, 0 errored, 0 timeout"), "\(load.text)")
    #expect(load.text.contains("3000 2xx"))
  }

  @Test("SIGTERM under load: every stream that GOAWAY counts in is answered, and what was accepted is kept")
  func terminated() throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let gateway = try deployment.start()
    let clients = (0..<4).map { HTTP2Client(gateway.port, prefix: "c\($0)") }
    #expect(waitUntil { clients.allSatisfy { $0.sent > 200 } })
    gateway.kill(SIGTERM)
    #expect(gateway.wait() == .code(0))
    for client in clients {
      client.join()
      let last = try #require(client.frames.last { $0.kind == .goAway })
      #expect(last.code == 0)
      let answered = Set(client.frames.filter { $0.kind == .data && $0.endsStream }.map(\.stream))
      let counted = Set(stride(from: 1, through: last.number, by: 2))
      #expect(counted.subtracting(answered).isEmpty, "\(counted.subtracting(answered).count) without an answer")
      #expect(!client.accepted.isEmpty && client.statuses.isSubset(of: [503]))
    }
    let accepted = Set(clients.flatMap(\.accepted))
    let second = try deployment.start()
    #expect(waitUntil(timeout: .seconds(60)) { deployment.logbeacon.acceptedIDs.isSuperset(of: accepted) })
    #expect(deployment.logbeacon.duplicateIDs.isEmpty)
    second.kill(SIGTERM)
    #expect(second.wait() == .code(0))
  }
}
