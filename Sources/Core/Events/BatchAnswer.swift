/// The answer to a batch, gathered item by item: the 202 body if any item is accepted, the problem document if none is.
package struct BatchAnswer: Sendable {
  package private(set) var accepted = 0
  package private(set) var rejected = 0
  /// Of the accepted ones.
  private var duplicates = 0
  /// Of the rejected ones, those beyond their domain's rate.
  private var rateLimited = 0
  /// Every refusal was for want of something durable or of rate: the same batch may be taken later.
  package private(set) var isOnlyUnavailable = true
  /// The members of `errors`, as JSON.
  private var errors: [UInt8] = []

  package init() {}

  /// An item whose copies are durable.
  package mutating func itemAccepted() { accepted += 1 }

  /// An item that had been accepted before and is not stored again.
  package mutating func itemIsDuplicate() {
    accepted += 1
    duplicates += 1
  }

  /// An item that is no valid event.
  package mutating func itemRefused(_ index: Int, _ problems: [FieldProblem]) {
    itemRefused(index, Problem(invalidEvent: problems))
  }

  /// An item that is no JSON object.
  package mutating func itemRefused(_ index: Int, _ problem: JSONProblem) {
    itemRefused(index, Problem(problem))
  }

  /// A valid item that could not be made durable: `code` is `unavailable`.
  package mutating func itemUnavailable(_ index: Int) {
    append(
      index, code: "unavailable", Problem(.unavailable, detail: "The event could not be stored; send it again."))
  }

  /// A valid item whose domain is not the client's: `code` is `forbidden`.
  package mutating func itemForbidden(_ index: Int, _ problem: Problem) {
    isOnlyUnavailable = false
    append(index, code: "forbidden", problem)
  }

  /// A valid item beyond its domain's rate: `code` is `rate_limited`.
  package mutating func itemRateLimited(_ index: Int, _ problem: Problem) {
    rateLimited += 1
    append(index, code: "rate_limited", problem)
  }

  /// An item refused for any other reason.
  package mutating func itemRefused(_ index: Int, _ problem: Problem) {
    isOnlyUnavailable = false
    append(index, problem)
  }

  private mutating func append(_ index: Int, code: StaticString? = nil, _ problem: Problem) {
    rejected += 1
    errors.append(errors.isEmpty ? #"{"index":"# : #",{"index":"#)
    errors.append(decimal: index)
    errors.append(",")
    if let code {
      errors.append(#""code":""#)
      errors.append(code)
      errors.append("\",")
    }
    errors.append(membersOf: problem)
    errors.append("}")
  }

  /// Appends the 202 body; for at least one accepted item.
  package func append(stored: StoredIn, to bytes: inout [UInt8]) {
    bytes.append(rejected == 0 ? #"{"status":"accepted","accepted":"# : #"{"status":"partial","accepted":"#)
    bytes.append(decimal: accepted)
    bytes.append(#","rejected":"#)
    bytes.append(decimal: rejected)
    bytes.append(#","stored":""#)
    bytes.append(stored.name)
    bytes.append("\"")
    if duplicates > 0 {
      bytes.append(#","duplicates":"#)
      bytes.append(decimal: duplicates)
    }
    bytes.append(#","errors":["#)
    bytes.append(errors.span)
    bytes.append("]}")
  }

  /// Appends the problem document for a batch of which nothing is accepted, and tells its kind: 429 if the only reason is
  /// the domains' rate, 503 if there is none but that nothing could be stored, else 422.
  package func appendProblem(to bytes: inout [UInt8]) -> Problem.Kind {
    let problem =
      if rejected == 0 {
        Problem(.invalidEvent, detail: "The batch is empty.")
      } else if !isOnlyUnavailable {
        Problem(.invalidEvent, detail: "No item was accepted.")
      } else if rateLimited == rejected {
        Problem(.tooManyRequests, detail: "The domain's rate is used up.")
      } else {
        Problem(.unavailable, detail: "Nothing could be stored.")
      }
    bytes.append("{")
    bytes.append(membersOf: problem)
    bytes.append(#","errors":["#)
    bytes.append(errors.span)
    bytes.append("]}")
    return problem.kind
  }
}
