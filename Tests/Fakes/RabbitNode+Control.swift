import Foundation

extension RabbitNode {
  /// Runs `rabbitmqctl` and gives back what it prints; throws when it fails or takes longer than a minute.
  @discardableResult
  package func rabbitmqctl(_ arguments: String...) throws -> String {
    let run = UUID().uuidString
    let tool = try ChildProcess(
      RabbitInstallation.control, arguments: ["--quiet", "--node", name] + arguments,
      environment: environment.merging([
        "RABBITMQ_CTL_DIST_PORT_MIN": "0", "RABBITMQ_CTL_DIST_PORT_MAX": "0",
        "RABBITMQ_CTL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
      ]) { $1 },
      output: directory.file("\(run).output"), errors: directory.file("\(run).errors"))
    let exit = tool.wait(timeout: .seconds(60))
    let output = directory.read("\(run).output")
    guard exit == .code(0) else {
      throw Failure.control(arguments: arguments, output: output + directory.read("\(run).errors"))
    }
    return output
  }

  /// Raises or ends a memory alarm: while it is on, connections that have published are blocked.
  package func alarm(on isOn: Bool) throws {
    try rabbitmqctl("set_vm_memory_high_watermark", isOn ? "0.00001" : "0.4")
  }

  /// Adds a user who may do everything in `vhost`, or what the three patterns allow.
  package func addUser(
    _ user: String, password: String, vhost: String = "/", configure: String = ".*", write: String = ".*",
    read: String = ".*"
  ) throws {
    try rabbitmqctl("add_user", user, password)
    try setPermissions(user, vhost: vhost, configure: configure, write: write, read: read)
  }

  /// Regular expressions of the names that `user` may declare, publish to and consume from.
  package func setPermissions(
    _ user: String, vhost: String = "/", configure: String, write: String, read: String
  ) throws {
    try rabbitmqctl("set_permissions", "--vhost", vhost, user, configure, write, read)
  }

  /// The node's URL for another user or virtual host, which are to be percent-encoded already.
  package func url(user: String = "guest", password: String = "guest", vhost: String = "%2F") -> String {
    "amqp://\(user):\(password)@127.0.0.1:\(port)/\(vhost)"
  }
}
