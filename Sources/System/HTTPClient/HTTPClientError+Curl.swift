import CCurl

// The sentences are libcurl's fixed ones: its error buffer names hosts and could show a URL.
extension HTTPClientError {
  /// `answerBegan`: a status line had arrived. `verification`: OpenSSL's `X509_V_…`; 0 or 1 if the chain was not at
  /// fault.
  init(_ result: CURLcode, answerBegan: Bool, verification: Int = 0) {
    let code: Code
    switch result {
    case CURLE_URL_MALFORMAT: code = .invalidRequest
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: code = .resolve
    case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED: code = .connect
    case CURLE_OPERATION_TIMEDOUT: code = .timeout
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED,
      CURLE_SSL_SHUTDOWN_FAILED, CURLE_SSL_CRL_BADFILE, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
      CURLE_SSL_CLIENTCERT:
      code = .tls
    case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2, CURLE_HTTP2_STREAM:
      code = .disconnected
    // libcurl's name for bytes that are no HTTP status line; the URL's scheme was checked before.
    case CURLE_UNSUPPORTED_PROTOCOL where !answerBegan:
      self.init(code: .other, description: "the answer is not HTTP", underlyingCode: Int(result.rawValue))
      return
    default: code = .other
    }
    let sentence =
      result == CURLE_PEER_FAILED_VERIFICATION
      ? Self.sentence(verification) : unsafe String(cString: curl_easy_strerror(result))
    self.init(code: code, description: sentence, underlyingCode: Int(result.rawValue))
  }

  /// What is wrong with a server's certificate: libcurl has one sentence for all of it.
  private static func sentence(_ verification: Int) -> String {
    switch verification {
    // The chain holds, or was not looked at: the name comes first.
    case 0, 1: "the server's certificate is for another host name"
    case 9: "the server's certificate is not valid yet"
    case 10: "the server's certificate has expired"
    case 18...21: "the server's certificate is signed by an unknown authority"
    default: "the server's certificate is not valid (OpenSSL's verification \(verification))"
    }
  }

  init(multi code: CURLMcode) {
    let sentence = unsafe String(cString: curl_multi_strerror(code))
    self.init(code: .other, description: sentence, underlyingCode: Int(code.rawValue))
  }

  static func refused(_ sentence: String) -> Self { Self(code: .invalidRequest, description: sentence) }
}
