import Testing

@testable import Core

@Suite("Message templates")
struct MessageTemplateTests {
  @Test("every placeholder is its field, in place and as often as it is named")
  func placeholders() throws {
    #expect(
      text("{time}|{domain}|{program}|{level}|{function}|{message}|{extra_info}|{hash}|{id}|{id}")
        == "2025-01-15 10:30:00|shop|api|Error_CTG|pay|訊息|額外|h1|e1|e1")
  }

  @Test("doubled braces are braces, beside placeholders too")
  func braces() {
    #expect(text("{{}}") == "{}")
    #expect(text("{{{message}}}") == "{訊息}")
    #expect(text("{{message}}") == "{message}")
  }

  @Test("what stands in for a placeholder is not looked through again")
  func once() throws {
    var event = Self.event
    event.message = "{id} }} {{"
    guard case .template(let template) = MessageTemplate.read("<{message}>") else {
      Issue.record("refused")
      return
    }
    #expect(template.text(of: event) == "<{id} }} {{>")
  }

  @Test("a text without placeholders is a template, lines and all")
  func plain() {
    #expect(text("一\n二\t三") == "一\n二\t三")
  }

  @Test(
    "faults name their place and the mend",
    arguments: [
      ("", 1, 1, "the template is empty"),
      (" \n\u{3000}", 1, 1, "the template is empty"),
      ("a\n字{mesage}", 2, 2, "\"{mesage}\" is no placeholder"),
      ("{}", 1, 1, "\"{}\" is no placeholder"),
      ("{Message}", 1, 1, "\"{Message}\" is no placeholder"),
      ("{ message }", 1, 1, "\"{ message }\" is no placeholder"),
      ("{message", 1, 1, "a { is not closed"),
      ("x{", 1, 2, "a { is not closed"),
      ("{message\n}{id}", 1, 1, "a { is not closed"),
      ("{message}}", 1, 10, "a } closes nothing"),
      ("a\u{7}", 1, 2, "a control character is no text"),
      ("a\u{202E}b", 1, 2, "a control character is no text"),
    ])
  func faults(source: String, line: Int, column: Int, problem: String) {
    guard case .faults(let faults) = MessageTemplate.read(source), let first = faults.first else {
      Issue.record("\(source) was taken")
      return
    }
    #expect(first.line == line && first.column == column && first.problem == problem)
    #expect(!first.mend.isEmpty)
  }

  @Test("an unknown placeholder's mend suggests the nearest and lists them all; every fault is found")
  func mends() {
    guard case .faults(let faults) = MessageTemplate.read("{mesage} {foo} }") else {
      Issue.record("taken")
      return
    }
    let list = "{time} {domain} {program} {level} {function} {message} {extra_info} {hash} {id}"
    #expect(
      faults.map(\.mend) == ["did you mean {message}? there are \(list)", "there are \(list)", "write }} for a brace"])
  }

  private static let event = MessageFields(
    time: "2025-01-15 10:30:00", domain: "shop", program: "api", level: .errorCTG, defName: "pay", message: "訊息",
    extraInfo: "額外", hash: "h1", id: "e1")

  private func text(_ source: String) -> String? {
    guard case .template(let template) = MessageTemplate.read(source) else { return nil }
    return template.text(of: Self.event)
  }
}
