import Core
import JSON

/// Picks single values out of the JSON that services answer with. Confined to its thread.
final class AnswerReader {
  private let reader = JSONReader(maxItems: 1)

  /// The value at `path` (a member, a member's member …); `nil` if the body is not such a JSON object.
  ///
  /// Strings come unescaped, everything else as its JSON text.
  func value(at path: some Sequence<String>, in body: [UInt8]) -> (kind: JSONMember.Kind, text: String)? {
    var text = body
    var found: JSONMember.Kind?
    for name in path {
      guard found == nil || found == .object, reader.read(text.span, as: .value) == .object else { return nil }
      let next: (JSONMember.Kind, [UInt8])? = reader.withItem(0) { members, source in
        for index in members.indices where source.extracting(members[index].name).isEqual(to: name.utf8Span.span) {
          var bytes: [UInt8] = []
          bytes.append(source.extracting(members[index].value))
          return (members[index].kind, bytes)
        }
        return nil
      }
      guard let next else { return nil }
      (found, text) = next
    }
    return found.map { ($0, String(decoding: text, as: UTF8.self)) }
  }

  /// The string at `path`; `nil` if there is none or it is no string.
  func string(at path: some Sequence<String>, in body: [UInt8]) -> String? {
    guard let value = value(at: path, in: body), value.kind == .string else { return nil }
    return value.text
  }

  /// The whole number at `path`.
  func integer(at path: some Sequence<String>, in body: [UInt8]) -> Int64? {
    guard let value = value(at: path, in: body), value.kind == .number else { return nil }
    return Int64(value.text)
  }
}
