/// The destinations of one event: at most four copies.
package struct Routes: OptionSet, Sendable, Hashable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let logbeacon = Routes(rawValue: 1)
  package static let telegramDeveloper = Routes(rawValue: 2)
  package static let telegramCustomer = Routes(rawValue: 4)
  /// No level of the guide's table goes there; see ``RouteTable``.
  package static let webhook = Routes(rawValue: 8)

  /// Every route, in the order in which answers list them.
  package static let all: [Routes] = [.logbeacon, .telegramDeveloper, .telegramCustomer, .webhook]

  /// The name that an answer's `routes` shows for a single route.
  package var name: StaticString {
    switch self {
    case .logbeacon: "logbeacon"
    case .telegramDeveloper: "telegram.developer"
    case .telegramCustomer: "telegram.customer"
    case .webhook: "webhook"
    default: "none"
    }
  }
}
