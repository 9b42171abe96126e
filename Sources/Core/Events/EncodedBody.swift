/// Where the parts of an event's body lie in the bytes that it was encoded into; see ``BodyEncoder``.
package struct EncodedBody: Sendable, Equatable {
  /// The body up to the end of `hash_value`, or of `traceparent`.
  package let opened: Range<Int>
  package let id: Range<Int>
  package let timestamp: Range<Int>
  /// The members `domain` and `program_name`, from the end of the value before them to the end of the program.
  package let source: Range<Int>
  /// The members `def_name`, `message`, `extra_info` and `hash_value`, from the end of the value before them to the end of
  /// the hash.
  package let texts: Range<Int>
}
