import FoundationEssentials

/// An event as `POST /log` takes it.
struct EventBody<Extra: Encodable>: Encodable {
  let id: String
  /// Unix seconds: when the call was made, however late it gets through.
  let timestamp: Double
  let level: Int
  let defName: String
  let message: String
  let extraInfo: Extra
  let hashValue: String
  let programName: String
  let domain: String?

  enum CodingKeys: String, CodingKey {
    case id, timestamp, level, message, domain
    case defName = "def_name"
    case extraInfo = "extra_info"
    case hashValue = "hash_value"
    case programName = "program_name"
  }

  /// Throws `.invalid` when `extraInfo` holds what JSON cannot say, such as NaN.
  func encoded() throws(LogSystemError) -> [UInt8] {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .withoutEscapingSlashes
      return Array(try encoder.encode(self))
    } catch {
      throw LogSystemError(.invalid, "the extra info cannot be written as JSON")
    }
  }
}
