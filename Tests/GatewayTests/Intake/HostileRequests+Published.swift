/// What published work on request smuggling and reports about other servers have tried, where the table has nothing like it: ways in
/// which two readers of the same bytes have disagreed on where a request ends.
extension HostileRequest {
  static let published = codings + disguised + lengths + boundaries + expectations + lookalikes

  /// A coding that some readers trim to `chunked`.
  private static let codings =
    ["\u{c}", "\u{1c}", "\u{1d}", "\u{1e}", "\u{1f}", "\r", "\0", "\u{7f}", "\u{85}", "\u{a0}"]
    .flatMap { byte in
      let name = byte.unicodeScalars.first.map { String($0.value, radix: 16) } ?? ""
      return [
        HostileRequest(
          "RFC 9112 §6.1: byte \(name) before chunked", post("Transfer-Encoding: \(byte)chunked\r\n", "0\r\n\r\n"), 400,
          501),
        HostileRequest(
          "RFC 9112 §6.1: byte \(name) behind chunked", post("Transfer-Encoding: chunked\(byte)\r\n", "0\r\n\r\n"), 400,
          501),
      ]
    } + [
      HostileRequest(
        "RFC 9112 §6.1: a list that begins empty", post("Transfer-Encoding: ,chunked\r\n", "0\r\n\r\n"), 400, 501),
      HostileRequest(
        "RFC 9112 §6.1: identity, chunked", post("Transfer-Encoding: identity, chunked\r\n", "0\r\n\r\n"), 400, 501),
      HostileRequest("RFC 9112 §6.1: words", post("Transfer-Encoding: chunked chunked\r\n", "0\r\n\r\n"), 400, 501),
      HostileRequest(
        "RFC 9112 §6.1: an empty field beside it",
        post("Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        400, 501),
      HostileRequest("RFC 9112 §6.1: apostrophes", post("Transfer-Encoding: 'chunked'\r\n", "0\r\n\r\n"), 400, 501),
    ]

  /// A framing field that some readers see and others do not.
  private static let disguised = [
    HostileRequest("RFC 9112 §2.2: behind LF", post("X: y\nTransfer-Encoding: chunked\r\n\(length)"), 400),
    HostileRequest("RFC 9112 §2.2: behind CR", post("X: y\rTransfer-Encoding: chunked\r\n\(length)"), 400),
    HostileRequest("RFC 9112 §2.2: behind CR LF CR", post("X: y\r\n\rTransfer-Encoding: chunked\r\n\(length)"), 400),
    HostileRequest("RFC 9112 §5.1: LF before the colon", post("Transfer-Encoding\n: chunked\r\n\(length)"), 400),
    HostileRequest("RFC 9112 §5.1: CR LF before the colon", post("Transfer-Encoding\r\n: chunked\r\n\(length)"), 400),
    HostileRequest("RFC 9110 §5.1: NUL before the colon", post("Transfer-Encoding\0: chunked\r\n\(length)"), 400),
    HostileRequest(
      "RFC 9110 §5.1: a byte beyond ASCII in it", post("Transfer\u{82}Encoding: chunked\r\n\(length)"), 400),
    HostileRequest(
      "RFC 9110 §5.1: a vertical tab before it", post("\u{b}Transfer-Encoding: chunked\r\n\(length)"), 400),
    HostileRequest("RFC 9110 §5.1: a quoted name", post("\"Transfer-Encoding\": chunked\r\n\(length)"), 400),
    HostileRequest("RFC 9110 §5.1: a colon before it", post(":Transfer-Encoding: chunked\r\n\(length)"), 400),
    HostileRequest(
      "RFC 9112 §5.2: folded before the first field",
      "POST /log HTTP/1.1\r\n Host: b\r\nHost: a\r\n\(length)\r\n\(event)", 400),
    HostileRequest(
      "RFC 9112 §5.2: the value on the next line", post("Transfer-Encoding:\r\n chunked\r\n\(length)"), 400),
    HostileRequest(
      "RFC 9112 §5.2: a length on the next line", post("Content-Length:\r\n \(event.utf8.count)\r\n"), 400),
  ]

  /// A length that some readers make another number of.
  private static let lengths = [
    HostileRequest("RFC 9110 §8.6: a list with a zero", post("Content-Length: 0, \(event.utf8.count)\r\n"), 400),
    HostileRequest("RFC 9110 §8.6: a comma behind it", post("Content-Length: \(event.utf8.count),\r\n"), 400),
    HostileRequest("RFC 9110 §8.6: a semicolon behind it", post("Content-Length: \(event.utf8.count);\r\n"), 400),
    HostileRequest("RFC 9110 §8.6: an underscore in it", post("Content-Length: 4_1\r\n"), 400),
    HostileRequest("RFC 9110 §8.6: quoted", post("Content-Length: \"\(event.utf8.count)\"\r\n"), 400),
    HostileRequest(
      "RFC 9110 §8.6: a vertical tab before it", post("Content-Length: \u{b}\(event.utf8.count)\r\n"), 400),
    HostileRequest("RFC 9110 §8.6: NUL behind it", post("Content-Length: \(event.utf8.count)\0\r\n"), 400),
    HostileRequest("RFC 9110 §8.6: wide digits", post("Content-Length: \u{ff14}\u{ff11}\r\n"), 400),
    HostileRequest("RFC 9110 §8.6: minus zero", post("Content-Length: -0\r\n"), 400),
    HostileRequest("RFC 9112 §6.3: two lengths that agree", post("\(length)\(length)"), 400),
    HostileRequest("RFC 9112 §6.3: a good and an empty one", post("\(length)Content-Length:\r\n"), 400),
  ]

  /// The end of a chunk that some readers find elsewhere.
  private static let boundaries = [
    HostileRequest("RFC 9112 §7.1: a size that wraps to zero", chunked("10000000000000000\r\n\r\n"), 400, 413),
    HostileRequest("RFC 9112 §7.1: an extension alone is no end", chunked(";x\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1: a blank is no end", chunked(" \r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1: a word is no end", chunked("zz\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1: a size behind a blank", chunked(" \(size)\r\n\(event)\r\n0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1: two other bytes behind the data", chunked("\(size)\r\n\(event)XX0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1: CR CR behind the data", chunked("\(size)\r\n\(event)\r\r0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1: LF CR behind the data", chunked("\(size)\r\n\(event)\n\r0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1: CR behind a size", chunked("\(size)\rX\(event)\r\n0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1: CR CR LF behind a size", chunked("\(size)\r\r\n\(event)\r\n0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1: LF behind the last size", chunked("\(size)\r\n\(event)\r\n0\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1: LF for the last line", chunked("\(size)\r\n\(event)\r\n0\r\n\n"), 400),
    HostileRequest("RFC 9112 §7.1.1: LF that begins an extension", chunked("\(size);\n\(event)\r\n0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1.1: LF in the last extension", chunked("\(size)\r\n\(event)\r\n0;\nx\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1.2: a NUL in a trailer", chunked("\(size)\r\n\(event)\r\n0\r\nX: \0\r\n\r\n"), 400),
    HostileRequest("RFC 9112 §7.1.2: CR in a trailer", chunked("\(size)\r\n\(event)\r\n0\r\nX: y\rz\r\n\r\n"), 400),
  ]

  /// An expectation, or a version, that some readers take for another.
  private static let expectations = [
    HostileRequest("RFC 9110 §10.1.1: a word before it", post("Expect: y 100-continue\r\n\(length)"), 417),
    HostileRequest("RFC 9110 §10.1.1: a parameter", post("Expect: 100-continue;q=1\r\n\(length)"), 417),
    HostileRequest("RFC 9112 §2.3: a version of three parts", post(length, line: "POST /log HTTP/1.1.1"), 400, 505),
    HostileRequest("RFC 9112 §2.3: a version without its minor", post(length, line: "POST /log HTTP/1."), 400),
    HostileRequest("RFC 9112 §2.3: two versions", post(length, line: "POST /log HTTP/1.1 HTTP/1.1"), 400),
    HostileRequest("RFC 9112 §3.2.2: a scheme that is none", post(length, line: "POST htp://a/log HTTP/1.1"), 400),
  ]

  /// What only looks like a framing field is another field, and changes nothing.
  private static let lookalikes = [
    taken("RFC 9110 §5.1: an underscore makes another name", post("Transfer_Encoding: chunked\r\n\(length)")),
    taken("RFC 9110 §5.1: and so it does in a length", post("Content_Length: 0\r\n\(length)")),
    taken("RFC 9110 §5.1: a longer name", post("X-Transfer-Encoding: chunked\r\n\(length)")),
    taken("RFC 9110 §7.6.1: a length is no connection option", post("Connection: Content-Length\r\n\(length)")),
    taken("RFC 9110 §8.6: leading zeros", post("Content-Length: 000\(event.utf8.count)\r\n")),
    taken(
      "RFC 9110 §6.5.1: a framing in a trailer", chunked("\(size)\r\n\(event)\r\n0\r\nTransfer-Encoding: x\r\n\r\n")),
  ]
}
