/// Whom a LogBeacon key belongs to: one program of one domain.
package struct KeyPair: Hashable, Sendable, CustomStringConvertible {
  package let domain: String
  package let program: String

  package init(domain: String, program: String) {
    self.domain = domain
    self.program = program
  }

  package var description: String { "\(domain)/\(program)" }
}
