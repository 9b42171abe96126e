/// What the shell of a ``PublisherMachine`` is to do. Every ticket ends exactly once: confirmed, spooled, shelved, given
/// back or failed; a copy spooled as held has one more word said about it later.
package enum PublisherAction: Sendable, Equatable {
  /// Hand the copy to the link; its message has this number among the link's publishes. Copies with the same one follow each
  /// other and go in one message, a pack.
  case publish(ticket: UInt64, tag: UInt64)
  /// Hand a message to the link that no queue takes; it is the next among the link's publishes.
  case probe
  /// The broker has it.
  case confirmed(ticket: UInt64)
  /// An intake copy: store it in the spool; the broker will not answer for it any more.
  case spool(ticket: UInt64)
  /// An intake copy that the broker could have: store it in the spool, behind those that lie there; if that cannot take it, say
  /// `shelfFailed` and hand it in again, with a new deadline.
  case shelve(ticket: UInt64)
  /// An intake copy whose tag is still open: store it held, then say `heldStored` or `heldFailed`. If a confirm comes before
  /// that, `confirmed` follows and is its outcome.
  case spoolHeld(ticket: UInt64)
  /// A held copy that is stored was confirmed after all: delete it.
  case lateConfirmed(ticket: UInt64)
  /// A held copy that is stored will not be confirmed: it belongs to the spool.
  case lateReleased(ticket: UInt64)
  /// A spooled copy goes back to the spool.
  case giveBack(ticket: UInt64)
  /// A dead letter is not at the broker, or nobody knows: tell its owner.
  case failed(ticket: UInt64)
  /// Cut the link; `linkLost` is awaited.
  case cut
  case report(PublisherReport)
}

/// What an operator wants to read of, once.
package enum PublisherReport: Sendable, Equatable {
  /// The condition has changed.
  case condition(BrokerCondition)
  /// The broker confirmed something that was not published or confirmed before; said once a link.
  case oddConfirm(tag: UInt64)
}

/// What is handed in to be published.
package enum PublisherCopy: Sendable, Equatable {
  /// A client waits for it until `deadline` (monotonic milliseconds).
  case intake(deadline: Int64)
  /// It lies in the spool and may take its time.
  case spooled
  /// A dead letter, whose owner waits for ``PublisherMachine/confirmTimeout``.
  case letter
}
