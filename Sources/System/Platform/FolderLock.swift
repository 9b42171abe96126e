import CLinux
import Glibc

/// Who has a data folder; see ``LockedFolder``.
package enum FolderLock: Sendable, Equatable {
  /// Nobody has it.
  case free
  /// Another process has it; which one, where the system tells.
  case held(pid: Int?)
  /// Nobody can say.
  case unknown(SystemError)

  /// Asks for a moment's shared lock, which a process that starts in this moment would be refused by.
  package static func of(_ folder: String) -> Self {
    let path = "\(folder)/lock"
    let opened = unsafe cl_open(path, O_RDONLY, 0)
    guard opened >= 0 else { return errno == ENOENT ? .free : .unknown(SystemError(call: "open", subject: path)) }
    defer { close(opened) }
    if flock(opened, LOCK_SH | LOCK_NB) == 0 { return .free }
    guard errno == EWOULDBLOCK else { return .unknown(SystemError(call: "flock", subject: path)) }
    var info = stat()
    guard unsafe fstat(opened, &info) == 0 else { return .held(pid: nil) }
    return .held(pid: holder(inode: UInt64(info.st_ino)))
  }

  /// From `/proc/locks`, such as `1: FLOCK  ADVISORY  WRITE 1234 fd:01:393226 0 EOF`.
  private static func holder(inode: UInt64) -> Int? {
    guard let bytes = try? FileBytes.read("/proc/locks", limit: 1 << 20) else { return nil }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count >= 6, words[1] == "FLOCK", words[3] == "WRITE", words[5].hasSuffix(":\(inode)") else {
        continue
      }
      return Int(words[4])
    }
    return nil
  }
}
