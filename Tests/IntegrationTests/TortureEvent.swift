import Fakes
import Simulator

/// An event of the torture run: all it says follows from the run's seed, its client and its number, so that whoever
/// receives it can tell whether a single byte has changed.
struct TortureEvent: Sendable {
  static let domain = "shop.example"
  /// Every so many events one is refused by LogBeacon for good and must become a dead letter.
  static let poisonInterval = 211

  let seed: UInt64
  let client: Int
  let number: Int

  var id: String { "c\(client)-\(number)" }
  /// The client that sends to the chats too.
  var isForAll: Bool { client == 0 }
  var isPoison: Bool { !isForAll && number % Self.poisonInterval == Self.poisonInterval - 1 }
  var level: Int { isForAll ? 91 : 1 }

  init(seed: UInt64, client: Int, number: Int) {
    self.seed = seed
    self.client = client
    self.number = number
  }

  /// The event that an id names; `nil` for an id that none of ours has.
  init?(seed: UInt64, id: String) {
    let parts = id.dropFirst().split(separator: "-", omittingEmptySubsequences: false)
    guard id.hasPrefix("c"), parts.count == 2, let client = Int(parts[0]), let number = Int(parts[1]) else {
      return nil
    }
    self.init(seed: seed, client: client, number: number)
  }

  private var random: SeededRandom {
    SeededRandom(state: seed &+ UInt64(client) &* 0x1_0000_0001 &+ UInt64(number) &* 0x9E37_79B9)
  }

  var message: String {
    var random = random
    return "\(id) " + Self.text(Int(random.next(60)), &random)
  }

  /// Mostly short, one in fifty close to the limit.
  var extraInfo: String {
    var random = random
    _ = random.next()
    return Self.text(random.chance(50) ? 2900 : Int(random.next(120)), &random)
  }

  private static let letters = Array("abc xyz 0189 訂單已出貨 ÄöŁ \"\\/ 🚚")

  private static func text(_ count: Int, _ random: inout SeededRandom) -> String {
    String((0..<count).map { _ in letters[Int(random.next(UInt64(letters.count)))] })
  }

  var body: [UInt8] {
    JSONValue.object([
      "id": .string(id), "level": .int(level), "def_name": "torture", "message": .string(message),
      "extra_info": .string(extraInfo), "hash_value": .string(id),
    ]).bytes
  }

  /// Whether LogBeacon received what was sent, unchanged.
  func isIntact(_ event: JSONValue) -> Bool {
    event["message"] == .string(message) && event["extra_info"] == .string(extraInfo) && event["id"] == .string(id)
      && event["level"] == .int(level) && event["domain"] == .string(Self.domain) && event["def_name"] == "torture"
      && event["hash_value"] == .string(id) && event["v"] == nil
  }
}
