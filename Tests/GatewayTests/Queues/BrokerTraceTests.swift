import AMQP
import Core
import Fakes
import Platform
import Testing

@testable import Gateway

@Suite("traceparent at the broker", .serialized) struct BrokerTraceTests {
  private static let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  private static func post(_ id: String, _ field: String) -> String {
    RunningGateway.post(
      #"{"id":"\#(id)","level":1,"def_name":"f","message":"m"}"#,
      headers: "Content-Type: application/json\r\n\(field)")
  }

  @Test("a request's is a header of its messages and a member of their bodies; one that is invalid is ignored")
  func published() throws {
    let node = try RabbitNode.shared
    let domain = "trace-\(UInt32.random(in: 0 ... .max)).example"
    let gateway = try RunningGateway {
      $0.domains = [Settings.Domain(name: domain)]
      $0.broker.urls = [Secret(node.url)]
      $0.queue = .rabbitmq
      $0.role = .ingest
    }
    for (id, field) in [
      ("a", "traceparent: \(Self.trace)\r\n"), ("b", ""), ("c", "Traceparent: \(Self.trace.uppercased())\r\n"),
      ("d", "traceparent: \(Self.trace)\r\ntraceparent: \(Self.trace)\r\n"),
    ] {
      #expect(try gateway.exchange(Self.post(id, field)).status == 202)
    }
    // The same event under another trace is the same event.
    #expect(try gateway.exchange(Self.post("b", "traceparent: \(Self.trace)\r\n")).json?["duplicate"] == true)
    let messages = try BrokerHand(node.url).take("\(domain)_logbeacon", 4)
    for message in messages {
      let isTraced = message.properties.messageID == "a"
      #expect(message.properties.headers.string("traceparent") == (isTraced ? Self.trace : nil))
      #expect(JSONValue(parsing: message.body)?["traceparent"]?.string == (isTraced ? Self.trace : nil))
    }
    #expect(Set(messages.map(\.properties.messageID)) == ["a", "b", "c", "d"])
  }
}
