/// Copies that are stored together: one arena of bytes and a row per copy.
///
/// A loop turn fills one batch and hands it over whole, so that an event costs no allocation of its own.
package struct CopyBatch: Sendable {
  package struct Row: Sendable {
    package let queue: QueueID
    /// `nil` on a LogBeacon queue.
    package let audience: Audience?
    /// Where the event id lies in `bytes`.
    package let id: Range<Int>
    /// Where the JSON body lies in `bytes`.
    package let body: Range<Int>

    package init(queue: QueueID, audience: Audience?, id: Range<Int>, body: Range<Int>) {
      self.queue = queue
      self.audience = audience
      self.id = id
      self.body = body
    }
  }

  package var bytes: [UInt8] = []
  package var rows: [Row] = []
  /// When its first request was complete, monotonic nanoseconds; 0 is now.
  package var readAt: UInt64 = 0

  package init() {}
}
