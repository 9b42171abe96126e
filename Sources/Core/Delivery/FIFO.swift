/// A first-in, first-out line with constant-time ends.
package struct FIFO<Element> {
  private var elements: [Element?] = []
  private var head = 0

  package init() {}

  package var count: Int { elements.count - head }
  package var isEmpty: Bool { head == elements.count }
  package var first: Element? { isEmpty ? nil : elements[head] }

  package mutating func append(_ element: Element) {
    elements.append(element)
  }

  package var last: Element? { elements.last ?? nil }

  /// Puts `element` before those at the end of which `isLater` is true.
  package mutating func insert(_ element: Element, before isLater: (Element) -> Bool) {
    var place = elements.count
    while place > head, let other = elements[place - 1], isLater(other) { place -= 1 }
    elements.insert(element, at: place)
  }

  package mutating func removeFirst() -> Element? {
    guard !isEmpty else { return nil }
    let element = elements[head]
    elements[head] = nil
    head += 1
    if isEmpty {
      elements.removeAll(keepingCapacity: true)
      head = 0
    } else if head >= 32, head * 2 >= elements.count {
      elements.removeFirst(head)
      head = 0
    }
    return element
  }

  package func contains(where isMeant: (Element) -> Bool) -> Bool {
    elements[head...].contains { $0.map(isMeant) ?? false }
  }

  /// Takes out, in order, what `isTaken` says.
  package mutating func remove(where isTaken: (Element) -> Bool) -> [Element] {
    var taken: [Element] = []
    var kept: [Element?] = []
    for case .some(let element) in elements[head...] {
      if isTaken(element) { taken.append(element) } else { kept.append(element) }
    }
    elements = kept
    head = 0
    return taken
  }
}

extension FIFO: Sendable where Element: Sendable {}
