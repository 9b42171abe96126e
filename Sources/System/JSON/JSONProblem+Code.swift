import CSimdJSON
import Core

extension JSONProblem {
  /// The problem of the shim's code; `nil` when nothing is wrong.
  init?(code: UInt8) {
    switch Int(code) {
    case CSJ_FINE: return nil
    case CSJ_EMPTY: self = .empty
    case CSJ_INVALID_UTF8: self = .invalidUTF8
    case CSJ_LONE_SURROGATE: self = .loneSurrogate
    case CSJ_TOO_DEEP: self = .tooDeep
    case CSJ_DUPLICATE_MEMBER: self = .duplicateMember
    case CSJ_TOO_MANY_MEMBERS: self = .tooManyMembers
    case CSJ_NOT_AN_OBJECT: self = .notAnObject
    case CSJ_TOO_MANY_ITEMS: self = .tooManyItems
    default: self = .invalid
    }
  }
}
