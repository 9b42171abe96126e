import Core
import HTTPClient

/// A sink's own part (the guide's chapter 9.2): whom a copy goes to, how its service is asked, what an answer means.
///
/// With a case of ``Sink`` it is all that a further sink needs; docs/custom-sinks.md shows it by the webhook.
/// Confined to the worker's thread. It decides nothing about when: that is `DeliveryMachine`'s.
protocol Courier: AnyObject {
  /// Whether anything can be done with copies of domain `domain` (an index into the settings).
  func isServed(domain: Int) -> Bool
  /// How the domain is provided for while all goes well: `delivering`, `console`, `unwanted` or `missing`.
  func provision(domain: Int) -> SinkCondition
  /// What to do with a copy.
  func handling(of item: Item) -> Handling
  /// How repeats of the copy are counted together; `nil` if each is a message of its own.
  func grouping(of item: Item) -> Grouping.Terms?
  /// The copy is so old that it is only counted in the next message.
  func isTooOld(_ item: Item, now: Moment) -> Bool
  /// The call that delivers the copy and `riders`, which are not empty only where ``grouping(of:)`` is not `nil`. May keep in
  /// `item` what its outcome needs.
  func request(for item: Item, with riders: [Item]) -> HTTPRequest
  /// What came of the call.
  func outcome(of item: Item, _ result: Result<HTTPResponse, HTTPClientError>, now: Moment) -> SendOutcome
  /// Appends the worker line of a delivery or, with a `failure`, of a failed attempt.
  func appendLine(for item: Item, failure: SendFailure?, to line: inout [UInt8])
  /// Appends what would have been sent, where the console stands in.
  func appendStandIn(for item: Item, to line: inout [UInt8])
  /// Lanes whose credentials changed from outside. Cheap; called while there is traffic, every second while lanes are
  /// paused, and every ``lookInterval`` whatever happens.
  func changedLanes(now: Moment) -> [LaneID]
  /// The longest time between two looks for changed credentials, in milliseconds; `nil` where none come from outside.
  var lookInterval: Int64? { get }
  /// Takes new settings over; the domains are those it was made with.
  func update(_ settings: Settings)
}

extension Courier {
  func grouping(of item: Item) -> Grouping.Terms? { nil }
  func isTooOld(_ item: Item, now: Moment) -> Bool { false }
}

/// Where a copy goes.
enum Handling: Equatable {
  /// To the service, through a lane.
  case call(LaneID, LaneKind)
  /// To the console, in place of a service that is not configured.
  case standIn
  /// Nowhere: the service, or the chat, is declared unwanted.
  case unwanted
  /// Nowhere yet: no service is configured and nothing stands in. It waits.
  case missing
  /// To several chats: it becomes a copy for each.
  case split([Audience])
  /// Nowhere ever: the reason.
  case undeliverable(String)
}
