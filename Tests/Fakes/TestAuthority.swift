import Foundation

/// A certificate authority of a test's own, made by `openssl`, and what it has signed.
package final class TestAuthority: Sendable {
  package enum Failure: Error {
    case openssl(arguments: [String], output: String)
  }

  private let directory: TemporaryDirectory

  package init() throws {
    directory = try TemporaryDirectory()
    try openssl(
      "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Test authority", "-keyout", "ca.key",
      "-out", "ca.pem")
  }

  /// The authority's own certificate, a PEM file.
  package var file: String { directory.file("ca.pem") }

  /// PEM files of a certificate for the host `name`, and of its key; one with negative `days` has expired. `subject` is in
  /// the form of openssl, `/O=Example/CN=web-1`, UTF-8; `alternativeNames` likewise, `DNS:a,URI:b`.
  package func issue(
    _ name: String, days: Int = 2, subject: String? = nil, alternativeNames: String? = nil
  ) throws -> (certificate: String, key: String) {
    try directory.write("subjectAltName=\(alternativeNames ?? "DNS:\(name)")\n", to: "\(name).ext")
    try openssl(
      "req", "-utf8", "-newkey", "rsa:2048", "-nodes", "-subj", subject ?? "/CN=\(name)", "-keyout", "\(name).key",
      "-out", "\(name).csr")
    try openssl(
      "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "\(days)",
      "-extfile", "\(name).ext", "-out", "\(name).pem")
    return (directory.file("\(name).pem"), directory.file("\(name).key"))
  }

  /// Arguments that name files of the folder are made paths.
  private func openssl(_ arguments: String...) throws {
    let files = [".key", ".pem", ".csr", ".ext"]
    let paths = arguments.map { argument in
      files.contains { argument.hasSuffix($0) } ? directory.file(argument) : argument
    }
    let tool = try ChildProcess(
      "/usr/bin/openssl", arguments: paths, environment: ["PATH": "/usr/bin:/bin", "HOME": directory.path],
      output: directory.file("output"), errors: directory.file("errors"))
    guard tool.wait(timeout: .seconds(60)) == .code(0) else {
      throw Failure.openssl(arguments: arguments, output: directory.read("errors"))
    }
  }
}
