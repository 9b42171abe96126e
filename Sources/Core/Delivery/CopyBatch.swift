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
    /// Where the 32 bytes of the SHA-256 of what the client sent lie in `bytes`; empty if it gave no id.
    package let digest: Range<Int>

    package init(
      queue: QueueID, audience: Audience?, id: Range<Int>, body: Range<Int>, digest: Range<Int> = 0..<0
    ) {
      self.queue = queue
      self.audience = audience
      self.id = id
      self.body = body
      self.digest = digest
    }
  }

  /// An event with a client-given id that is remembered once its copies are durable.
  package struct Claim: Sendable {
    package let key: ContentDigest
    package let content: ContentDigest
    /// Its copies.
    package let rows: Range<Int>

    package init(key: ContentDigest, content: ContentDigest, rows: Range<Int>) {
      self.key = key
      self.content = content
      self.rows = rows
    }
  }

  package var bytes: [UInt8] = []
  package var rows: [Row] = []
  package var claims: [Claim] = []
  /// When its first request was complete, monotonic nanoseconds; 0 is now.
  package var readAt: UInt64 = 0

  package init() {}
}
