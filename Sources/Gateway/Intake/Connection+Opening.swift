import Core
import EventLoop

/// Finding out which protocol the client speaks.
extension Connection {
  /// Takes the first bytes. The protocol is told by ALPN over TLS, else by HTTP/2's preface (RFC 9113 §3.3, §3.4).
  func processFirst(_ bytes: Span<UInt8>) {
    if transport.isSecure {
      return transport.hasChosenHTTP2 ? becomeHTTP2(bytes) : becomeHTTP1(bytes)
    }
    switch HTTP2Preface.compare(input, bytes) {
    case .other: becomeHTTP1(bytes)
    case .same: becomeHTTP2(bytes)
    case .undecided:
      input.append(bytes)
      if phase == .idle {
        phase = .head
        phaseBegan = loop.now
      }
    }
  }

  private func becomeHTTP1(_ bytes: Span<UInt8>) {
    isHTTP1 = true
    guard !input.isEmpty else { return process(bytes) }
    input.append(bytes)
    processInput()
  }

  /// Hands the transport over, with what has come; this connection is at its end.
  private func becomeHTTP2(_ bytes: Span<UInt8>) {
    guard let successor = HTTP2Connection(transport, site: site, loop: loop) else { return close() }
    let first = input
    if let registration { loop.events.remove(registration) }
    registration = nil
    life = .closed
    input = []
    guard loop.succeed(self, by: successor) else { return loop.closed(self) }
    successor.received(first.span)
    successor.received(bytes)
  }
}
