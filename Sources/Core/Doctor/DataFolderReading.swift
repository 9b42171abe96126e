/// What was seen of the data folder.
package struct DataFolderReading: Sendable, Equatable {
  package enum Condition: Sendable, Equatable {
    case there
    /// It will be made; `parent` is the nearest folder above that exists.
    case missing(parent: String, isWritable: Bool)
    case noFolder
    case unreadable(String)
  }

  package enum Holder: Sendable, Equatable {
    case nobody
    case process(Int?)
    case unknown(String)
  }

  package var path: String
  package var condition = Condition.there
  /// Permission bits.
  package var mode = 0o700
  package var isOwn = true
  /// What writing and syncing a small file took, or why it failed.
  package var sync: Result<Duration, Fault> = .success(.zero)
  package var freeBytes: Int?
  /// What the store takes already.
  package var usedBytes = 0
  /// `spool.max_bytes` and `dead.max_bytes` together.
  package var wantedBytes = 0
  package var holder = Holder.nobody

  package struct Fault: Error, Sendable, Equatable {
    package let text: String
    package init(_ text: String) { self.text = text }
  }

  /// A commit that waits longer for its sync shows in every answer.
  static let slowSync = Duration.milliseconds(50)

  package init(path: String) { self.path = path }

  package var findings: [Finding] {
    switch condition {
    case .unreadable(let reason):
      return [
        .fail("data_dir", "\(path) cannot be looked at: \(reason); let this user read and write it", .configuration)
      ]
    case .noFolder:
      return [.fail("data_dir", "\(path) is not a folder; name another", .configuration)]
    case .missing(let parent, let isWritable):
      guard isWritable else {
        return [
          .fail(
            "data_dir", "\(path) does not exist and cannot be made in \(parent); make it for this user or name another",
            .configuration)
        ]
      }
      return [.ok("data_dir", "\(path) does not exist; serve makes it in \(parent)")] + room
    case .there:
      return access + [syncing] + room + [use]
    }
  }

  private var access: [Finding] {
    var findings: [Finding] = []
    if !isOwn {
      findings.append(
        .warn("data_dir", "\(path) belongs to another user; start this command, and serve, as the user that owns it"))
    }
    if mode & 0o077 != 0 {
      findings.append(
        .warn("data_dir", "\(path) has mode \(Self.octal(mode)): others can look into it; chmod 700 \(path)"))
    }
    return findings.isEmpty
      ? [.ok("data_dir", "\(path) exists, mode \(Self.octal(mode)), and belongs to this user")] : findings
  }

  private var syncing: Finding {
    switch sync {
    case .failure(let fault):
      .fail("data_dir", "\(path) cannot be written: \(fault.text); let this user write it, or mend the disk")
    case .success(let time) where time > Self.slowSync:
      .warn("data_dir", "a sync takes \(Self.milliseconds(time)): every answer waits for one; use a faster disk")
    case .success(let time):
      .ok("data_dir", "\(path) can be written; a sync takes \(Self.milliseconds(time))")
    }
  }

  private var room: [Finding] {
    guard let freeBytes else { return [.warn("disk", "how much room there is cannot be asked")] }
    let needed = max(0, wantedBytes - usedBytes)
    let free = Self.mebibytes(freeBytes)
    guard freeBytes < needed else {
      return [.ok("disk", "\(free) are free, enough for spool.max_bytes and dead.max_bytes")]
    }
    return [
      .warn(
        "disk",
        "\(free) are free, but spool.max_bytes and dead.max_bytes may need \(Self.mebibytes(needed)) more: the disk fills up first; make room or lower them"
      )
    ]
  }

  private var use: Finding {
    switch holder {
    case .nobody: .ok("data_dir", "no process has the folder")
    case .process(let pid): .ok("data_dir", "a running gateway has the folder\(pid.map { " (process \($0))" } ?? "")")
    case .unknown(let reason): .warn("data_dir", "whether a process has the folder cannot be asked: \(reason)")
    }
  }

  static func octal(_ mode: Int) -> String {
    let text = String(mode & 0o7777, radix: 8)
    return String(repeating: "0", count: max(0, 4 - text.count)) + text
  }

  static func milliseconds(_ time: Duration) -> String {
    let tenths = Int(time / .microseconds(100))
    return "\(tenths / 10).\(tenths % 10) ms"
  }

  static func mebibytes(_ bytes: Int) -> String { "\(bytes >> 20) MiB" }
}
