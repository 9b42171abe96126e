import Platform

/// Why the gateway did not start: a sentence that names the key and the mend, and the exit code.
package struct StartFailure: Error, Sendable, Equatable, CustomStringConvertible {
  package let exitCode: ExitCode
  package let description: String

  package init(exitCode: ExitCode, description: String) {
    self.exitCode = exitCode
    self.description = description
  }

  init(folder: LockedFolder.Refusal, path: String) {
    switch folder {
    case .held:
      self.init(
        exitCode: .temporaryFailure,
        description: "data_dir: \(path) is in use by another beacongate; stop it or give this one a folder of its own")
    case .failed(let error):
      self.init(
        exitCode: .configuration,
        description: "data_dir: \(error); make the folder writable for this user or name another")
    }
  }

  init(binding error: SystemError) {
    let isTaken = error.isAddressInUse
    let mend =
      isTaken
      ? "stop the program that has it or choose another port"
      : "choose an address of this machine that this user may bind"
    self.init(
      exitCode: isTaken ? .temporaryFailure : .configuration,
      description: "http.listen, admin.listen: \(error); \(mend)")
  }

  init(resources error: SystemError) {
    self.init(exitCode: .temporaryFailure, description: "\(error)")
  }

  init(worker error: WorkerError) {
    self.init(exitCode: .configuration, description: "\(error)")
  }
}
