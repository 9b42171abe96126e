import Testing

@testable import Core

@Suite("Variables inside the file")
struct SettingsExpansionTests {
  static let environment = ["HOST": "h.example", "EMPTY": "", "N": "12"]

  @Test(
    "names expand, defaults stand in for unset and empty ones, and $${ is literal",
    arguments: [
      ("${HOST}", "h.example"), ("a${HOST}b${N}", "ah.exampleb12"), ("${X:-d}", "d"), ("${EMPTY:-d}", "d"),
      ("${HOST:-d}", "h.example"), ("$${HOST}", "${HOST}"), ("p$word$", "p$word$"), ("${X:-a:-b}", "a:-b"),
      ("$$${HOST}", "$${HOST}"), ("x${EMPTY}y", "xy"),
    ])
  func expands(written: String, read: String) {
    var expansion = SettingsExpansion(environment: Self.environment)
    let value = expansion.expand(SettingsValue(.variable("F"), .scalar(written, isPlain: true)))
    #expect(value.content == .scalar(read, isPlain: true))
    #expect(expansion.problems.isEmpty)
  }

  @Test("an expanded scalar counts as plain, an unexpanded one stays what it was, and nothing is null")
  func kinds() {
    var expansion = SettingsExpansion(environment: Self.environment)
    let origin = SettingsOrigin.variable("F")
    #expect(expansion.expand(SettingsValue(origin, .scalar("${N}", isPlain: false))) == .plain("12", origin))
    let quoted = SettingsValue(origin, .scalar("$${N}", isPlain: false))
    #expect(expansion.expand(quoted).content == .scalar("${N}", isPlain: false))
    #expect(expansion.expand(SettingsValue(origin, .scalar("${EMPTY}", isPlain: false))).isNull)
  }

  @Test(
    "what cannot expand is reported once and leaves nothing",
    arguments: [
      ("${MISSING}", "the variable MISSING is not set"), ("${HOST", "${ has no closing }"),
      ("${}", "${…} holds no variable name"), ("${1A}", "${…} holds no variable name"),
      ("${A B}", "${…} holds no variable name"), ("${:-x}", "${…} holds no variable name"),
    ])
  func fails(written: String, problem: String) {
    var expansion = SettingsExpansion(environment: Self.environment)
    let value = expansion.expand(SettingsValue(.variable("F"), .scalar(written, isPlain: true)), key: "k")
    #expect(value.isNull)
    #expect(expansion.problems.map(\.problem) == [problem])
    #expect(expansion.problems.map(\.key) == ["k"])
  }
}
