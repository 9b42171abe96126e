import Fakes
import Foundation
import Testing

/// TLS on the public listener, asked by clients that nobody here wrote.
@Suite(.serialized) struct TLSListenerTests {
  @Test("TLS 1.2 and 1.3 are spoken, 1.1 is not, and ALPN settles on http/1.1")
  func versions() throws {
    let listener = try TLSListener(try TestAuthority())
    #expect(listener.waitUntilListening())
    for (flag, name) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
      let (exit, text) = try listener.openssl([flag, "-alpn", "spdy/1,http/1.1"])
      #expect(exit == .code(0))
      #expect(text.contains("New, \(name)"))
      #expect(text.contains("ALPN protocol: http/1.1"))
    }
    #expect(try listener.openssl(["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"]).exit == .code(1))
    #expect(try listener.openssl(["-tls1_2", "-cipher", "AES128-SHA:ECDHE-RSA-AES128-SHA"]).exit == .code(1))
    #expect(try listener.openssl(["-alpn", "spdy/1"]).exit == .code(1))
  }

  @Test("events come over TLS, also large ones")
  func events() throws {
    let authority = try TestAuthority()
    let listener = try TLSListener(authority)
    #expect(listener.waitUntilListening())
    let message = String(repeating: "x", count: 900_000)
    try listener.folder.write("{\"level\":0,\"def_name\":\"f\",\"message\":\"\(message)\"}", to: "large.json")
    let post = [
      "--header", "Content-Type: application/json", "--data-binary", "@\(listener.folder.file("large.json"))",
    ]
    #expect(try listener.curl("/log", trusting: authority, post) == "202")
    #expect(try listener.curl("/health", trusting: authority) == "200")
  }

  @Test("only clients with a certificate of http.tls.client_ca get in")
  func clients() throws {
    let (authority, clients) = (try TestAuthority(), try TestAuthority())
    let listener = try TLSListener(authority, clientAuthority: clients)
    #expect(listener.waitUntilListening())
    let (known, stranger) = (try clients.issue("client"), try authority.issue("stranger"))
    #expect(try listener.curl("/health", trusting: authority) == "000")
    #expect(
      try listener.curl("/health", trusting: authority, ["--cert", stranger.certificate, "--key", stranger.key])
        == "000")
    #expect(
      try listener.curl("/health", trusting: authority, ["--cert", known.certificate, "--key", known.key]) == "200")
  }

  @Test("SIGHUP brings a new certificate, a bad one keeps the old, and an open connection lives on")
  func renewal() throws {
    let (first, second) = (try TestAuthority(), try TestAuthority())
    let listener = try TLSListener(first)
    #expect(listener.waitUntilListening())
    let (pipe, output) = (listener.folder.file("requests"), listener.folder.file("answers"))
    let made = unsafe mkfifo(pipe, 0o600)
    try #require(made == 0)
    let requests = try #require(FileHandle(forUpdatingAtPath: pipe))
    let client = try ChildProcess(
      "/usr/bin/openssl", arguments: ["s_client", "-quiet", "-connect", "127.0.0.1:\(listener.port)"],
      environment: ["PATH": "/usr/bin:/bin"], input: pipe, output: output, errors: listener.folder.file("errors"))
    let answers = { listener.folder.read("answers").components(separatedBy: "HTTP/1.1 200").count - 1 }
    let request = Data("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
    try requests.write(contentsOf: request)
    #expect(waitUntil { answers() == 1 })

    try TLSListener.install(second, in: listener.folder)
    listener.gateway.kill(SIGHUP)
    #expect(waitUntil { (try? listener.curl("/health", trusting: second)) == "200" })
    #expect(try listener.curl("/health", trusting: first) == "000")
    try listener.folder.write("no key", to: "cert.key")
    listener.gateway.kill(SIGHUP)
    #expect(waitUntil { listener.gateway.standardError.contains("the old certificate stays in use") })
    #expect(listener.gateway.standardError.contains("http.tls.key: "))
    #expect(try listener.curl("/health", trusting: second) == "200")

    try requests.write(contentsOf: request)
    #expect(waitUntil { answers() == 2 })
    client.kill(SIGTERM)
  }

  @Test(
    "what is no handshake, or never ends one, is closed and hurts nobody",
    arguments: ["", "\u{16}\u{3}\u{1}", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
  func strangers(opening: String) throws {
    let authority = try TestAuthority()
    let listener = try TLSListener(authority, headerTimeout: "1s")
    #expect(listener.waitUntilListening())
    let connection = try RawHTTPConnection(port: listener.port)
    try connection.send(opening)
    #expect(connection.isClosedByPeer())
    #expect(try listener.curl("/health", trusting: authority) == "200")
  }

  @Test(
    "a pipeline is answered to its end after the client has said that it sends no more", arguments: ["notify", "fin"])
  func halfClose(how: String) throws {
    let listener = try TLSListener(try TestAuthority())
    #expect(listener.waitUntilListening())
    try listener.folder.write(Self.halfClosing, to: "half.py")
    let (exit, text) = try listener.run(
      "/usr/bin/python3", [listener.folder.file("half.py"), "\(listener.port)", how])
    #expect(exit == .code(0), "\(text)")
    #expect(text == "60 notified\n")
  }

  /// Sends 60 requests and the end of its side, and reads until the gateway's close_notify.
  private static let halfClosing = """
    import socket, ssl, sys
    context = ssl._create_unverified_context()
    arrived, leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(arrived, leaving)
    peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10)
    def attempt(action):
        while True:
            try:
                return action()
            except ssl.SSLWantReadError:
                if leaving.pending: peer.sendall(leaving.read())
                bytes = peer.recv(65536)
                if bytes: arrived.write(bytes)
                else: arrived.write_eof()
    attempt(tls.do_handshake)
    tls.write(b"GET /health HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n" * 60)
    if sys.argv[2] == "notify":
        try: tls.unwrap()
        except ssl.SSLWantReadError: pass
    peer.sendall(leaving.read())
    peer.shutdown(socket.SHUT_WR)
    answers, end = b"", "notified"
    while True:
        try:
            part = attempt(lambda: tls.read(65536))
        except ssl.SSLZeroReturnError:
            break
        except ssl.SSLEOFError:
            end = "cut off"
            break
        if not part: break
        answers += part
    print(answers.count(b"HTTP/1.1 200"), end)
    """

  @Test("files that cannot be used end the start with 78, the key, the problem and the mend")
  func unusable() throws {
    let authority = try TestAuthority()
    let (mine, other) = (try authority.issue("localhost"), try authority.issue("other"))
    for (certificate, key, client, words) in [
      (mine.certificate, other.key, "none", "http.tls.key: \(other.key) is not the key of the certificate; name"),
      ("/nowhere.pem", mine.key, "none", "http.tls.certificate: /nowhere.pem: No such file or directory; name"),
      (mine.key, mine.key, "none", "http.tls.certificate: \(mine.key) holds no usable PEM certificate"),
      (mine.certificate, mine.key, mine.key, "http.tls.client_ca: \(mine.key) holds no usable PEM certificates"),
    ] {
      let gateway = try GatewayProcess(environment: [
        "BEACONGATE_HTTP_TLS_CERTIFICATE": certificate, "BEACONGATE_HTTP_TLS_KEY": key,
        "BEACONGATE_HTTP_TLS_CLIENT_CA": client,
      ])
      #expect(gateway.wait() == .code(78))
      #expect(gateway.standardError.contains(words), "\(gateway.standardError)")
    }
  }
}
