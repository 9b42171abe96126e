import Core
import Fakes
import Testing

/// `beacongate token` as a shell sees it, and that the gateway takes what it makes.
@Suite struct TokenCommandTests {
  private func token(
    _ arguments: [String], input: String = ""
  ) throws -> (exit: ChildProcess.Exit?, output: String, errors: String) {
    let folder = try TemporaryDirectory()
    try folder.write(input, to: "input")
    let child = try ChildProcess(
      try GatewayProcess.binary(), arguments: ["token"] + arguments, environment: [:], input: folder.file("input"),
      output: folder.file("output"), errors: folder.file("errors"))
    let exit = child.wait()
    return (exit, folder.read("output"), folder.read("errors"))
  }

  @Test("a token is printed once, with the entry that the configuration takes")
  func new() throws {
    let run = try token(["new", "--name", "shop", "--domains", "localhost"])
    #expect(run.exit == .code(0) && run.errors == "")
    let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let text = try #require(lines.first)
    #expect(text.hasPrefix("bgt_") && text.utf8.count == 47)
    #expect(!lines.dropFirst().joined().contains(text))
    let hash = try token(["hash"], input: text + "\n").output
    let digest = hash.trimmingSuffix("\n")
    #expect(
      lines.dropFirst(2) == [
        "auth:", "  tokens:", #"    - name: "shop""#, "      sha256: \(digest)", #"      domains: ["localhost"]"#, "",
      ])
    let folder = try TemporaryDirectory()
    try folder.write(lines.dropFirst(2).joined(separator: "\n"), to: "b.yaml")
    let check = try GatewayProcess(["check", "--config", folder.file("b.yaml")], folder: folder)
    #expect(check.wait() == .code(0), "\(check.standardError)")
    #expect(try token(["new"]).output != token(["new"]).output)
  }

  @Test(
    "a certificate's subject has an entry too, and no token", arguments: ["CN=web-1,O=Example", "dns:web-1.internal"])
  func subject(_ subject: String) throws {
    let run = try token(["new", "--name", "web", "--subject", subject])
    #expect(run.exit == .code(0) && run.errors == "")
    #expect(run.output.hasPrefix("auth:\n  tokens:\n    - name: \"web\"\n      subject: "))
    #expect(run.output.contains(subject) && !run.output.contains("bgt_"))
  }

  @Test("the digest of a known token is that of its bytes alone", arguments: ["abc", "abc\n", "abc\r\n"])
  func hash(_ input: String) throws {
    let run = try token(["hash"], input: input)
    #expect(run.exit == .code(0))
    #expect(run.output == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n")
  }

  private static let mistakes: [(arguments: [String], input: String, code: Int32)] = [
    ([], "", 64), (["old"], "", 64), (["new", "hash"], "", 64), (["new", "--name", "a b"], "", 64),
    (["new", "--domains", "a,,b"], "", 64), (["hash", "--name=a"], "", 64), (["hash", "--subject=CN=a"], "", 64),
    (["new", "--subject", "web-1"], "", 64), (["hash"], "", 65), (["hash"], "a b", 65),
    (["hash"], String(repeating: "t", count: 1025), 65),
  ]

  @Test("what it does not take is refused", arguments: mistakes)
  func refused(_ arguments: [String], _ input: String, _ code: Int32) throws {
    let run = try token(arguments, input: input)
    #expect(run.exit == .code(code))
    #expect(run.output == "" && run.errors.hasPrefix("beacongate token: "))
  }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}
