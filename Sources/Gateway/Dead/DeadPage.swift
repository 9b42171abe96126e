import Core

extension Page {
  /// A refusal.
  init(_ problem: Problem) {
    var body: [UInt8] = []
    body.append(problem)
    self.init(status: problem.kind.status, mediaType: .problem, body: body)
  }

  /// The answer to an order.
  init(_ answer: DeadAnswer, to order: DeadOrder) {
    if let failure = answer.failure {
      self.init(Problem(.unavailable, detail: failure + answer.soFar(order.task)))
      return
    }
    guard order.task != .read || !answer.entries.isEmpty else {
      self.init(Problem(.notFound, detail: "There is no dead letter of this key; it may have been replayed or purged."))
      return
    }
    var body: [UInt8] = Array("{".utf8)
    switch order.task {
    case .list: body.append(listOf: answer)
    case .read: body.append(letterOf: answer)
    case .replay, .purge: body.append(changeOf: answer, order.task)
    }
    body.append("}")
    self.init(status: .ok, mediaType: .json, body: body)
  }
}

extension DeadAnswer {
  /// What is done cannot be undone by a failure behind it.
  fileprivate func soFar(_ task: DeadOrder.Task) -> String {
    switch task {
    case .list, .read: ""
    case .replay: "; \(changed) letters were replayed before"
    case .purge: "; \(changed) letters were purged before"
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(listOf answer: DeadAnswer) {
    append(#""letters":["#)
    for (index, entry) in answer.entries.enumerated() {
      append(index == 0 ? "{" : ",{")
      append(membersOf: entry)
      append("}")
    }
    append("]")
    append(continuationOf: answer)
    append(#","queues":["#)
    for (index, count) in answer.counts.enumerated() {
      append(index == 0 ? #"{"queue":"# : #",{"queue":"#)
      appendJSONString(Array(count.queue.description.utf8).span)
      append(#","where":"#)
      appendJSONString(Array(count.place.rawValue.utf8).span)
      append(#","dead":"#)
      append(decimal: count.letters)
      append("}")
    }
    append("]")
  }

  fileprivate mutating func append(letterOf answer: DeadAnswer) {
    guard let entry = answer.entries.first else { return }
    append(membersOf: entry)
    if !answer.isIntact { append(#","damaged":true"#) }
    SpoolRecord().append(body: answer.body, isIntact: answer.isIntact, to: &self)
  }

  fileprivate mutating func append(changeOf answer: DeadAnswer, _ task: DeadOrder.Task) {
    append(task == .replay ? #""replayed":"# : #""purged":"#)
    append(decimal: answer.changed)
    append(continuationOf: answer)
  }

  private mutating func append(continuationOf answer: DeadAnswer) {
    append(#","cursor":"#)
    if let next = answer.next {
      appendJSONString(Array(next.description.utf8).span)
    } else {
      append("null")
    }
    append(#","unseen":"#)
    append(decimal: answer.unseen)
  }
}
