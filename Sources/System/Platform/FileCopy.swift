import CLinux
import Glibc

/// Copies of files that another process may be writing, and what tells whether it is still the same file.
package enum FileCopy {
  /// Which file a name stood for.
  package struct Identity: Sendable, Equatable {
    private let device: UInt64
    private let inode: UInt64
    package let bytes: Int

    fileprivate init(_ info: stat) {
      device = UInt64(info.st_dev)
      inode = UInt64(info.st_ino)
      bytes = Int(info.st_size)
    }

    package func isSameFile(as other: Self) -> Bool { device == other.device && inode == other.inode }
  }

  private static let pieceBytes = 1 << 20
  /// What a bad place of a disk costs.
  private static let sectorBytes = 4096

  /// `nil` where there is no such file.
  package static func identity(of path: String) throws(SystemError) -> Identity? {
    var info = stat()
    guard unsafe stat(path, &info) == 0 else {
      if errno == ENOENT { return nil }
      throw SystemError(call: "stat", subject: path)
    }
    guard info.st_mode & S_IFMT == S_IFREG else { throw SystemError(call: "open", subject: path, code: EINVAL) }
    return Identity(info)
  }

  /// The first `count` bytes, fewer of a shorter file; `nil` where there is none.
  package static func head(of path: String, count: Int) throws(SystemError) -> [UInt8]? {
    let file = unsafe cl_open(path, O_RDONLY | O_NONBLOCK, 0)
    guard file >= 0 else {
      if errno == ENOENT { return nil }
      throw SystemError(call: "open", subject: path)
    }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: count)
    let got = unsafe bytes.withUnsafeMutableBytes { unsafe pread(file, $0.baseAddress!, count, 0) }
    guard got >= 0 else { throw SystemError(call: "read", subject: path) }
    return Array(bytes[..<got])
  }

  /// Copies the file at `path` to the new file (0600) `target`, a piece at a time; `false` where there is no such file.
  ///
  /// Where the disk gives a sector back as EIO the copy has zeros; `lost` counts their bytes.
  package static func copy(_ path: String, to target: String, lost: inout Int) throws(SystemError) -> Bool {
    let source = unsafe cl_open(path, O_RDONLY | O_NONBLOCK, 0)
    guard source >= 0 else {
      if errno == ENOENT { return false }
      throw SystemError(call: "open", subject: path)
    }
    defer { close(source) }
    let copy = unsafe cl_open(target, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    guard copy >= 0 else { throw SystemError(call: "open", subject: target) }
    defer { close(copy) }
    var piece = [UInt8](repeating: 0, count: pieceBytes)
    var position = 0
    while true {
      var got = read(source, into: &piece, count: pieceBytes, at: position)
      if got < 0, errno == EIO {
        got = read(source, into: &piece, count: sectorBytes, at: position)
        if got < 0, errno == EIO {
          got = sectorBytes
          lost += sectorBytes
          for index in 0..<sectorBytes { piece[index] = 0 }
        }
      }
      guard got >= 0 else { throw SystemError(call: "read", subject: path) }
      guard got > 0 else { return true }
      try write(piece, count: got, at: position, to: copy, target)
      position += got
    }
  }

  private static func read(_ file: Int32, into piece: inout [UInt8], count: Int, at position: Int) -> Int {
    while true {
      let got = unsafe piece.withUnsafeMutableBytes { unsafe pread(file, $0.baseAddress!, count, position) }
      if got >= 0 || errno != EINTR { return got }
    }
  }

  private static func write(
    _ piece: [UInt8], count: Int, at position: Int, to file: Int32, _ path: String
  ) throws(SystemError) {
    var done = 0
    while done < count {
      let wrote = unsafe piece.withUnsafeBytes {
        unsafe pwrite(file, $0.baseAddress! + done, count - done, position + done)
      }
      guard wrote > 0 || errno == EINTR else { throw SystemError(call: "write", subject: path) }
      done += max(0, wrote)
    }
  }
}
