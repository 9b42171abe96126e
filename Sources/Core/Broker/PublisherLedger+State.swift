extension PublisherLedger {
  /// The figure that metrics show for `state`.
  package func count(_ state: PublishState) -> Int {
    switch state {
    case .published: published
    case .confirmed: confirmed
    case .returned: returned
    case .nacked: nacked
    case .timedOut: timedOut
    case .outstanding: outstanding
    }
  }
}
