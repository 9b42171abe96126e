import Core

/// The answer to one reader: what waits for it, whenever its connection has room. Confined to its loop.
final class TailStream: AnswerSource {
  private let tail: Tail
  private let exchange: Exchange
  private let left: () -> Void
  private var mustSpeak = false
  private var hasBegun = false
  /// Monotonic nanoseconds.
  private(set) var lastSent: UInt64

  /// `left` is called once, when nobody reads any more.
  init(_ tail: Tail, _ exchange: Exchange, at now: UInt64, left: @escaping () -> Void) {
    self.tail = tail
    self.exchange = exchange
    self.left = left
    lastSent = now
  }

  func take(at now: UInt64) -> AnswerPiece {
    var (bytes, isLast) = tail.take()
    if !hasBegun {
      bytes.insert(contentsOf: TailFrames.opening.description.utf8, at: 0)
      hasBegun = true
    } else if bytes.isEmpty, mustSpeak {
      bytes.append(TailFrames.keepAlive)
    }
    mustSpeak = false
    if !bytes.isEmpty { lastSent = now }
    return AnswerPiece(bytes: bytes, isLast: isLast)
  }

  func ended() { left() }

  func goOn() { exchange.goOn() }

  func keepAlive() {
    mustSpeak = true
    exchange.goOn()
  }
}
