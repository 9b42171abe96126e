import Testing

@testable import Core

@Suite("Names of key files")
struct KeyFileNamesTests {
  @Test(
    "a pair has the guide's name, and `%2D` only where another configured domain could claim it",
    arguments: [
      (["example.com"], "example.com", "api", "api_key-example.com-api-logbeacon.txt"),
      (["example.com"], "example.com", "api-server", "api_key-example.com-api-server-logbeacon.txt"),
      (["a", "a-b"], "a", "b-c", "api_key-a-b%2Dc-logbeacon.txt"),
      (["a", "a-b"], "a-b", "c", "api_key-a-b-c-logbeacon.txt"),
      (["a", "a-b"], "a-b", "c-d", "api_key-a-b-c%2Dd-logbeacon.txt"),
      (["a", "a-b"], "a", "x-c", "api_key-a-x-c-logbeacon.txt"),
      (["a", "a-b", "a-b-c"], "a", "b-c-d", "api_key-a-b%2Dc%2Dd-logbeacon.txt"),
    ])
  func names(domains: [String], domain: String, program: String, name: String) {
    let names = KeyFileNames(domains: domains)
    let pair = KeyPair(domain: domain, program: program)
    #expect(names.name(of: pair) == name)
    #expect(names.owner(of: name) == pair)
  }

  @Test("both spellings are read, the one that nobody else can have written first")
  func spellings() {
    let pair = KeyPair(domain: "a", program: "x-c")
    let names = KeyFileNames(domains: ["a", "a-b"])
    #expect(names.names(of: pair) == ["api_key-a-x%2Dc-logbeacon.txt", "api_key-a-x-c-logbeacon.txt"])
    #expect(names.names(of: KeyPair(domain: "a", program: "b-c")) == ["api_key-a-b%2Dc-logbeacon.txt"])
    #expect(names.names(of: KeyPair(domain: "a", program: "c")) == ["api_key-a-c-logbeacon.txt"])
  }

  @Test(
    "a name that is not exactly a configured pair's has no owner",
    arguments: [
      "api_key-b-c-logbeacon.txt", "api_key-a--logbeacon.txt", "api_key-a-.c-logbeacon.txt",
      "api_key-a-c%2dd-logbeacon.txt", "api_key-a-c%2-logbeacon.txt", "api_key-a-%2E%2E-logbeacon.txt",
      "api_key-a-../c-logbeacon.txt", "api_key-a-字-logbeacon.txt", "api_key-a-c-logbeacon.txt.new",
      ".api_key-a-c-logbeacon.txt", "api_key-a-logbeacon.txt", "api_key--logbeacon.txt", "api_key-logbeacon.txt", "",
      "api_key-a-\(String(repeating: "p", count: 65))-logbeacon.txt",
    ])
  func strangers(name: String) {
    #expect(KeyFileNames(domains: ["a", "a-b"]).owner(of: name) == nil)
  }

  @Test(
    "a pair that is not configured or not valid has no name",
    arguments: [("b", "c"), ("a", ""), ("a", ".."), ("a", "x/y"), ("a", "x%2Dy"), ("..", "c"), ("", "c")])
  func refused(domain: String, program: String) {
    let names = KeyFileNames(domains: ["a", "..", ""])
    #expect(names.name(of: KeyPair(domain: domain, program: program)) == nil)
    #expect(names.names(of: KeyPair(domain: domain, program: program)) == [])
  }

  @Test("a name never exceeds what a file system takes")
  func length() {
    let domain = String(repeating: "d", count: 200)
    let names = KeyFileNames(domains: [domain])
    #expect(names.name(of: KeyPair(domain: domain, program: String(repeating: "p", count: 32))) != nil)
    #expect(names.name(of: KeyPair(domain: domain, program: String(repeating: "p", count: 33))) == nil)
  }

  @Test("over every pair of a nasty set of domains, no two pairs share a name and each owns its own")
  func oneOwnerEach() {
    let domains = ["a", "a-b", "a-b-c", "b", "b-c", "-", "a-", "a--b", "logbeacon", "a-logbeacon", "%2D", "2D"]
    let parts = ["a", "b", "c", "-", "2D", "logbeacon", "."]
    var programs = parts
    for first in parts { for second in parts { programs.append(first + second) } }
    for first in parts { for second in parts { programs.append("\(first)-\(second)") } }
    let names = KeyFileNames(domains: domains)
    var owners: [String: KeyPair] = [:]
    var count = 0
    for domain in domains {
      for program in Set(programs) {
        let pair = KeyPair(domain: domain, program: program)
        guard let name = names.name(of: pair) else { continue }
        count += 1
        #expect(owners.updateValue(pair, forKey: name) == nil, "\(name)")
        #expect(names.owner(of: name) == pair, "\(name)")
        #expect(names.names(of: pair).contains(name))
      }
    }
    #expect(count > 500)
  }
}
