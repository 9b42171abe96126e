/// The severity of an event, as the guide's chapter 3 numbers it.
///
/// The number decides where an event goes; see ``RouteTable``.
package enum Level: UInt8, CaseIterable, Sendable {
  case debug = 0
  case info = 1
  case error = 9
  case infoCTG = 11
  case errorCTG = 91
  case monitor = 99

  /// The name in the guide's table; `level_name` in queue messages.
  package var name: StaticString {
    switch self {
    case .debug: "Debug"
    case .info: "Info"
    case .error: "Error"
    case .infoCTG: "Info_CTG"
    case .errorCTG: "Error_CTG"
    case .monitor: "Monitor"
    }
  }

  /// The copies that the guide gives an event of this level besides the local console; the configuration may say otherwise.
  package var routes: Routes {
    switch self {
    case .debug, .monitor: []
    case .info: [.logbeacon]
    case .error: [.logbeacon, .telegramDeveloper]
    case .infoCTG: [.logbeacon, .telegramCustomer]
    case .errorCTG: [.logbeacon, .telegramDeveloper, .telegramCustomer]
    }
  }
}
