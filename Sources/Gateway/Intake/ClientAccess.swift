import Core
import Integrity

/// Tells from a request's head whose it is. Confined to a loop.
final class ClientAccess {
  enum Refusal: Equatable {
    /// No token, where one is needed.
    case missing
    /// Whatever is wrong with the token: an answer that tells more would help to guess.
    case unknown

    var detail: StaticString {
      switch self {
      case .missing: "A bearer token is needed here."
      case .unknown: "The token is not known here."
      }
    }
  }

  let clients: Clients
  private let digester = Digester()

  init(_ clients: Clients) { self.clients = clients }

  /// Whose request it is, `nil` for one that needs no token. Where no token is configured none is looked at.
  func client(of head: RequestHead, in bytes: Span<UInt8>) throws(Refusal) -> Clients.Client? {
    if clients.list.isEmpty, clients.allowsAnonymous { return nil }
    guard let field = head.authorization else {
      guard clients.allowsAnonymous else { throw .missing }
      return nil
    }
    guard let client = client(with: bytes.extracting(field)) else { throw .unknown }
    return client
  }

  func refusal(_ head: RequestHead, in bytes: Span<UInt8>) -> Refusal? {
    do throws(Refusal) {
      _ = try client(of: head, in: bytes)
      return nil
    } catch {
      return error
    }
  }

  /// Looks at every client, whichever it is: the time tells nothing of how near a guess is.
  private func client(with field: Span<UInt8>) -> Clients.Client? {
    guard let token = BearerField.token(in: field) else { return nil }
    let digest = digester.digest(field.extracting(token))
    var found: Clients.Client?
    for client in clients.list where client.digest.isEqualInConstantTime(to: digest) { found = client }
    return found
  }
}

extension ClientAccess.Refusal: Error {}
