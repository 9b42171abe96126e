import Core
import Gateway
import Integrity
import Platform

/// `beacongate token new | hash`: makes a client's token, or the digest of one that exists.
enum TokenCommand {
  private static let syntax = CommandSyntax(
    "token", "Makes a client's token and its lines for the configuration, or the lines of a certificate.",
    flags: [
      .init("name", value: "NAME", "new: how the configuration names it (client)"),
      .init("subject", value: "SUBJECT", "new: whom a client certificate names, in place of a token"),
      .init("domains", value: "A,B", "new: the domains that it may write to; without it, every one"),
    ],
    operand: "new | hash",
    notes: """
      new prints the token, this once, and its entry of auth.tokens, which holds the token's SHA-256 alone.
      With --subject nothing is secret: the entry lets in whoever shows a certificate of http.tls.client_ca that names
      CN=…,O=… (as openssl x509 -noout -subject -nameopt RFC2253 prints it), dns:HOST or uri:URI.
      hash reads a token from standard input and prints its SHA-256.
      """)

  static func run(arguments: [String]) -> Int32 {
    do {
      let arguments = try CommandArguments(arguments, syntax: syntax)
      if arguments.wantsHelp {
        print(syntax.help, terminator: "")
        return ExitCode.success.rawValue
      }
      switch arguments.operands {
      case ["new"]: return try makeToken(arguments)
      case ["hash"]:
        guard !["name", "subject", "domains"].contains(where: arguments.has) else {
          throw UsageError("hash takes no flag", syntax: syntax)
        }
        return try hash().rawValue
      case []: throw UsageError("new or hash is missing", syntax: syntax)
      default: throw UsageError("\(arguments.operands.joined(separator: " ")) is not understood", syntax: syntax)
      }
    } catch let error as UsageError {
      StandardError.write(error.description)
      return ExitCode.usage.rawValue
    } catch {
      StandardError.write("beacongate token: \(error)")
      return ExitCode.internalError.rawValue
    }
  }

  private static func makeToken(_ arguments: CommandArguments) throws(UsageError) -> Int32 {
    let name = arguments.value("name") ?? "client"
    guard ClientToken.isName(name, upTo: 64) else {
      throw UsageError("--name must be 1 to 64 of A-Z a-z 0-9 . _ -, not starting with a dot", syntax: syntax)
    }
    let domains = arguments.value("domains").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    guard domains?.allSatisfy({ ClientToken.isName($0, upTo: 255) }) ?? true else {
      throw UsageError("--domains must be names of domains with commas between them", syntax: syntax)
    }
    if let text = arguments.value("subject") {
      guard let subject = ClientSubject(text) else {
        throw UsageError("--subject must be CN=…,O=…, dns:HOST or uri:URI", syntax: syntax)
      }
      print(ClientToken.entry(name: name, subject: subject, domains: domains ?? []))
      return ExitCode.success.rawValue
    }
    var random = RandomBytes()
    let token = ClientToken(using: &random)
    let digest = Digester().digest(Array(token.text.utf8).span)
    print("\(token.text)\n\n\(ClientToken.entry(name: name, digest: digest, domains: domains ?? []))")
    return ExitCode.success.rawValue
  }

  private static func hash() throws -> ExitCode {
    var text: [UInt8] = []
    while text.count <= ClientToken.maxBytes + 2 {
      let more = try StandardInput.read()
      if more.isEmpty { break }
      text += more
    }
    if text.last == UInt8(ascii: "\n") { text.removeLast() }
    if text.last == UInt8(ascii: "\r") { text.removeLast() }
    guard BearerField.isToken(text.span) else {
      StandardError.write("beacongate token: standard input is no token: 1 to 1024 visible ASCII characters, no spaces")
      return .badInput
    }
    print(Digester().digest(text.span).hex)
    return .success
  }
}
