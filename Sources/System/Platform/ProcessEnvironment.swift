@unsafe @preconcurrency import Glibc

/// The variables that this process was started with.
package enum ProcessEnvironment {
  /// Names and values; of a name given twice the first counts, as for `getenv`. Text that is not UTF-8 comes repaired.
  package static var variables: [String: String] {
    var variables: [String: String] = [:]
    var entry = unsafe environ
    while let text = unsafe entry.pointee {
      let parts = unsafe String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      if parts.count == 2, variables[name] == nil { variables[name] = String(parts[1]) }
      unsafe entry += 1
    }
    return variables
  }

  /// Takes variables out, so that no child sees them. Before any thread starts.
  package static func unset(_ names: [String]) {
    for name in names { unsafe unsetenv(name) }
  }
}
