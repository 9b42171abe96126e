/// What became of every copy that was handed to the broker since the process started:
/// published = confirmed + returned + nacked + timedOut + outstanding, exact at every moment.
package struct PublisherLedger: Sendable, Equatable {
  package var published = 0
  package var confirmed = 0
  /// Given back for want of a queue; the ack that follows does not count as a confirm.
  package var returned = 0
  package var nacked = 0
  /// Without an answer when somebody stopped waiting for it, or when its link ended. A late answer moves a copy from here to
  /// `confirmed`, `returned` or `nacked`.
  package var timedOut = 0
  package var outstanding = 0

  package init() {}

  package var isBalanced: Bool { published == confirmed + returned + nacked + timedOut + outstanding }
}
