import Fakes
import TLS
import Testing

@Suite("Making a TLS context") struct TLSContextTests {
  private static func error(_ change: (inout TLSContext.Options, TLSKeys) throws -> Void) throws -> TLSError? {
    let keys = try TLSKeys.made.get()
    var options = TLSContext.Options(certificate: keys.server.certificate, key: keys.server.key, protocols: [])
    try change(&options, keys)
    do throws(TLSError) {
      _ = try TLSContext(options)
      return nil
    } catch {
      return error
    }
  }

  @Test("a certificate with its key is enough, and authorities may be added")
  func usable() throws {
    #expect(try Self.error { _, _ in } == nil)
    #expect(try Self.error { $0.clientAuthority = $1.authority.file } == nil)
  }

  @Test("each file that cannot be used has its code, and a sentence that names it")
  func unusable() throws {
    let folder = try TemporaryDirectory()
    try folder.write("", to: "empty.pem")
    try folder.write("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", to: "broken.pem")
    let (empty, broken) = (folder.file("empty.pem"), folder.file("broken.pem"))
    let cases: [(TLSError.Code, String, (inout TLSContext.Options, TLSKeys) throws -> Void)] = [
      (.certificate, "/nowhere.pem: No such file or directory", { options, _ in options.certificate = "/nowhere.pem" }),
      (.key, "/nowhere.key: No such file or directory", { options, _ in options.key = "/nowhere.key" }),
      (.clientAuthority, "/nowhere.pem: No such", { options, _ in options.clientAuthority = "/nowhere.pem" }),
      (.certificate, "\(empty) holds no usable PEM certificate", { options, _ in options.certificate = empty }),
      (.certificate, "\(broken) holds no usable PEM certificate", { options, _ in options.certificate = broken }),
      (.certificate, "holds no usable PEM certificate", { options, keys in options.certificate = keys.server.key }),
      (.key, "\(empty) holds no usable PEM key without a passphrase", { options, _ in options.key = empty }),
      (.key, "holds no usable PEM key", { options, keys in options.key = keys.server.certificate }),
      (
        .key, "\(folder.file("locked.key")) holds no usable PEM key without a passphrase",
        { options, keys in
          options.key = try Self.lock(keys.server.key, in: folder)
        }
      ),
      (.key, "is not the key of the certificate", { options, keys in options.key = keys.client.key }),
      (
        .clientAuthority, "\(empty) holds no usable PEM certificates", { options, _ in options.clientAuthority = empty }
      ),
      (.clientAuthority, "\(folder.path) holds no usable", { options, _ in options.clientAuthority = folder.path }),
    ]
    for (code, words, change) in cases {
      let error = try #require(try Self.error(change), "\(words)")
      #expect(error.code == code && error.description.contains(words), "\(error)")
    }
  }

  /// The same key behind a passphrase.
  private static func lock(_ key: String, in folder: TemporaryDirectory) throws -> String {
    let locked = folder.file("locked.key")
    let tool = try ChildProcess(
      "/usr/bin/openssl", arguments: ["pkey", "-in", key, "-aes128", "-passout", "pass:secret", "-out", locked],
      environment: ["PATH": "/usr/bin:/bin"], output: folder.file("output"), errors: folder.file("errors"))
    #expect(tool.wait() == .code(0))
    return locked
  }
}
