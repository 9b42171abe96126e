import CLinux
import Glibc

/// What the file system says of a name.
package struct FileFacts: Sendable, Equatable {
  package enum Kind: Sendable, Equatable { case folder, file, socket, other }

  package let kind: Kind
  /// Permission bits.
  package let mode: Int
  /// It belongs to the user of this process.
  package let isOwn: Bool
  package let bytes: Int

  /// `nil` where there is nothing of that name.
  package static func of(_ path: String) throws(SystemError) -> FileFacts? {
    var info = stat()
    guard unsafe stat(path, &info) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw SystemError(call: "stat", subject: path)
    }
    return FileFacts(info)
  }

  /// Whether this process may make and remove files in a folder.
  package static func canWrite(_ folder: String) -> Bool {
    unsafe access(folder, W_OK | X_OK) == 0
  }

  private init(_ info: stat) {
    switch info.st_mode & S_IFMT {
    case S_IFDIR: kind = .folder
    case S_IFREG: kind = .file
    case S_IFSOCK: kind = .socket
    default: kind = .other
    }
    mode = Int(info.st_mode & 0o7777)
    isOwn = info.st_uid == geteuid()
    bytes = Int(info.st_size)
  }
}
