import CYAML

/// What libyaml found next.
struct YAMLEvent {
  enum Kind {
    case documentStart
    case scalar(String, isQuoted: Bool)
    case alias
    case sequenceStart, sequenceEnd
    case mappingStart, mappingEnd
    /// Start and end of the stream, end of the document.
    case other
  }

  let kind: Kind
  let position: YAMLPosition
  var isAnchored = false
  var isTagged = false
}

/// Pulls events out of libyaml. Owns the parser and the text; both are freed with it.
@safe final class YAMLEventReader {
  /// On the heap and never moved: libyaml keeps a pointer to the parser inside it.
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let text: UnsafeMutableBufferPointer<UInt8>
  private var isFinished = false

  init(_ bytes: [UInt8]) {
    unsafe text = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
    _ = unsafe text.initialize(fromContentsOf: bytes)
    unsafe parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    let isReady = unsafe yaml_parser_initialize(parser) == 1
    precondition(isReady, "libyaml got no memory")
    unsafe yaml_parser_set_input_string(parser, text.baseAddress, bytes.count)
    unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
  }

  deinit {
    unsafe yaml_parser_delete(parser)
    unsafe parser.deallocate()
    unsafe text.deallocate()
  }

  /// The next event, `nil` at the end. After an error no more must be asked for.
  func next() throws(YAMLProblem) -> YAMLEvent? {
    guard !isFinished else { return nil }
    var event = unsafe yaml_event_t()
    guard unsafe yaml_parser_parse(parser, &event) == 1 else {
      isFinished = true
      throw problem
    }
    defer { unsafe yaml_event_delete(&event) }
    isFinished = unsafe event.type == YAML_STREAM_END_EVENT
    return unsafe Self.read(event)
  }

  private static func read(_ event: yaml_event_t) -> YAMLEvent {
    let position = unsafe place(event.start_mark)
    switch unsafe event.type {
    case YAML_DOCUMENT_START_EVENT: return YAMLEvent(kind: .documentStart, position: position)
    case YAML_ALIAS_EVENT: return YAMLEvent(kind: .alias, position: position)
    case YAML_SEQUENCE_END_EVENT: return YAMLEvent(kind: .sequenceEnd, position: position)
    case YAML_MAPPING_END_EVENT: return YAMLEvent(kind: .mappingEnd, position: position)
    case YAML_SEQUENCE_START_EVENT:
      return unsafe YAMLEvent(
        kind: .sequenceStart, position: position,
        isAnchored: event.data.sequence_start.anchor != nil, isTagged: event.data.sequence_start.tag != nil)
    case YAML_MAPPING_START_EVENT:
      return unsafe YAMLEvent(
        kind: .mappingStart, position: position,
        isAnchored: event.data.mapping_start.anchor != nil, isTagged: event.data.mapping_start.tag != nil)
    case YAML_SCALAR_EVENT:
      let scalar = unsafe event.data.scalar
      let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      return unsafe YAMLEvent(
        kind: .scalar(String(decoding: bytes, as: UTF8.self), isQuoted: scalar.style != YAML_PLAIN_SCALAR_STYLE),
        position: position, isAnchored: scalar.anchor != nil, isTagged: scalar.tag != nil)
    default: return YAMLEvent(kind: .other, position: position)
    }
  }

  /// libyaml's own words for the failure; they name rules of YAML, never a value.
  private var problem: YAMLProblem {
    let words = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "not YAML"
    let place =
      unsafe parser.pointee.error == YAML_READER_ERROR
      ? unsafe position(ofByte: parser.pointee.problem_offset) : unsafe Self.place(parser.pointee.problem_mark)
    return YAMLProblem(.syntax, at: place, words)
  }

  private static func place(_ mark: yaml_mark_t) -> YAMLPosition {
    YAMLPosition(line: mark.line + 1, column: mark.column + 1)
  }

  /// The reader's errors (bad UTF-8, control characters) come with a byte offset only.
  private func position(ofByte offset: Int) -> YAMLPosition {
    var line = 1
    var column = 1
    for index in 0..<min(offset, unsafe text.count) {
      let byte = unsafe text[index]
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    return YAMLPosition(line: line, column: column)
  }
}
