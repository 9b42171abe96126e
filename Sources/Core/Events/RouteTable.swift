/// Where events of each level go besides the local console: `routes` of the configuration over the guide's table.
package struct RouteTable: Sendable, Equatable {
  /// By ``Level/place``: the way of an event looks up, and hashes nothing.
  private var table = Level.allCases.map(\.routes)

  /// The guide's table (chapter 3).
  package init() {}

  package subscript(_ level: Level) -> Routes {
    get { table[level.place] }
    set { table[level.place] = newValue }
  }

  /// Whether any level goes to one of `routes`.
  package func reach(_ routes: Routes) -> Bool {
    table.contains { !$0.isDisjoint(with: routes) }
  }
}

extension Level {
  /// Its place in `allCases`.
  fileprivate var place: Int {
    switch self {
    case .debug: 0
    case .info: 1
    case .error: 2
    case .infoCTG: 3
    case .errorCTG: 4
    case .monitor: 5
    }
  }
}
