import CCurl

/// A URL that libcurl has taken apart, once for all the requests to it.
///
/// Given as text it is taken apart and put together again for each request, which costs more than sending it does.
/// libcurl copies what it needs when a transfer begins; the handle stays as long as a transfer may begin with it.
@safe final class ParsedURL {
  let text: String
  let handle: OpaquePointer

  /// Throws `.invalidRequest` for what libcurl cannot read.
  init(_ text: String) throws(HTTPClientError) {
    guard let handle = unsafe curl_url() else {
      throw HTTPClientError(code: .other, description: "libcurl gave no handle for a URL")
    }
    self.text = text
    unsafe self.handle = unsafe handle
    let code = unsafe text.withCString { unsafe curl_url_set(handle, CURLUPART_URL, $0, 0) }
    guard code == CURLUE_OK else { throw HTTPClientError(CURLE_URL_MALFORMAT, answerBegan: true) }
  }

  deinit { unsafe curl_url_cleanup(handle) }
}
