/// Listening sockets that whoever started this process has passed to it: systemd's socket activation (sd_listen_fds(3)).
package enum PassedSockets {
  /// What a socket is for.
  package enum Purpose: String, Sendable, CaseIterable {
    case intake
    case admin
  }

  package struct Passed: Sendable, Equatable {
    package let descriptor: Int32
    package let purpose: Purpose
  }

  /// A sentence that names the variable and the mend.
  package struct Mistake: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
  }

  /// The variables that say what was passed; a process that has read them takes them out, for its children's sake.
  package static let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]
  /// SD_LISTEN_FDS_START.
  private static let first: Int32 = 3
  /// As many as `http.listen` and `admin.listen` may have together.
  static let limit = 32

  /// What `environment` says was passed to the process `pid`; nothing when it speaks of another process or of none.
  ///
  /// `LISTEN_FDNAMES` gives each socket its purpose, `intake` or `admin`; without it all are for intake.
  package static func read(_ environment: [String: String], pid: Int32) throws(Mistake) -> [Passed] {
    guard let owner = environment["LISTEN_PID"], !owner.isEmpty else { return [] }
    guard let owner = number(owner) else {
      throw Mistake(description: "LISTEN_PID: it is no number; let systemd set it, or unset it")
    }
    guard owner == pid else { return [] }
    guard let count = number(environment["LISTEN_FDS"] ?? ""), count <= limit else {
      throw Mistake(description: "LISTEN_FDS: it is not a number from 0 to \(limit); let systemd set it, or unset it")
    }
    var purposes = [Purpose](repeating: .intake, count: Int(count))
    if let names = environment["LISTEN_FDNAMES"] {
      purposes = try Self.purposes(names, count: purposes.count)
    }
    return purposes.enumerated().map { Passed(descriptor: first + Int32($0.offset), purpose: $0.element) }
  }

  private static func purposes(_ names: String, count: Int) throws(Mistake) -> [Purpose] {
    let names = names.split(separator: ":", omittingEmptySubsequences: false)
    guard names.count == count else {
      throw Mistake(
        description: "LISTEN_FDNAMES: it has \(names.count) names for \(count) sockets; give each socket one name")
    }
    var purposes: [Purpose] = []
    for (index, name) in names.enumerated() {
      guard let purpose = Purpose(rawValue: String(name)) else {
        throw Mistake(
          description:
            "LISTEN_FDNAMES: the name of socket \(index + 1) is neither intake nor admin; write FileDescriptorName=intake or FileDescriptorName=admin in its .socket unit"
        )
      }
      purposes.append(purpose)
    }
    return purposes
  }

  private static func number(_ text: String) -> Int32? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int32(text) : nil
  }
}
