import CLinux
import Glibc

/// A folder held open: the names in it stay one folder's, whatever happens to its path meanwhile.
package final class OpenFolder: Sendable {
  package let path: String
  private let descriptor: Int32

  package init(_ path: String) throws(SystemError) {
    self.path = path
    descriptor = unsafe cl_open(path, O_RDONLY | O_DIRECTORY, 0)
    guard descriptor >= 0 else { throw SystemError(call: "open", subject: path) }
  }

  deinit { close(descriptor) }

  /// Every name but `.` and `..`, in no order; `EOVERFLOW` beyond `limit`. One that is not UTF-8 comes repaired, and so
  /// names no file.
  package func names(limit: Int) throws(SystemError) -> [String] {
    let copy = unsafe openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0 else { throw SystemError(call: "open", subject: path) }
    guard let stream = unsafe fdopendir(copy) else {
      defer { close(copy) }
      throw SystemError(call: "fdopendir", subject: path)
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else { break }
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name == "." || name == ".." { continue }
      guard names.count < limit else { throw SystemError(call: "readdir", subject: path, code: EOVERFLOW) }
      names.append(name)
    }
    guard errno == 0 else { throw SystemError(call: "readdir", subject: path) }
    return names
  }

  /// What tells one content of the file from another; `nil` where there is none, or it is not a regular file.
  package func stamp(of name: String) throws(SystemError) -> FileStamp? {
    var info = stat()
    guard unsafe fstatat(descriptor, name, &info, 0) == 0 else {
      if errno == ENOENT || errno == ELOOP { return nil }
      throw SystemError(call: "stat", subject: subject(name))
    }
    return FileStamp(info)
  }

  /// Everything in the regular file; `EFBIG` beyond `limit` bytes.
  package func read(_ name: String, limit: Int) throws(SystemError) -> [UInt8] {
    let opened = unsafe openat(descriptor, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    return try FileBytes.read(opened, subject: subject(name), limit: limit)
  }

  /// Gives the file a new content, whole or not at all, durably, with mode 0600.
  ///
  /// The way is a temporary file, fsync, rename, fsync of the folder. `temporary` is a name that nobody else uses
  /// meanwhile (hold a lock); what a crash left under it is removed.
  package func replace(_ name: String, with bytes: [UInt8], through temporary: String) throws(SystemError) {
    unsafe unlinkat(descriptor, temporary, 0)
    do throws(SystemError) {
      try create(temporary, bytes)
      guard unsafe renameat(descriptor, temporary, descriptor, name) == 0 else {
        throw SystemError(call: "rename", subject: subject(name))
      }
    } catch {
      unsafe unlinkat(descriptor, temporary, 0)
      throw error
    }
    guard fsync(descriptor) == 0 else { throw SystemError(call: "fsync", subject: path) }
  }

  /// Takes the advisory lock on `name`, creating it (0600); waits at most `milliseconds`, then throws `EWOULDBLOCK`.
  package func lock(_ name: String, milliseconds: Int32) throws(SystemError) -> FileLock {
    let opened = unsafe openat(descriptor, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard opened >= 0 else { throw SystemError(call: "open", subject: subject(name)) }
    let lock = FileLock(descriptor: opened)
    var left = milliseconds
    while flock(opened, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK, left > 0 else { throw SystemError(call: "flock", subject: subject(name)) }
      poll(nil, 0, min(left, 10))
      left -= 10
    }
    return lock
  }

  private func create(_ name: String, _ bytes: [UInt8]) throws(SystemError) {
    let opened = unsafe openat(descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard opened >= 0 else { throw SystemError(call: "open", subject: subject(name)) }
    defer { close(opened) }
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { source in
        unsafe write(opened, source.baseAddress! + written, source.count - written)
      }
      guard count >= 0 || errno == EINTR else { throw SystemError(call: "write", subject: subject(name)) }
      written += max(0, count)
    }
    guard fsync(opened) == 0 else { throw SystemError(call: "fsync", subject: subject(name)) }
  }

  private func subject(_ name: String) -> String { "\(path)/\(name)" }
}

/// An advisory lock, held as long as this value lives.
package struct FileLock: ~Copyable {
  private let descriptor: Int32

  fileprivate init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }
}

/// Which file a name stood for, and when it was last changed.
package struct FileStamp: Sendable, Equatable {
  private let device: UInt64
  private let inode: UInt64
  private let size: Int64
  private let modified: Int64
  /// When content or owner last changed; Unix time in nanoseconds.
  package let changed: Int64

  /// `nil` if it is not a regular file.
  fileprivate init?(_ info: stat) {
    guard info.st_mode & S_IFMT == S_IFREG else { return nil }
    device = UInt64(info.st_dev)
    inode = UInt64(info.st_ino)
    size = Int64(info.st_size)
    modified = Int64(info.st_mtim.tv_sec) * 1_000_000_000 + Int64(info.st_mtim.tv_nsec)
    changed = Int64(info.st_ctim.tv_sec) * 1_000_000_000 + Int64(info.st_ctim.tv_nsec)
  }
}
