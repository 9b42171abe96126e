import Core
import Integrity

/// Tells from a request's head whose it is. Confined to a loop.
final class ClientAccess {
  enum Refusal: Equatable {
    /// No token, where one is needed.
    case missing
    /// Neither a token nor a certificate of somebody who is known.
    case uncertified
    /// Whatever is wrong with the token: an answer that tells more would help to guess.
    case unknown

    var detail: StaticString {
      switch self {
      case .missing: "A bearer token is needed here."
      case .uncertified: "A bearer token is needed here, or a certificate whose subject is known."
      case .unknown: "The token is not known here."
      }
    }
  }

  /// Whose a request is, kept with it until its body is there.
  struct Verdict {
    /// `nil` for a request that needs no token.
    let client: Clients.Client?
    /// After a reload there is another one, who has yet to say what it thinks of the token.
    fileprivate let judge: ClientAccess
  }

  let clients: Clients
  /// Tokens that were hashed: one for each request that brings one, however its bytes come.
  private(set) var hashed = 0
  private let digester = Digester()

  init(_ clients: Clients) { self.clients = clients }

  /// Whose request it is; `known` if that was found out when the head came.
  func verdict(
    on head: RequestHead, in bytes: Span<UInt8>, from exchange: Exchange, known: Verdict? = nil
  ) throws(Refusal) -> Verdict {
    if let known, known.judge === self { return known }
    return Verdict(client: try client(of: head, in: bytes, from: exchange), judge: self)
  }

  /// `nil` for one that needs no token. Where no token is configured none is looked at. A token goes before the certificate:
  /// whoever sends one that is wrong is not who the certificate says.
  private func client(
    of head: RequestHead, in bytes: Span<UInt8>, from exchange: Exchange
  ) throws(Refusal) -> Clients.Client? {
    if clients.list.isEmpty, clients.allowsAnonymous { return nil }
    guard let field = head.authorization else {
      if clients.hasSubjects, let client = clients.client(named: exchange.certifiedNames) { return client }
      guard clients.allowsAnonymous else { throw clients.hasSubjects ? .uncertified : .missing }
      return nil
    }
    guard let client = client(with: bytes.extracting(field)) else { throw .unknown }
    return client
  }

  /// Looks at every client, whichever it is: the time tells nothing of how near a guess is.
  private func client(with field: Span<UInt8>) -> Clients.Client? {
    guard let token = BearerField.token(in: field) else { return nil }
    let digest = digester.digest(field.extracting(token))
    hashed += 1
    var found: Clients.Client?
    for client in clients.list {
      if let known = client.digest, known.isEqualInConstantTime(to: digest) { found = client }
    }
    return found
  }
}

extension ClientAccess.Refusal: Error {}
