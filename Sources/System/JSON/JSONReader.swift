import CSimdJSON
package import Core

/// Reads JSON texts whole and strictly into flat lists of members, reusing its buffers; for one thread.
///
/// Every value is checked (RFC 8259, UTF-8, surrogates, at most 32 deep), whether anybody looks at it or not. Top-level
/// strings are unescaped, other values become compact text with their numbers as they were written.
/// simdjson finds the tokens; the grammar is checked by the shim.
@safe
package final class JSONReader {
  package enum Form: Sendable {
    /// One object, or an array of objects.
    case value
    /// NDJSON: an object a line; blank lines are skipped, `\r\n` ends a line too.
    case lines
  }

  package enum Outcome: Sendable, Equatable {
    /// One item, and it is an object.
    case object
    /// An item an element; an element may have its own problem.
    case array
    /// An item a line; a line may have its own problem.
    case lines
    /// Nothing can be used.
    case refused(JSONFailure)
  }

  /// Larger bodies do not leave their memory behind.
  package static let maxKeptBytes = 65536

  package private(set) var items: [JSONItem] = []
  package private(set) var members: [JSONMember] = []
  private let handle: OpaquePointer
  private let maxItems: UInt32
  private var length = 0
  private var isLarge = false

  /// `maxItems`: of an array or of lines; a longer batch is refused whole.
  package init(maxItems: Int = 10_000) {
    precondition(maxItems > 0 && maxItems <= 1_000_000, "a limit of items is a sensible number")
    guard let handle = unsafe csj_new() else { preconditionFailure("the shim always makes a reader") }
    unsafe self.handle = handle
    self.maxItems = UInt32(maxItems)
  }

  deinit { unsafe csj_free(handle) }

  /// Reads `body`, which may change afterwards. The results last until the next call.
  package func read(_ body: Span<UInt8>, as form: Form) -> Outcome {
    precondition(body.count < 1 << 31, "the limit of a body is below 2 GiB")
    if isLarge, body.count <= Self.maxKeptBytes { shrink() }
    isLarge = body.count > Self.maxKeptBytes
    length = body.count
    let outcome = unsafe body.withUnsafeBufferPointer { bytes in
      unsafe csj_read(handle, bytes.baseAddress, bytes.count, form == .lines, maxItems)
    }
    take(&members)
    take(&items)
    if let problem = JSONProblem(code: outcome.problem) {
      let offset = outcome.offset == UInt32.max ? nil : Int(outcome.offset)
      return .refused(JSONFailure(problem, offset: offset))
    }
    switch Int(outcome.shape) {
    case CSJ_LINES: return .lines
    case CSJ_ARRAY: return .array
    default: return .object
    }
  }

  /// Calls `use` with the text in which members and their values lie.
  package func withText<Result, Failure: Error>(
    _ use: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try use(unsafe Span(_unsafeStart: csj_text(handle), count: length))
  }

  /// Calls `use` with the members of item `index` and the text.
  package func withItem<Result, Failure: Error>(
    _ index: Int, _ use: (Span<JSONMember>, Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let members = self.members
    let text = unsafe Span<UInt8>(_unsafeStart: csj_text(handle), count: length)
    return try use(members.span.extracting(items[index].members), text)
  }

  /// Gives back the memory of a large body; the results are gone. The next ``read(_:as:)`` would do it too.
  package func shrink() {
    guard isLarge else { return }
    unsafe csj_shrink(handle, Self.maxKeptBytes)
    items = []
    members = []
    length = 0
    isLarge = false
  }

  // Filling through one inout access: the runtime checks exclusivity once, not for every member.
  private func take(_ members: inout [JSONMember]) {
    members.removeAll(keepingCapacity: true)
    var count = 0
    guard let found = unsafe csj_members(handle, &count) else { return }
    for index in 0..<count {
      let member = unsafe found[index]
      let name = Int(member.name_start)
      let value = Int(member.value_start)
      members.append(
        JSONMember(
          name: name..<name + Int(member.name_length), kind: JSONMember.Kind(rawValue: member.kind) ?? .null,
          value: value..<value + Int(member.value_length), isPlain: member.plain))
    }
  }

  private func take(_ items: inout [JSONItem]) {
    items.removeAll(keepingCapacity: true)
    var count = 0
    guard let found = unsafe csj_items(handle, &count) else { return }
    for index in 0..<count {
      let item = unsafe found[index]
      let source = Int(item.source_start)
      let problem = JSONProblem(code: item.problem)
      let first = Int(item.member_start)
      let members = problem == nil ? first..<first + Int(item.member_count) : first..<first
      items.append(
        JSONItem(members: members, source: source..<source + Int(item.source_length), problem: problem))
    }
  }
}
