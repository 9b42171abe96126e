import CLinux
import Glibc

/// A folder that this process alone may use while it holds the lock.
package final class LockedFolder: Sendable {
  package let path: String
  private let descriptor: Int32

  package enum Refusal: Error, Sendable, Equatable {
    /// Another process holds the lock.
    case held
    case failed(SystemError)
  }

  /// Creates `path` (0700, with its parents) where it is missing, checks that it can be written, and locks it.
  package init(_ path: String) throws(Refusal) {
    self.path = path
    do throws(SystemError) {
      try Folder.create(path)
    } catch {
      throw .failed(error)
    }
    let file = "\(path)/lock"
    let opened = unsafe cl_open(file, O_RDWR | O_CREAT, 0o600)
    guard opened >= 0 else { throw .failed(SystemError(call: "open", subject: file)) }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(opened)
      throw code == EWOULDBLOCK ? .held : .failed(SystemError(call: "flock", subject: file, code: code))
    }
    descriptor = opened
  }

  deinit { close(descriptor) }
}

/// What we do to folders and whole files, each call with its result as Swift knows it.
package enum Folder {
  /// Creates `path` with mode 0700, and its parents; one that exists stays as it is.
  package static func create(_ path: String) throws(SystemError) {
    if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return try check(path) }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
      throw SystemError(call: "mkdir", subject: path)
    }
    try create(String(path[..<slash]))
    guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw SystemError(call: "mkdir", subject: path)
    }
  }

  /// Moves a file or folder; both paths lie on one file system.
  package static func move(_ from: String, to: String) throws(SystemError) {
    guard unsafe rename(from, to) == 0 else { throw SystemError(call: "rename", subject: from) }
  }

  /// Writes a new file (0600) and syncs it; one that exists is replaced.
  package static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
    let file = unsafe cl_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard file >= 0 else { throw SystemError(call: "open", subject: path) }
    defer { close(file) }
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress! + done, $0.count - done) }
      guard count > 0 || errno == EINTR else { throw SystemError(call: "write", subject: path) }
      done += max(0, count)
    }
    guard fsync(file) == 0 else { throw SystemError(call: "fsync", subject: path) }
  }

  /// The file system that `path` lies on: its size and what is free for us, in bytes.
  package static func space(_ path: String) -> (total: Int, free: Int)? {
    var info = statvfs()
    guard unsafe statvfs(path, &info) == 0 else { return nil }
    return (Int(info.f_blocks) * Int(info.f_frsize), Int(info.f_bavail) * Int(info.f_frsize))
  }

  /// Gives a file `bytes` of room on the disk; without room for all of it there is no file. True if it has them.
  package static func allocate(_ path: String, bytes: Int) -> Bool {
    let file = unsafe cl_open(path, O_WRONLY | O_CREAT, 0o600)
    guard file >= 0 else { return false }
    defer { close(file) }
    if posix_fallocate(file, 0, bytes) == 0 { return true }
    remove(path)
    return false
  }

  package static func remove(_ path: String) {
    unsafe unlink(path)
  }

  /// Fills an existing file with zeros up to `bytes`, so that writing into it later changes no metadata and a sync costs
  /// one write. Where there is no room the file stays as it was.
  package static func writeThrough(_ path: String, bytes: Int) {
    let file = unsafe cl_open(path, O_WRONLY, 0)
    guard file >= 0 else { return }
    defer { close(file) }
    let start = lseek(file, 0, SEEK_END)
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    var end = start
    while end < bytes {
      let count = min(zeros.count, bytes - end)
      let written = unsafe zeros.withUnsafeBytes { unsafe pwrite(file, $0.baseAddress!, count, end) }
      guard written > 0 else {
        ftruncate(file, start)
        return
      }
      end += written
    }
    fdatasync(file)
  }

  package static func exists(_ path: String) -> Bool {
    unsafe access(path, F_OK) == 0
  }

  private static func check(_ path: String) throws(SystemError) {
    var info = stat()
    guard unsafe stat(path, &info) == 0 else { throw SystemError(call: "stat", subject: path) }
    guard info.st_mode & S_IFMT == S_IFDIR else {
      throw SystemError(call: "mkdir", subject: path, code: ENOTDIR)
    }
  }
}
