import Fakes
import Foundation
import Testing
import YAML

/// What must hold in every way to run containers: nobody is root, nobody is killed before it has shut down, no two
/// processes share a data folder.
@Suite(.serialized) struct DeployInvariantTests {
  static let gateways = ["ingest-1", "ingest-2", "worker-1", "worker-2"]

  @Test("compose: no container runs as root or gains rights", arguments: gateways + ["balancer", "rabbitmq"])
  func rights(_ name: String) throws {
    let service = try Self.service(name)
    #expect(!service["user"].text.isEmpty)
    #expect(!["root", "0", "0:0"].contains(service["user"].text))
    #expect(service["cap_drop"].texts == ["ALL"])
    #expect(service["security_opt"].texts == ["no-new-privileges:true"])
    #expect(service["depends_on"] == .absent)
  }

  @Test(
    "compose: a gateway's settings are taken, and it is given longer than it needs to shut down", arguments: gateways)
  func composeSettings(_ name: String) throws {
    let secrets = try DeploySecrets()
    let service = try Self.service(name)
    let role = String(name.prefix { $0 != "-" })
    let environment = try Self.environment(service, secrets: secrets)
      .merging(["BEACONGATE_CONFIG": DeployFiles.path("image/beacongate.yaml")]) { $1 }
    let settings = try DeployFiles.settings(environment: environment)
    #expect(settings["role"].text == role)
    let patience = try DeployFiles.duration(service["stop_grace_period"].text)
    let needed = try DeployFiles.shutdownTime(settings)
    #expect(patience >= needed + .seconds(10))
  }

  @Test("compose: every gateway has a volume of its own for its data")
  func volumes() throws {
    let volumes = try Self.gateways.map { name in
      try #require(try Self.service(name)["volumes"].texts.first { $0.hasSuffix(":/var/lib/beacongate") })
    }
    #expect(Set(volumes).count == Self.gateways.count)
  }

  @Test("compose: only the balancer publishes a port, to this machine")
  func published() throws {
    let services = try #require(try DeployFiles.documents("compose.yaml").first)["services"]
    for service in services.members {
      let ports = service.value["ports"].texts
      #expect(ports == (service.key == "balancer" ? ["127.0.0.1:8080:8080"] : []))
    }
  }

  @Test(
    "Kubernetes: pods meet the restricted standard, and end later than the gateway", arguments: ["ingest", "worker"])
  func pods(_ role: String) throws {
    let set = try Self.statefulSet(role)
    let pod = set["spec"]["template"]["spec"]
    #expect(pod["securityContext"]["runAsNonRoot"].text == "true")
    #expect(pod["securityContext"]["runAsUser"].text == "10001")
    #expect(pod["securityContext"]["seccompProfile"]["type"].text == "RuntimeDefault")
    #expect(pod["automountServiceAccountToken"].text == "false")
    for container in pod["containers"].items {
      #expect(container["securityContext"]["allowPrivilegeEscalation"].text == "false")
      #expect(container["securityContext"]["readOnlyRootFilesystem"].text == "true")
      #expect(container["securityContext"]["capabilities"]["drop"].texts == ["ALL"])
      #expect(container["resources"]["limits"]["memory"] != .absent)
      #expect(container["livenessProbe"]["httpGet"]["path"].text == "/health/live")
      #expect(container["readinessProbe"]["httpGet"]["path"].text == "/health/ready")
    }
    let settings = try Self.settings(role)
    #expect(settings["role"].text == role)
    let patience = Duration.seconds(try #require(Int(pod["terminationGracePeriodSeconds"].text)))
    let needed = try DeployFiles.shutdownTime(settings)
    #expect(patience >= needed + .seconds(10))
  }

  @Test(
    "Kubernetes: every replica has a claim of its own, and it outlives the replica", arguments: ["ingest", "worker"])
  func claims(_ role: String) throws {
    let set = try Self.statefulSet(role)["spec"]
    #expect(set["volumeClaimTemplates"].items.map { $0["metadata"]["name"].text } == ["data"])
    #expect(set["persistentVolumeClaimRetentionPolicy"].strings == ["whenDeleted": "Retain", "whenScaled": "Retain"])
    let mounts = set["template"]["spec"]["containers"].items.flatMap { $0["volumeMounts"].items }
    #expect(mounts.contains { $0["name"].text == "data" && $0["mountPath"].text == "/var/lib/beacongate" })
  }

  @Test("the image runs as the user that compose and Kubernetes name, and stops on SIGTERM")
  func image() throws {
    let lines = try String(contentsOf: DeployFiles.root.appending(path: "Dockerfile"), encoding: .utf8)
      .split(separator: "\n")
    #expect(lines.contains("USER 10001:10001"))
    #expect(lines.contains("STOPSIGNAL SIGTERM"))
    #expect(try Self.service("ingest-1")["user"].text == "10001:10001")
  }

  private static func service(_ name: String) throws -> YAMLNode {
    let root = try #require(try DeployFiles.documents("compose.yaml").first)
    let service = root["services"][name]
    try #require(service != .absent)
    return service.merged(from: root)
  }

  /// The variables of a service with its defaults filled in and its secrets' files in `secrets`.
  private static func environment(_ service: YAMLNode, secrets: DeploySecrets) throws -> [String: String] {
    let root = try #require(try DeployFiles.documents("compose.yaml").first)
    var files: [String: String] = [:]
    for secret in service["secrets"].items {
      let source = secret["source"] == .absent ? secret.text : secret["source"].text
      let target = secret["target"] == .absent ? source : secret["target"].text
      files[target] = source
    }
    return try service["environment"].merged(from: root).strings.mapValues { value in
      let text = value.replacing(/\$\{[A-Z_]+:?-(.*)\}/) { String($0.output.1) }
      guard text.hasPrefix("/run/secrets/") else { return text }
      return secrets.folder.file(try #require(files[String(text.dropFirst("/run/secrets/".count))]))
    }
  }

  private static func statefulSet(_ role: String) throws -> YAMLNode {
    try #require(try DeployFiles.documents("kubernetes/\(role).yaml").first { $0["kind"].text == "StatefulSet" })
  }

  /// What the pods of `role` run with, by `beacongate check`.
  private static func settings(_ role: String) throws -> YAMLNode {
    let maps = try DeployFiles.documents("kubernetes/configuration.yaml")
    let map = try #require(maps.first { $0["metadata"]["name"].text == "beacongate-\(role)" })
    let folder = try TemporaryDirectory()
    try folder.write(map["data"]["beacongate.yaml"].text, to: "beacongate.yaml")
    let secrets = try DeploySecrets()
    return try DeployFiles.settings(
      folder.file("beacongate.yaml"),
      environment: secrets.variables(role: role).merging([
        "BEACONGATE_ADMIN_TOKEN_FILE": secrets.folder.file("admin_token"), "BEACONGATE_ADMIN_HOSTS": "10.0.0.1",
      ]) { $1 })
  }
}
