import Fakes
import Foundation
import Platform
import Testing

/// That a 2xx comes after durability, read from the order of system calls: no clock and no luck are in it.
@Suite(.serialized, .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace")))
struct AnswerOrderTests {
  static let calls = "pwrite64,fdatasync,fsync,sendto,recvfrom,read,write,writev,sendmsg"

  @Test("each 2xx is sent after the sync that follows the write of its event")
  func embedded() throws {
    let gateway = try GatewayProcess(environment: ["BEACONGATE_CONSOLE_FORMAT": "off"])
    try #require(gateway.waitUntilHealthy())
    let trace = try SystemCallTrace(gateway.child.pid, calls: Self.calls)
    let clients = 8
    let rounds = 25
    let accepted = Monitor(Set<String>())
    let threads = (0..<clients).map { client in
      NamedThread("client-\(client)") {
        guard let connection = try? RawHTTPConnection(port: gateway.port) else { return }
        for round in 0..<rounds {
          let id = Self.id(client * rounds + round)
          guard (try? connection.send(Self.request(id))) != nil, let answer = try? connection.readResponse() else {
            return
          }
          if answer.status == 202 { accepted.change { _ = $0.insert(id) } }
        }
      }
    }
    for thread in threads { thread.join() }
    let calls = trace.stop()
    #expect(accepted.value.count == clients * rounds)
    for id in accepted.value {
      let answer = try #require(calls.first { $0.isAnswer && $0.arguments.contains(id) }, "no answer to \(id)")
      let write = try #require(
        calls.first { $0.name == "pwrite64" && $0.result != nil && $0.arguments.contains(id) },
        "\(id) was never written")
      let sync = calls.first {
        ($0.name == "fdatasync" || $0.name == "fsync") && $0.descriptor == write.descriptor && $0.result == 0
          && $0.began > write.ended && $0.ended < answer.began
      }
      #expect(sync != nil, "\(id) was answered before its sync")
    }
  }

  @Test("with a broker each 2xx is sent after the confirm of its message")
  func broker() throws {
    let node = try RabbitNode.shared
    let domain = "order\(Int.random(in: 1...999_999)).example"
    let gateway = try GatewayProcess(environment: [
      "BEACONGATE_ROLE": "ingest", "BEACONGATE_BROKER_URLS": node.url, "BEACONGATE_DOMAINS": domain,
      "BEACONGATE_CONSOLE_FORMAT": "off", "BEACONGATE_BROKER_CONFIRM_TIMEOUT": "10s",
    ])
    try #require(gateway.waitUntilHealthy())
    let connection = try RawHTTPConnection(port: gateway.port)
    // Until the publisher has its link, copies go to the spool.
    var attempts = 0
    let isConnected = try waitUntil(timeout: .seconds(20)) {
      attempts += 1
      try connection.send(Self.request("warm-\(attempts)"))
      return try connection.readResponse().json?["stored"] == "broker"
    }
    try #require(isConnected)
    let trace = try SystemCallTrace(gateway.child.pid, calls: Self.calls)
    let ids = (0..<41).map(Self.id)
    for id in ids {
      try connection.send(Self.request(id))
      let answer = try connection.readResponse()
      #expect(answer.status == 202 && answer.json?["stored"] == "broker")
    }
    let calls = trace.stop()
    // The last answer may be here before strace has written of its sending.
    for id in ids.dropLast() {
      let answer = try #require(calls.first { $0.isAnswer && $0.arguments.contains(id) }, "no answer to \(id)")
      let publish = try #require(
        calls.first { $0.isSend && !$0.isAnswer && $0.arguments.contains(id) }, "\(id) was never published")
      // With one event at a time the next ack is this message's, since nothing but publishing is acked here. The connection has
      // a second descriptor for what is sent.
      let confirm = calls.first {
        !$0.isSend && $0.arguments.contains(Self.basicAck) && $0.began > publish.began && $0.ended < answer.began
      }
      #expect(confirm != nil, "\(id) was answered before its confirm")
    }
  }

  /// Class 60, method 80, as strace writes the four bytes.
  static let basicAck = #"\0<\0P"#

  /// Of one length, so that none is part of another.
  private static func id(_ number: Int) -> String { "audit-\(10_000 + number)" }

  /// The id is in the event twice, apart: one of them lies within one page, whatever the page boundary.
  private static func request(_ id: String) -> String {
    let body =
      #"{"level":1,"id":"\#(id)","def_name":"f","message":"\#(String(repeating: "m", count: 100))","extra_info":"\#(id)"}"#
    return
      "POST /log HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }
}

extension SystemCallTrace.Call {
  fileprivate var isSend: Bool { ["sendto", "write", "writev", "sendmsg"].contains(name) }
  fileprivate var isAnswer: Bool { isSend && arguments.contains("HTTP/1.1 202") }
}
