import Core
import Testing

@Suite("Answers")
struct ResponseTests {
  private static let date = ResponseDate(unixSeconds: 784_111_777)

  private func text(_ write: (inout [UInt8]) -> Void) -> String {
    var bytes = Array("before;".utf8)
    write(&bytes)
    return String(String(decoding: bytes, as: UTF8.self).dropFirst(7))
  }

  @Test(
    "a date is written as RFC 9110 has it",
    arguments: [
      (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
      (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
      (1_763_510_400, "Wed, 19 Nov 2025 00:00:00 GMT"), (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
      (-1, "Thu, 01 Jan 1970 00:00:00 GMT"), (.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ] as [(Int64, String)])
  func dates(seconds: Int64, expected: String) {
    #expect(text { ResponseDate(unixSeconds: seconds).append(to: &$0) } == expected)
  }

  @Test("a plain answer has its fields, its length and its body")
  func plain() {
    let body = Array("{}".utf8)
    let answer = text {
      let head = ResponseHead(.ok, .health, connection: .persistent)
      ResponseWriter.append(head, date: Self.date, body: body.span, to: &$0)
    }
    #expect(
      answer
        == "HTTP/1.1 200 OK\r\nServer: beacongate\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nCache-Control: no-store\r\n"
        + "Content-Type: application/health+json\r\nContent-Length: 2\r\n\r\n{}")
  }

  @Test("an answer that comes piece by piece is chunked, or ends with its connection")
  func pieces() {
    var head = ResponseHead(.ok, .eventStream, connection: .close)
    let plain = text { ResponseWriter.append(opening: head, date: Self.date, to: &$0) }
    #expect(plain.hasSuffix("Content-Type: text/event-stream\r\nConnection: close\r\n\r\n"))
    head.isChunked = true
    let chunked = text {
      ResponseWriter.append(opening: head, date: Self.date, to: &$0)
      ResponseWriter.append(chunk: Array(repeating: 0x78, count: 26).span, isLast: false, to: &$0)
      ResponseWriter.append(chunk: Array("".utf8).span, isLast: false, to: &$0)
      ResponseWriter.append(chunk: Array("y".utf8).span, isLast: true, to: &$0)
    }
    let body = "1a\r\n\(String(repeating: "x", count: 26))\r\n1\r\ny\r\n0\r\n\r\n"
    #expect(chunked.hasSuffix("Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n\(body)"))
  }

  @Test("an answer to HEAD tells the length and leaves the body out")
  func head() {
    let body = Array("{}".utf8)
    let answer = text {
      let head = ResponseHead(.ok, .health, connection: .persistent)
      ResponseWriter.append(head, date: Self.date, body: body.span, toHead: true, to: &$0)
    }
    #expect(answer.hasSuffix("Content-Length: 2\r\n\r\n"))
    let problem = text {
      let head = ResponseHead(.notFound, connection: .persistent)
      ResponseWriter.append(head, date: Self.date, toHead: true, to: &$0) {
        $0.append(problem: .notFound, detail: "x")
      }
    }
    let parsed = ParsedAnswer(problem)
    #expect(parsed.body.isEmpty && (parsed.length ?? 0) > 0)
  }

  @Test("the answer to OPTIONS has Allow and neither body nor length")
  func options() {
    let answer = text {
      var head = ResponseHead(.noContent, nil, connection: .keepAlive)
      head.allow = [.post, .options]
      ResponseWriter.append(head, date: Self.date, body: [UInt8]().span, to: &$0)
    }
    let parsed = ParsedAnswer(answer)
    #expect(parsed.status == "HTTP/1.1 204 No Content")
    #expect(parsed.fields["allow"] == "POST, OPTIONS")
    #expect(parsed.fields["connection"] == "keep-alive")
    #expect(parsed.length == nil && parsed.body.isEmpty && parsed.fields["content-type"] == nil)
  }

  @Test("fields that some statuses need are written")
  func specialFields() {
    let answer = text {
      var head = ResponseHead(.unauthorized, connection: .close)
      head.retryAfter = 7
      head.namesCodings = true
      ResponseWriter.append(head, date: Self.date, to: &$0) { $0.append(problem: .unauthorized, detail: "x") }
    }
    let parsed = ParsedAnswer(answer)
    #expect(parsed.fields["www-authenticate"] == #"Bearer realm="beacongate""#)
    #expect(parsed.fields["retry-after"] == "7")
    #expect(parsed.fields["accept-encoding"] == "gzip, deflate, zstd")
    #expect(parsed.fields["connection"] == "close")
    #expect(parsed.length == parsed.body.utf8.count)
  }

  @Test("every refusal is answered with its problem and closes", arguments: Refusal.allCases)
  func refusals(refusal: Refusal) {
    let answer = text {
      let head = ResponseHead(refusal.kind, connection: .close)
      ResponseWriter.append(head, date: Self.date, to: &$0) {
        $0.append(problem: refusal.kind, detail: refusal.detail)
      }
    }
    let parsed = ParsedAnswer(answer)
    #expect(parsed.status == "HTTP/1.1 \(refusal.kind.status.text)")
    #expect(parsed.fields["connection"] == "close")
    #expect(parsed.fields["content-type"] == "application/problem+json")
    #expect(parsed.length == parsed.body.utf8.count)
    #expect((400...505).contains(refusal.kind.status.rawValue))
  }

  @Test("a prepared answer is completed by its body", arguments: ["", "{}", String(repeating: "x", count: 12345)])
  func prepared(body: String) {
    var prepared = PreparedResponse(.accepted, .json, date: ResponseDate(unixSeconds: 0))
    prepared.renew(date: Self.date)
    for (connection, field) in [
      (ResponseHead.Connection.persistent, nil), (.close, "close"), (.keepAlive, "keep-alive"),
    ] {
      let answer = text {
        let open = prepared.begin(ResponseHead(.accepted, .json, connection: connection), in: &$0)
        $0.append(contentsOf: body.utf8)
        prepared.end(open, in: &$0)
      }
      let parsed = ParsedAnswer(answer)
      #expect(parsed.status == "HTTP/1.1 202 Accepted")
      #expect(parsed.fields["date"] == "Sun, 06 Nov 1994 08:49:37 GMT")
      #expect(parsed.fields["connection"] == field)
      #expect(parsed.length == body.utf8.count && parsed.body == body)
    }
  }

  @Test(
    "X-Request-Id goes back if it is 1 to 128 visible ASCII characters",
    arguments: [
      ("r-1", true), ("!~", true), (String(repeating: "x", count: 128), true), ("", false), ("a b", false),
      ("a\tb", false), ("\u{e9}", false), (String(repeating: "x", count: 129), false),
    ])
  func requestIDs(id: String, isKept: Bool) {
    var machine = RequestMachine(limits: HTTPLimits())
    let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: \(id)\r\n\r\n".utf8)
    _ = machine.advance(bytes.span)
    #expect(machine.head.requestID(in: bytes.span) == (isKept ? Array(id.utf8) : nil))
    var head = ResponseHead(.accepted, .json, connection: .close)
    head.requestID = machine.head.requestID(in: bytes.span)
    let prepared = PreparedResponse(.accepted, .json, date: Self.date)
    let empty: [UInt8] = []
    for answer in [
      text { ResponseWriter.append(head, date: Self.date, body: empty.span, to: &$0) },
      text {
        let open = prepared.begin(head, in: &$0)
        prepared.end(open, in: &$0)
      },
    ] { #expect(ParsedAnswer(answer).fields["x-request-id"] == (isKept ? id : nil)) }
  }

  @Test("a status text begins with its code", arguments: HTTPStatus.allCases)
  func statuses(status: HTTPStatus) {
    #expect("\(status.text)".hasPrefix("\(status.rawValue) "))
  }

  @Test("the connection of an answer follows the request's version and wish")
  func connections() {
    func connection(_ text: String) -> ResponseHead.Connection {
      var machine = RequestMachine(limits: HTTPLimits())
      let bytes = Array(text.utf8)
      _ = machine.advance(bytes.span)
      return machine.head.connection
    }
    #expect(connection("GET / HTTP/1.1\r\nHost: a\r\n\r\n") == .persistent)
    #expect(connection("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") == .close)
    #expect(connection("GET / HTTP/1.0\r\n\r\n") == .close)
    #expect(connection("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") == .keepAlive)
  }

  @Test(
    "a prepared answer tells its body's length, however long", arguments: [0, 9, 99, 100, 999, 1000, 12345, 1_234_567])
  func lengthColumn(_ count: Int) {
    let prepared = PreparedResponse(.accepted, .json, date: ResponseDate(unixSeconds: 0))
    var bytes: [UInt8] = Array("before".utf8)
    let open = prepared.begin(ResponseHead(.accepted, .json, connection: .persistent), in: &bytes)
    bytes += [UInt8](repeating: UInt8(ascii: "x"), count: count)
    prepared.end(open, in: &bytes)
    let text = String(decoding: bytes, as: UTF8.self)
    let head = text.utf8.count - count
    #expect(text.utf8.dropFirst(head - 4).starts(with: "\r\n\r\n".utf8))
    let fields = String(decoding: bytes.prefix(head - 4), as: UTF8.self)
    let number = fields.drop { $0 != "L" }.drop { $0 != " " }
    #expect(fields.contains("Content-Length:"))
    #expect(number.drop { $0 == " " } == "\(count)")
    #expect(text.hasPrefix("beforeHTTP/1.1 202 Accepted\r\n"))
  }
}

/// An answer taken apart: status line, fields by lower-case name, body.
struct ParsedAnswer {
  var status = ""
  var fields: [String: String] = [:]
  var body = ""

  init(_ text: String) {
    let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
    status = String(lines.first ?? "")
    for line in lines.dropFirst().prefix(while: { !$0.isEmpty }) {
      let parts = line.split(separator: ":", maxSplits: 1)
      let value = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
      fields[parts[0].lowercased()] = String(value)
    }
    body = lines.dropFirst(fields.count + 2).joined(separator: "\r\n")
  }

  var length: Int? { fields["content-length"].flatMap { Int($0) } }
}
