package import Core
package import EventLoop
import Platform

/// Listeners that whoever started this process has bound: they stand in for `http.listen` and `admin.listen`.
package struct PassedListeners: Sendable {
  package private(set) var intake: [Listener] = []
  package private(set) var admin: [Listener] = []

  package init() {}

  /// Takes over what the variables of systemd's socket activation name, and takes these variables out of the environment.
  /// To be called once, before any thread starts.
  package init(environment: [String: String]) throws(StartFailure) {
    defer { ProcessEnvironment.unset(PassedSockets.variables) }
    do throws(PassedSockets.Mistake) {
      for passed in try PassedSockets.read(environment, pid: Machine.processID) { try take(passed) }
    } catch {
      throw StartFailure(exitCode: .configuration, description: error.description)
    }
  }

  private mutating func take(_ passed: PassedSockets.Passed) throws(PassedSockets.Mistake) {
    do throws(SystemError) {
      let listener = try Listener(shared: passed.descriptor)
      switch passed.purpose {
      case .intake: intake.append(listener)
      case .admin: admin.append(listener)
      }
    } catch {
      throw PassedSockets.Mistake(
        description: "LISTEN_FDS: \(error); pass listening stream sockets (ListenStream=, Accept=no)")
    }
  }

  /// `settings` with the addresses that are in fact listened on: who may come without a token depends on them.
  package func applied(to settings: Settings) -> Settings {
    var settings = settings
    if !intake.isEmpty { settings.http.listen = intake.map(\.address.listenAddress) }
    if !admin.isEmpty { settings.admin.listen = admin.map(\.address.listenAddress) }
    return settings
  }

  /// What is read for a process that has these listeners.
  package func applied(to loaded: LoadedSettings) -> LoadedSettings {
    guard let settings = loaded.settings, !(intake.isEmpty && admin.isEmpty) else { return loaded }
    let applied = applied(to: settings)
    let problems = applied.problems
    return LoadedSettings(
      settings: problems.isEmpty ? applied : nil, problems: loaded.problems + problems,
      unknownVariables: loaded.unknownVariables, notices: loaded.notices, source: loaded.source)
  }
}

extension Listener.Address {
  fileprivate var listenAddress: ListenAddress {
    switch self {
    case .tcp(let host, let port): .tcp(host: host, port: port)
    case .unix(let path): .unix(path: path)
    }
  }
}
