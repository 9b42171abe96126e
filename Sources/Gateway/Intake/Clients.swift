import Core
import Integrity
import Platform
import Synchronization

/// Who may send events: `auth.tokens`, the tokens as digests. One value for all loops, made anew by a reload.
struct Clients: Sendable {
  /// A client with a token of its own, or a certificate.
  final class Client: Sendable {
    let name: String
    /// Of its token; `nil` for one that is known by its certificate.
    let digest: ContentDigest?
    /// By the domain's place in the settings; `nil` is every domain.
    private let domains: [Bool]?
    fileprivate let allowance: Allowance?

    init(_ token: Settings.Token, _ digest: ContentDigest?, domains: [String], _ allowance: Allowance?) {
      name = token.name
      self.digest = digest
      self.domains = token.domains.isEmpty ? nil : domains.map(token.domains.contains)
      self.allowance = allowance
    }

    func mayWrite(to domain: Int) -> Bool { domains.map { $0[domain] } ?? true }

    /// Takes `count` events off its allowance; the seconds to wait if that is used up.
    func take(_ count: Int, at now: UInt64) -> Int? { allowance?.bucket.withLock { $0.take(count, at: now) } }
  }

  /// What a token has left of its rate, whichever loop its requests come to.
  final class Allowance: Sendable {
    let rate: Double
    let burst: Int?
    let bucket: Mutex<RateBucket>

    init(rate: Double, burst: Int?) {
      self.rate = rate
      self.burst = burst
      bucket = Mutex(RateBucket(rate: rate, burst: burst, at: Clock.monotonicNanoseconds()))
    }
  }

  let list: [Client]
  /// The places in `list` of those who are known by a certificate.
  private let subjects: [ClientSubject: Int]
  let allowsAnonymous: Bool
  /// By the domain's place in the settings; `nil` for one without a rate of its own.
  private let domainAllowances: [Allowance?]

  /// A token, or a domain, whose rate has not changed keeps what it has used of it in `earlier`.
  init(_ settings: Settings, keeping earlier: Clients? = nil) {
    let digester = Digester()
    let domains = settings.domains.map(\.name)
    let known = Dictionary(uniqueKeysWithValues: (earlier?.list ?? []).map { ($0.name, $0.allowance) })
    list = settings.auth.tokens.map { token in
      Client(
        token, Self.digest(of: token, digester), domains: domains,
        Self.allowance(token.rate, token.burst, known[token.name] ?? nil))
    }
    var subjects: [ClientSubject: Int] = [:]
    for (index, token) in settings.auth.tokens.enumerated() {
      if let subject = token.subject { subjects[subject] = index }
    }
    self.subjects = subjects
    // Names and order of domains never change while a process runs.
    domainAllowances = settings.domains.enumerated().map { index, domain in
      Self.allowance(domain.rate, domain.burst, earlier?.domainAllowances[index])
    }
    allowsAnonymous = settings.allowsAnonymous
  }

  private static func digest(of token: Settings.Token, _ digester: Digester) -> ContentDigest? {
    if let text = token.token { return digester.digest(Array(text.value.utf8).span) }
    return token.sha256.flatMap { ContentDigest(hex: $0) }
  }

  var hasSubjects: Bool { !subjects.isEmpty }

  /// Whose certificate it is that names all of these; the first in the settings' order if there are several.
  func client(named names: [ClientSubject]) -> Client? { names.compactMap { subjects[$0] }.min().map { list[$0] } }

  /// Takes an event off a domain's rate, whoever sends it; the seconds to wait if that is used up.
  func takeOne(ofDomain domain: Int, at now: UInt64) -> Int? {
    domainAllowances[domain]?.bucket.withLock { $0.take(1, at: now) }
  }

  private static func allowance(_ rate: Double?, _ burst: Int?, _ earlier: Allowance?) -> Allowance? {
    guard let rate else { return nil }
    if let earlier, earlier.rate == rate, earlier.burst == burst { return earlier }
    return Allowance(rate: rate, burst: burst)
  }
}
