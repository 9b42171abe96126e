// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target: Swift 6 mode, warnings are errors, unsafe code must say so.
let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  // Debug builds and tests check exclusive access at run time; on the way of an event the check costs a tenth.
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// Fuzzers are built with sanitizers of their own, and only when asked for (`make fuzz`).
let fuzzing: [Target] =
  Context.environment["BEACONGATE_FUZZ"] == nil
  ? []
  : [
    .executableTarget(
      name: "fuzz", dependencies: ["Core", "HTTP2", "JSON", "YAML", "HTTPClient", "Compression", "Gateway"],
      path: "Fuzz/Targets",
      swiftSettings: strict)
  ]

let package = Package(
  name: "beacongate",
  products: [
    .executable(name: "beacongate", targets: ["beacongate"]),
    .library(name: "LogSys", targets: ["LogSys"]),
  ],
  targets: [
    // One folder per C library: module map and shim, nothing else.
    .target(name: "CLinux", path: "Sources/C/CLinux"),
    .target(
      name: "CSimdJSON", path: "Sources/C/CSimdJSON",
      cxxSettings: [.unsafeFlags(["-Wno-unused-command-line-argument"])],
      linkerSettings: [.linkedLibrary("simdjson")]),
    .systemLibrary(
      name: "CSQLite", path: "Sources/C/CSQLite", pkgConfig: "sqlite3",
      providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(
      name: "CCurl", path: "Sources/C/CCurl", pkgConfig: "libcurl",
      providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(
      name: "CYAML", path: "Sources/C/CYAML", pkgConfig: "yaml-0.1",
      providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(
      name: "CXXHash", path: "Sources/C/CXXHash", pkgConfig: "libxxhash",
      providers: [.apt(["libxxhash-dev"])]),
    .systemLibrary(
      name: "COpenSSL", path: "Sources/C/COpenSSL", pkgConfig: "openssl",
      providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CNghttp2", path: "Sources/C/CNghttp2", pkgConfig: "libnghttp2",
      providers: [.apt(["libnghttp2-dev"])]),
    .systemLibrary(
      name: "CZlib", path: "Sources/C/CZlib", pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CZstd", path: "Sources/C/CZstd", pkgConfig: "libzstd",
      providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(
      name: "CRabbitMQ", path: "Sources/C/CRabbitMQ", pkgConfig: "librabbitmq",
      providers: [.apt(["librabbitmq-dev"])]),

    // Pure values and decisions.
    .target(name: "Core", swiftSettings: strict),

    // The edge: one target per C library.
    .target(
      name: "Platform", dependencies: ["CLinux"], path: "Sources/System/Platform",
      swiftSettings: strict),
    .target(
      name: "EventLoop", dependencies: ["CLinux", "Platform"], path: "Sources/System/EventLoop",
      swiftSettings: strict),
    .target(
      name: "TLS", dependencies: ["COpenSSL", "EventLoop", "Core"], path: "Sources/System/TLS",
      swiftSettings: strict),
    .target(
      name: "HTTP2", dependencies: ["CNghttp2", "Core"], path: "Sources/System/HTTP2", swiftSettings: strict),
    .target(
      name: "Database", dependencies: ["CSQLite"], path: "Sources/System/Database",
      swiftSettings: strict),
    .target(
      name: "HTTPClient", dependencies: ["CCurl"], path: "Sources/System/HTTPClient",
      swiftSettings: strict),
    .target(
      name: "JSON", dependencies: ["CSimdJSON", "Core"], path: "Sources/System/JSON",
      swiftSettings: strict),
    .target(
      name: "YAML", dependencies: ["CYAML"], path: "Sources/System/YAML", swiftSettings: strict),
    .target(
      name: "AMQP", dependencies: ["CRabbitMQ", "CLinux", "Platform"], path: "Sources/System/AMQP",
      swiftSettings: strict),
    .target(
      name: "Integrity", dependencies: ["CXXHash", "COpenSSL", "Core"], path: "Sources/System/Integrity",
      swiftSettings: strict),

    .target(
      name: "Compression", dependencies: ["CZlib", "CZstd", "Core"], path: "Sources/System/Compression",
      swiftSettings: strict),

    // The program as a library, the client library, the command.
    .target(
      name: "Gateway",
      dependencies: [
        "Core", "Platform", "EventLoop", "TLS", "HTTP2", "Database", "HTTPClient", "AMQP", "JSON", "YAML", "Integrity",
        "Compression",
      ],
      // A link to the file at the top, and a page: the admin listener serves both out of the binary.
      resources: [.embedInCode("Admin/openapi.yaml"), .embedInCode("Admin/dashboard.html")],
      swiftSettings: strict),
    .target(name: "LogSys", dependencies: ["HTTPClient", "Platform", "Core"], swiftSettings: strict),
    .executableTarget(
      name: "beacongate",
      dependencies: ["Gateway", "Core", "EventLoop", "HTTPClient", "Platform", "Integrity"],
      swiftSettings: strict),

    // Tests: one target per source target; Fakes speak the real protocols on loopback.
    .target(
      name: "Fakes", dependencies: ["Platform"], path: "Tests/Fakes",
      swiftSettings: strict),
    .target(
      name: "Simulator", dependencies: ["Core", "Platform"], path: "Tests/Simulation/Simulator",
      swiftSettings: strict),
    .executableTarget(
      name: "simulate", dependencies: ["Simulator", "Platform"], path: "Tests/Simulation/Simulate",
      swiftSettings: strict),
    .testTarget(
      name: "SimulationTests", dependencies: ["Simulator"], path: "Tests/Simulation/SimulationTests",
      swiftSettings: strict),
    .testTarget(name: "CoreTests", dependencies: ["Core", "Simulator"], swiftSettings: strict),
    .testTarget(name: "PlatformTests", dependencies: ["Platform"], swiftSettings: strict),
    .testTarget(
      name: "EventLoopTests", dependencies: ["EventLoop", "Platform", "Fakes"], swiftSettings: strict),
    .testTarget(
      name: "TLSTests", dependencies: ["TLS", "COpenSSL", "EventLoop", "Core", "Platform", "Fakes"],
      swiftSettings: strict),
    .testTarget(name: "HTTP2Tests", dependencies: ["HTTP2", "Core", "Fakes"], swiftSettings: strict),
    .testTarget(name: "IntegrityTests", dependencies: ["Integrity", "Core"], swiftSettings: strict),
    .testTarget(name: "CompressionTests", dependencies: ["Compression", "Core"], swiftSettings: strict),
    .testTarget(name: "DatabaseTests", dependencies: ["Database"], swiftSettings: strict),
    .testTarget(
      name: "HTTPClientTests", dependencies: ["HTTPClient", "Fakes", "Platform"], swiftSettings: strict),
    .testTarget(name: "AMQPTests", dependencies: ["AMQP", "Fakes", "Platform"], swiftSettings: strict),
    .testTarget(name: "JSONTests", dependencies: ["JSON", "Core"], swiftSettings: strict),
    .testTarget(name: "YAMLTests", dependencies: ["YAML"], swiftSettings: strict),
    .testTarget(
      name: "GatewayTests",
      dependencies: [
        "Gateway", "Core", "Fakes", "HTTPClient", "AMQP", "Platform", "EventLoop", "Database", "Integrity", "JSON",
        "YAML",
      ],
      swiftSettings: strict),
    .testTarget(name: "LogSysTests", dependencies: ["LogSys", "Fakes"], swiftSettings: strict),
    .testTarget(
      name: "IntegrationTests", dependencies: ["Fakes", "HTTPClient", "AMQP", "Platform", "Core", "YAML", "Simulator"],
      swiftSettings: strict),
  ] + fuzzing,
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
