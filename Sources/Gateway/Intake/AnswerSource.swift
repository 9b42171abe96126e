/// Where the body of an answer comes from that is sent piece by piece. Confined to its connection's loop.
protocol AnswerSource: AnyObject {
  /// What there is now, bounded by the source; nothing if it will say when to go on (`Exchange.goOn`). Asked only when
  /// all that came before has left. `now` is monotonic nanoseconds.
  func take(at now: UInt64) -> AnswerPiece
  /// Nothing more is sent: the last piece was taken, or the client has gone. Called once.
  func ended()
}

struct AnswerPiece {
  var bytes: [UInt8]
  var isLast: Bool
}
