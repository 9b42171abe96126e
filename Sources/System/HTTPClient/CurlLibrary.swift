import CCurl

/// libcurl's process-wide state, set up once by whoever comes first.
enum CurlLibrary {
  /// False when libcurl refused; it is not tried again.
  static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}
