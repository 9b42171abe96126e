@testable import Core

/// What proxies write of a client into a field: it ends, is read within its bounds, and names addresses that are written back alike.
enum ForwardedTarget {
  /// What stands around a value in its message, and would be read differently.
  private static let around = Array(",for=192.0.2.66;\"".utf8)

  static func run(_ input: [UInt8]) {
    let steps = read(input, 0..<input.count)
    let message = around + input + around
    let inside = read(message, around.count..<(around.count + input.count))
    require(steps == inside, "what is around a value changes it")
    for case .element(let address?) in steps {
      let text = address.description
      let node = Array((text.contains(":") ? "for=\"[\(text)]:1\"" : "for=\(text):1").utf8)
      require(read(node, 0..<node.count) == [.element(address), .end], "\(text) is read as another")
    }
    field(input, steps)
  }

  private static func read(_ bytes: [UInt8], _ value: Range<Int>) -> [ForwardedParser.Step] {
    var parser = ForwardedParser(value)
    var steps: [ForwardedParser.Step] = []
    repeat {
      steps.append(parser.next(bytes.span))
      // An element takes four bytes, `a=,b` among them; each step but the last takes some.
      require(steps.count <= value.count + 1, "more elements than bytes")
    } while steps.last != .end && steps.last != .malformed
    return steps
  }

  /// As a field of a request: the chain is bounded, and holds what the elements say.
  private static func field(_ value: [UInt8], _ steps: [ForwardedParser.Step]) {
    let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nForwarded: ".utf8) + value + Array("\r\n\r\n".utf8)
    var machine = RequestMachine(limits: HTTPLimits())
    guard case .request(let consumed, _) = machine.advance(bytes.span), consumed == bytes.count else { return }
    let chain = ForwardedChain(machine.head, in: bytes.span)
    require(chain.entries.count <= ForwardedChain.maxEntries, "a chain of \(chain.entries.count)")
    let named = steps.compactMap { step -> IPAddress?? in
      switch step {
      case .element(let address): .some(address)
      case .malformed: .some(nil)
      case .end: nil
      }
    }
    require(chain.isCut == (named.count > ForwardedChain.maxEntries), "entries are lost unnoticed")
    require(chain.entries == Array(named.suffix(ForwardedChain.maxEntries)), "the chain holds other entries")
  }
}
