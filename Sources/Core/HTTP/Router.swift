/// What a listener serves: a small table of paths.
package struct Router: Sendable {
  /// What a request is about.
  package enum Endpoint: UInt8, Sendable, Equatable, CaseIterable {
    case log
    case health
    case live
    case ready
    case metrics
    case status
    /// The description of the listeners' interface.
    case openAPI
    /// The page for people.
    case dashboard
    /// Events as they are accepted.
    case tail
    /// The list of dead letters, and deleting them.
    case dead
    case deadReplay
    case deadLetter
  }

  package enum Outcome: Sendable, Equatable {
    case endpoint(Endpoint)
    /// OPTIONS: 204 with Allow.
    case options(MethodSet)
    case notFound
    /// 405 with Allow.
    case methodNotAllowed(MethodSet)
    /// A method that nothing here knows: 501.
    case notImplemented
  }

  package struct Route: Sendable {
    let path: [UInt8]
    /// Where the part in braces begins, which stands for one segment; `nil`: the path is exact.
    private let variable: Int?
    let endpoint: Endpoint
    let methods: MethodSet

    /// A path may end with a name in braces, `/api/dead/{key}`. `methods` without OPTIONS, which every path answers. Of a path with several methods one route is given.
    package init(_ path: String, _ endpoint: Endpoint, _ methods: MethodSet) {
      self.path = Array(path.utf8)
      variable = self.path.firstIndex(of: UInt8(ascii: "{"))
      self.endpoint = endpoint
      self.methods = methods.union(.options)
    }

    func matches(_ path: Span<UInt8>) -> Bool {
      guard let variable else { return path.isEqual(to: self.path.span) }
      guard path.count > variable, path.extracting(..<variable).isEqual(to: self.path.span.extracting(..<variable))
      else { return false }
      return path.firstIndex(of: UInt8(ascii: "/"), in: variable..<path.count) == nil
    }
  }

  private let routes: [Route]

  /// The first route is looked at first: the busiest path belongs there.
  package init(_ routes: [Route]) {
    self.routes = routes
  }

  /// The listener that clients send events to.
  package static let intake = Router([
    Route("/log", .log, .post),
    Route("/log/", .log, .post),
    Route("/health", .health, [.get, .head]),
    Route("/health/live", .live, [.get, .head]),
    Route("/health/ready", .ready, [.get, .head]),
  ])

  /// Unknown methods come first (RFC 9110 §9.1), then the path, then what it takes.
  package func route(_ head: RequestHead, in bytes: Span<UInt8>) -> Outcome {
    if head.method == .other { return .notImplemented }
    if bytes.equals(head.path, "*") { return .options(routes.reduce(into: []) { $0.formUnion($1.methods) }) }
    for route in routes where route.matches(bytes.extracting(head.path)) {
      if head.method == .options { return .options(route.methods) }
      let isAllowed = route.methods.contains(MethodSet(head.method))
      return isAllowed ? .endpoint(route.endpoint) : .methodNotAllowed(route.methods)
    }
    return .notFound
  }
}
