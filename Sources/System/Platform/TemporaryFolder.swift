import Glibc

/// A folder (0700) of a name that nobody else has; it goes with this object, and so do the files named by ``file(_:)``.
package final class TemporaryFolder {
  package let path: String
  private var files: [String] = []

  /// `parent` is a folder that this user may write.
  package init(in parent: String) throws(SystemError) {
    var template = Array("\(parent)/beacongate-XXXXXX".utf8CString)
    let isMade = unsafe template.withUnsafeMutableBufferPointer { unsafe mkdtemp($0.baseAddress!) != nil }
    guard isMade else { throw SystemError(call: "mkdtemp", subject: parent) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    for file in files { Folder.remove(file) }
    unsafe rmdir(path)
  }

  /// The path of `name` in here, which is removed with the folder.
  package func file(_ name: String) -> String {
    files.append("\(path)/\(name)")
    return "\(path)/\(name)"
  }
}
