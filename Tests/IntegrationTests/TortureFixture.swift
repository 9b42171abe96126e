import Fakes

/// What a torture run torments: a deployment with a gateway that comes and goes, and the faults that it can bear.
///
/// The embedded queue is one; a gateway between clients and a broker is another, with the broker's faults besides.
protocol TortureFixture: AnyObject {
  /// Where clients send now.
  var port: UInt16 { get }
  /// The faults that this machine allows, each with the weight of being drawn.
  var faults: [TortureFault] { get }
  /// Broken promises that are not the ledger's: a wrong exit code, a start that failed.
  var complaints: [String] { get }
  /// Figures of its own for the report.
  var notes: [String] { get }
  /// How many faults of each name were done.
  var counts: [String: Int] { get set }

  func start() throws
  /// Ends every fault and brings the gateway up, if it is not.
  func heal() throws
  /// Copies that the gateway says it holds; `nil` if it does not answer.
  var held: Int? { get }
  /// Dead letters that it says it holds.
  var dead: Int? { get }
  /// A dead letter may be there twice: it is stored before its copy is settled, and a crash comes between.
  var mayRepeatDead: Bool { get }
  /// The end of a run: SIGTERM, and a clean exit.
  func finish()
}

/// One thing that goes wrong, from its beginning to its end.
struct TortureFault {
  let name: String
  let weight: Int
  /// `milliseconds` is how long it lasts, where it lasts.
  let run: (_ milliseconds: Int) throws -> Void
}

extension TortureFixture {
  /// One fault by the weights.
  func drawFault(_ draw: UInt64) -> TortureFault? {
    let faults = self.faults
    let total = faults.reduce(0) { $0 + $1.weight }
    guard total > 0 else { return nil }
    var left = Int(draw % UInt64(total))
    for fault in faults {
      if left < fault.weight { return fault }
      left -= fault.weight
    }
    return nil
  }
}
