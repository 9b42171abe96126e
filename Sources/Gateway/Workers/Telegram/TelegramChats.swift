import Core
import JSON
import Platform

/// Groups that became supergroups: which chat stands for which, kept in `telegram-chats.json` in the data directory.
struct TelegramChats {
  /// Groups remembered; there are as many as chats in the settings.
  private static let maxChats = 1000
  private static let maxBytes = 1 << 16
  private static let name = "telegram-chats.json"

  private let directory: String
  private var successors: [String: String] = [:]

  /// Reads what is known; a missing file is nothing known, a damaged one is not believed.
  init(directory: String) {
    self.directory = directory
    guard let bytes = try? FileBytes.read("\(directory)/\(Self.name)", limit: Self.maxBytes) else { return }
    let reader = JSONReader(maxItems: 1)
    guard reader.read(bytes.span, as: .value) == .object else { return }
    reader.withItem(0) { members, text in
      for index in members.indices where members[index].kind == .string {
        successors[String(text: text.extracting(members[index].name))] =
          String(text: text.extracting(members[index].value))
      }
    }
  }

  /// The chat that stands for `chat` now; followed only so far, so that a circle ends.
  func current(_ chat: String) -> String {
    var current = chat
    for _ in 0..<4 {
      guard let next = successors[current] else { break }
      current = next
    }
    return current
  }

  /// From now on `successor` stands for `chat`. Throws when only memory knows it.
  mutating func migrated(_ chat: String, to successor: String) throws(SystemError) {
    guard chat != successor, successors.count < Self.maxChats else { return }
    successors[chat] = successor
    successors[successor] = nil
    var json: [UInt8] = []
    for (old, new) in successors.sorted(by: { $0.key < $1.key }) {
      json.append(json.isEmpty ? "{" : ",\n ")
      json.appendJSONString(old.utf8Span.span)
      json.append(":")
      json.appendJSONString(new.utf8Span.span)
    }
    json.append("}\n")
    try Folder.create(directory)
    try OpenFolder(directory).replace(Self.name, with: json, through: ".\(Self.name).new")
  }
}
