import Core
import Testing

@Suite("Whom a certificate names") struct ClientSubjectTests {
  @Test(
    "spellings of one distinguished name are one name (RFC 4514 §2, §3)",
    arguments: [
      ("CN=web-1,O=Example", ["cn=web-1,o=Example", "CN = web-1 , O = Example", "  CN=web-1,  O=Example  "]),
      (#"O=Sue\, Grabbit and Runn,C=GB"#, [#"O=Sue\2C Grabbit and Runn,C=GB"#, #"O=Sue\2c\20Grabbit and Runn,C=GB"#]),
      ("CN=J. Smith+OU=Sales,DC=example", ["OU=Sales+CN=J. Smith,DC=example", "ou=Sales + cn=J. Smith,dc=example"]),
      ("CN=時計", [#"CN=\E6\99\82\E8\A8\88"#]), (##"CN=\#a"##, [#"CN=\23a"#]), (#"CN=\ a\ "#, [#"CN= \20a\20 "#]),
      (#"CN=a\\b\"c"#, [#"CN=a\5Cb\22c"#]), (#"CN=a\00b\0D"#, [#"CN=\61\00b\0d"#]), (#"CN=a=b"#, [#"CN=a\=b"#]),
      (#"CN=\FF"#, [#"CN=\ff"#]), ("1.3.6.1.4.1=#04024869", ["1.3.6.1.4.1 = #04024869 "]), ("CN=#AB", ["CN=#ab"]),
      ("CN=,O=", ["CN= ,O= "]), ("UID=a  b", ["uid=a  b"]),
    ])
  func same(_ canonical: String, _ spellings: [String]) throws {
    let name = try #require(DistinguishedName(canonical))
    #expect(name.description == canonical)
    for spelling in spellings { #expect(DistinguishedName(spelling) == name, "\(spelling)") }
  }

  @Test(
    "different names stay different",
    arguments: [
      ("CN=a", "CN=A"), ("CN=a,O=b", "O=b,CN=a"), ("CN=a+O=b", "CN=a,O=b"), ("CN=a", "CN=a,O=b"), ("CN=a", "OU=a"),
      (#"CN=a\,O=b"#, "CN=a,O=b"), (##"CN=\#ab"##, "CN=#ab"), (#"CN=a\+O=b"#, "CN=a+O=b"), (#"CN=a\ "#, "CN=a"),
      (#"CN=a\00"#, "CN=a"), (#"CN=\C3"#, "CN=Ã"), ("CN=a b", "CN=a  b"),
    ])
  func different(_ one: String, _ other: String) throws {
    #expect(try #require(DistinguishedName(one)) != #require(DistinguishedName(other)))
  }

  @Test(
    "what is no name is none",
    arguments: [
      "", " ", "web-1", "=a", "CN", "CN=a,", "CN=a,,O=b", ",CN=a", "CN=a+", "CN=a;O=b", #"CN="a""#, "CN=a<b", "CN=#",
      "CN=#1",
      "CN=#12x", "CN=#12 3", #"CN=a\"#, #"CN=\4"#, #"CN=\4g"#, #"CN=\x"#, "C N=a", "CN=a\u{0}", "/O=b/CN=a", "時=a",
    ])
  func noName(_ text: String) { #expect(DistinguishedName(text) == nil) }

  @Test("a name of 1024 bytes is one, a longer one is not")
  func length() {
    let room = DistinguishedName.maxBytes - 3
    #expect(DistinguishedName("CN=" + String(repeating: "a", count: room)) != nil)
    #expect(DistinguishedName("CN=" + String(repeating: "a", count: room + 1)) == nil)
  }

  @Test("hosts and URIs are told from names by their prefix; hosts have no case")
  func kinds() {
    #expect(ClientSubject("dns:Web-1.Internal") == .host("web-1.internal"))
    #expect(ClientSubject("dns:Web-1.Internal")?.description == "dns:web-1.internal")
    #expect(ClientSubject("uri:spiffe://example/web") == .uri("spiffe://example/web"))
    #expect(ClientSubject("uri:spiffe://example/web")?.description == "uri:spiffe://example/web")
    #expect(ClientSubject("CN=dns:a")?.description == "CN=dns:a")
    #expect(ClientSubject(host: "*.example") == .host("*.example"))
    #expect(ClientSubject(host: "a.example") != ClientSubject(host: "*.example"))
  }

  @Test(
    "what is neither is nothing",
    arguments: [
      "dns:", "dns:a b", "dns:a\u{0}.example", "dns:é", "uri:", "uri:a", "uri::a", "uri:a:b c", "uri:a:é", "email:a@b",
      "dns:" + String(repeating: "a", count: 256), "uri:a:" + String(repeating: "a", count: 1023),
    ])
  func nothing(_ text: String) { #expect(ClientSubject(text) == nil) }
}
