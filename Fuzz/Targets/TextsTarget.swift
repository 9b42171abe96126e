import Core
import JSON

/// Texts of clients on the console: nothing acts, a JSON line is one line, and reads back as what was written.
enum TextsTarget {
  private static let formatters = [ConsoleStyle.json, .pretty(color: false)].map { style in
    ConsoleFormatter(
      style: style, locale: .traditionalChinese, defaultDomain: "localhost", defaultProgram: "default", time: .utc)
  }

  static func run(_ input: [UInt8]) {
    let text = Array(String(decoding: input, as: UTF8.self).utf8)
    var printable: [UInt8] = []
    printable.append(printable: text.span)
    checkHarmless(printable)
    var json: [UInt8] = []
    json.append(json: text.span)
    checkHarmless(json)
    require(
      value(of: "m", in: Array(#"{"m":""#.utf8) + json + Array(#""}"#.utf8)) == text, "JSON reads as another text")
    var plain: [UInt8] = Array(#"{"m":"#.utf8)
    plain.appendJSONString(text.span)
    require(value(of: "m", in: plain + Array("}".utf8)) == text, "a JSON string reads as another text")
    for formatter in formatters {
      var line: [UInt8] = []
      formatter.appendEvent(
        .error, at: 0, domain: text.span, program: text.span, defName: text.span, message: text.span,
        extraInfo: text.span, hash: text.span, id: text.span, to: &line)
      require(line.last == UInt8(ascii: "\n"), "a line without its end")
      line.removeLast()
      checkHarmless(line)
      if formatter.style == .json { require(value(of: "extra_info", in: line) == text, "a line reads as another text") }
    }
  }

  private static func checkHarmless(_ bytes: [UInt8]) {
    guard let text = String(validating: bytes, as: UTF8.self) else { fatalError("the escaped text is not UTF-8") }
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069:
        fatalError("U+\(String(scalar.value, radix: 16)) is not escaped")
      default: break
      }
    }
  }

  private static func value(of name: String, in body: [UInt8]) -> [UInt8]? {
    let reader = JSONReader(maxItems: 1)
    guard reader.read(body.span, as: .value) == .object else { return nil }
    return reader.withItem(0) { members, text in
      for index in members.indices where text.extracting(members[index].name).isEqual(to: name) {
        var bytes: [UInt8] = []
        bytes.append(text.extracting(members[index].value))
        return bytes
      }
      return nil
    }
  }
}
