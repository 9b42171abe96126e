import Fakes
import Foundation
import Testing

/// `beacongate top` as a shell sees it.
@Suite(.serialized) struct TopCommandTests {
  private func top(_ arguments: [String], _ environment: [String: String] = [:]) throws -> (
    exit: ChildProcess.Exit?, output: String, errors: String
  ) {
    let run = try GatewayProcess(["top"] + arguments, environment: environment)
    return (run.wait(), run.standardOutput, run.standardError)
  }

  @Test("it prints once where nobody watches: health, what came and what waits")
  func once() throws {
    let gateway = try GatewayProcess(environment: ["BEACONGATE_ADMIN_TOKEN": "s3cret"])
    try #require(gateway.waitUntilHealthy())
    #expect(try gateway.post(["level": 1, "def_name": "f", "message": "m"]).status == 202)
    let url = "http://127.0.0.1:\(gateway.adminPort)"
    for arguments in [["--once", "--url", url], ["--url", url]] {
      let run = try top(arguments, ["BEACONGATE_ADMIN_TOKEN": "s3cret"])
      #expect(run.exit == .code(0), "\(run.errors)")
      #expect(run.output.hasPrefix("beacongate "))
      #expect(run.output.contains("role all") && run.output.contains("health pass") && run.output.contains(url))
      #expect(run.output.contains("accepted 1 -/s"))
      #expect(run.output.contains("localhost_logbeacon"))
      #expect(!run.output.contains("\u{1B}"))
    }
    let refused = try top(["--url", url], ["BEACONGATE_ADMIN_TOKEN": "other"])
    #expect(refused.exit == .code(69))
    #expect(refused.errors.contains("admin.token") && !refused.errors.contains("other"))
  }

  @Test("without a gateway it is 69 and says where nobody answers; a wrong command line is 64")
  func failures() throws {
    let url = "http://127.0.0.1:\(try freePort())"
    let absent = try top(["--url", url])
    #expect(absent.exit == .code(69))
    #expect(absent.errors.hasPrefix("beacongate top: no gateway answers at \(url) ("))
    #expect(absent.errors.contains("--url"))
    for arguments in [["--interval", "1ms"], ["--interval", "x"], ["x"], ["--what"]] {
      #expect(try top(arguments).exit == .code(64), "\(arguments)")
    }
    let help = try top(["--help"])
    #expect(help.exit == .code(0) && help.output.contains("--interval DURATION"))
  }

  @Test("on a terminal it has a screen of its own and gives it back when it ends")
  func terminal() throws {
    let gateway = try GatewayProcess()
    try #require(gateway.waitUntilHealthy())
    let files = try TemporaryDirectory()
    let binary = try GatewayProcess.binary()
    // python3 gives it a terminal, and sends what a person types once the screen is there.
    let script = try ChildProcess(
      "/usr/bin/python3",
      arguments: [
        "-c",
        """
        import os, pty, sys
        child, terminal = pty.fork()
        if child == 0:
            os.execv(sys.argv[1], sys.argv[1:])
        seen = b""
        while b"q quits" not in seen:
            seen += os.read(terminal, 65536)
        os.write(terminal, b"q")
        try:
            while piece := os.read(terminal, 65536):
                seen += piece
        except OSError:
            pass
        sys.stdout.buffer.write(seen)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """, binary, "top", "--url", "http://127.0.0.1:\(gateway.adminPort)",
      ],
      environment: ["PATH": "/usr/bin:/bin", "HOME": files.path, "TERM": "xterm"], output: files.file("out"),
      errors: files.file("err"))
    #expect(script.wait(timeout: .seconds(20)) == .code(0), "\(files.read("err"))")
    let screen = files.read("out")
    #expect(screen.hasPrefix("\u{1B}[?1049h\u{1B}[?25l") && screen.hasSuffix("\u{1B}[?25h\u{1B}[?1049l"))
    #expect(screen.contains("\u{1B}[32mpass\u{1B}[0m"))
  }
}
