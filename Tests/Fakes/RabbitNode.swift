import Glibc
import Platform
import Synchronization

/// A RabbitMQ node of a test's own: a real one, on loopback, on free ports, with its data in a temporary folder.
///
/// It dies with this object, and with the test process however that ends. Starting costs seconds of processor time: a test
/// that needs any broker takes ``shared`` and queues with names of its own; one that breaks the broker starts its own.
package final class RabbitNode: Sendable {
  package enum Failure: Error, CustomStringConvertible {
    case notInstalled
    case notReady(log: String)
    case notStopped
    case control(arguments: [String], output: String)

    package var description: String {
      switch self {
      case .notInstalled: "rabbitmq-server is not installed; scripts/deps test installs it"
      case .notReady(let log): "the node took no connection in time; its log ends: \(log.suffix(2000))"
      case .notStopped: "the node did not stop in time"
      case .control(let arguments, let output): "rabbitmqctl \(arguments.joined(separator: " ")): \(output)"
      }
    }
  }

  /// A node for every test of this process.
  package static var shared: RabbitNode {
    get throws { try first.get() }
  }
  private static let first = Result { try RabbitNode() }

  /// How long a start may take; on a machine under load it is most of that.
  static let startTimeout = Duration.seconds(120)

  package let port: UInt16
  /// As Erlang knows it, `beacongate-…@localhost`.
  package let name: String
  let directory: TemporaryDirectory
  private let distributionPort: UInt16
  private let process = Mutex<ChildProcess?>(nil)
  /// The writing end of the pipe whose other end the node's guard reads; the kernel closes it when this process ends.
  private let life: Int32

  /// Starts the node and waits until it takes connections. `configuration` is lines for `rabbitmq.conf`; nodes with one
  /// `cookie` may join each other.
  package init(configuration: [String] = [], cookie: String? = nil) throws {
    directory = try TemporaryDirectory()
    port = try freePort()
    distributionPort = try freePort()
    name = "beacongate-\(getpid())-\(port)@localhost"
    try RabbitInstallation.mirror(in: directory)
    let lines = ["disk_free_limit.absolute = 1MB", "log.console = false"] + configuration
    try directory.write(lines.map { "\($0)\n" }.joined(), to: "rabbitmq.conf")
    try directory.write("[].\n", to: "plugins")
    if let cookie {
      try directory.write(cookie, to: ".erlang.cookie")
      _ = unsafe chmod(directory.file(".erlang.cookie"), 0o400)
    }
    guard unsafe mkfifo(directory.file("life"), 0o600) == 0 else {
      throw Socket.Failure.system(call: "mkfifo", code: errno)
    }
    // Open for both, so that neither side waits for the other.
    life = unsafe open(directory.file("life"), O_RDWR | O_CLOEXEC)
    guard life >= 0 else { throw Socket.Failure.system(call: "open", code: errno) }
    try start()
  }

  deinit {
    kill()
    close(life)
  }

  package var url: String { "amqp://guest:guest@127.0.0.1:\(port)" }

  package var isRunning: Bool { process.withLock { $0?.isRunning ?? false } }

  /// Starts it anew on the same port and data, and waits until it takes connections.
  package func start() throws {
    try begin()
    let deadline = ContinuousClock.now + Self.startTimeout
    while !answers {
      guard isRunning, ContinuousClock.now < deadline else { throw Failure.notReady(log: log) }
      _ = waitUntil(timeout: .milliseconds(50)) { false }
    }
  }

  /// Starts it anew without waiting.
  package func begin() throws {
    try process.withLock { process in
      guard process?.isRunning != true else { return }
      process = try ChildProcess(
        "/bin/sh", arguments: ["-c", Self.guardian, "guardian", directory.path],
        environment: environment.merging(serverEnvironment) { $1 },
        output: directory.file("output"), errors: directory.file("errors"))
    }
    guard waitUntil(timeout: .seconds(10), { signal(0) }) else { throw Failure.notReady(log: log) }
  }

  /// Ends it in order.
  package func stop() throws {
    signal(SIGTERM)
    guard process.withLock({ $0 })?.wait(timeout: .seconds(60)) != nil else { throw Failure.notStopped }
    unsafe unlink(directory.file("pid"))
  }

  /// Ends it at once, as a power failure would.
  package func kill() {
    signal(SIGKILL)
    _ = process.withLock { $0 }?.wait(timeout: .seconds(10))
    unsafe unlink(directory.file("pid"))
  }

  /// From now on it does nothing, but its connections stay.
  package func freeze() { signal(SIGSTOP) }
  package func thaw() { signal(SIGCONT) }

  package var log: String { directory.read("log") + directory.read("errors") }

  /// What its tools and itself need to find each other, and nobody else.
  var environment: [String: String] {
    [
      "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8", "HOME": directory.path,
      "RABBITMQ_NODENAME": name, "RABBITMQ_CONF_ENV_FILE": "/dev/null", "ERL_EPMD_ADDRESS": "127.0.0.1",
      "ERL_CRASH_DUMP": "/dev/null",
    ]
  }

  private var serverEnvironment: [String: String] {
    [
      "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1", "RABBITMQ_NODE_PORT": "\(port)",
      "RABBITMQ_DIST_PORT": "\(distributionPort)", "RABBITMQ_MNESIA_BASE": directory.file("data"),
      "RABBITMQ_LOG_BASE": directory.path, "RABBITMQ_LOGS": directory.file("log"),
      "RABBITMQ_ENABLED_PLUGINS_FILE": directory.file("plugins"),
      "RABBITMQ_CONFIG_FILE": directory.file("rabbitmq.conf"),
      "RABBITMQ_SCRIPTS_DIR": directory.file("home/sbin"),
      // The script then becomes the node instead of waiting for it.
      "RABBITMQ_ALLOW_INPUT": "1",
      "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput -kernel inet_dist_use_interface {127,0,0,1}",
    ]
  }

  /// Runs the node in a process group of its own, and kills it and removes its folder when the pipe says that the test
  /// process is gone.
  private static let guardian = """
    cd "$1" || exit 1
    setsid "$1/home/sbin/rabbitmq-server" </dev/null &
    node=$!
    echo "$node" >pid.new && mv pid.new pid
    (read -r line <life; kill -9 "-$node"; cd / && rm -rf -- "$1") &
    watch=$!
    wait "$node"
    code=$?
    kill "$watch"
    exit "$code"
    """

  /// True when the broker greets a client (AMQP 0-9-1 §2.2.4).
  private var answers: Bool {
    guard let socket = try? Socket.connect(port: port) else { return false }
    try? socket.send([UInt8]("AMQP".utf8) + [0, 0, 9, 1])
    return (try? socket.receive(deadline: .now + .seconds(5)))?.first == 1
  }

  /// To the whole process group. False when there is none.
  @discardableResult private func signal(_ signal: Int32) -> Bool {
    guard isRunning, let pid = Int32(directory.read("pid").filter(\.isNumber)), pid > 1 else { return false }
    return Glibc.kill(-pid, signal) == 0
  }
}
