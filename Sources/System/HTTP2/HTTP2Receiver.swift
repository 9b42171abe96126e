package import Core

/// Who takes what a session has read. Called while the session reads or writes; it may answer and reset streams, but
/// neither read nor write from within.
package protocol HTTP2Receiver: AnyObject {
  /// A request's fields are complete; `bytes` is the HTTP/1.1 message that an accepted head lies in. `isHead`: the method
  /// is HEAD, also of one that is refused.
  func began(
    _ stream: HTTP2Session.Stream, _ outcome: StreamHead.Outcome, bytes: [UInt8], isHead: Bool, endsStream: Bool)
  /// Part of a body; false if it is not taken, so that the stream's window is not given back.
  func received(_ stream: HTTP2Session.Stream, _ bytes: Span<UInt8>) -> Bool
  /// The request is complete.
  func ended(_ stream: HTTP2Session.Stream)
  /// Nothing more can be sent on the stream, whether it was answered or not.
  func closed(_ stream: HTTP2Session.Stream)
}
