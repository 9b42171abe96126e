/// Whether new copies go behind the spooled ones in place of past them, to a broker that takes copies.
///
/// They do while many are spooled and far more of these are published than new ones come: a client then waits for an fsync,
/// not for a broker that is busy with the backlog, and the order of age holds. With more new copies, or where the spool is half
/// full or cannot write, they go to the broker, so that the spool is empty no later. Times are monotonic milliseconds.
package struct SpoolBacklog: Sendable {
  /// Over what time both rates are compared, in milliseconds.
  static let window: Int64 = 500
  /// More spooled copies than this are published for each new one.
  static let lead = 5

  /// What is known of the spool.
  package struct Reading: Sendable, Equatable {
    /// Copies in it.
    package var copies: Int
    /// Its bytes as a part of `spool.max_bytes`.
    package var fill: Double
    package var canWrite: Bool

    package init(copies: Int, fill: Double, canWrite: Bool) {
      (self.copies, self.fill, self.canWrite) = (copies, fill, canWrite)
    }
  }

  /// With fewer spooled copies new ones go past them: these are at the broker in no time.
  private let depth: Int
  private var came = 0
  private var published = 0
  private var windowEnd: Int64 = .min

  /// New copies go to the spool.
  private(set) var takesNewCopies = false

  init(depth: Int) {
    self.depth = depth
  }

  mutating func copyCame() { came += 1 }

  mutating func copyPublished() { published += 1 }

  /// The spool is to be looked at: a window has ended in which it was published from.
  func wantsReading(_ now: Int64) -> Bool { (published > 0 || takesNewCopies) && windowEnd <= now }

  mutating func wasRead(_ reading: Reading, now: Int64) {
    takesNewCopies = reading.copies > depth && reading.fill < 0.5 && reading.canWrite && published > Self.lead * came
    beginWindow(now)
  }

  /// The spool could not take a copy, or a link is new: until a window has ended all go to the broker.
  mutating func ended(now: Int64) {
    takesNewCopies = false
    beginWindow(now)
  }

  private mutating func beginWindow(_ now: Int64) {
    (came, published) = (0, 0)
    windowEnd = now + Self.window
  }
}
