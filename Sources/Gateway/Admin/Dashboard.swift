import Core
import Integrity

/// `GET /` of the admin listener: one page that asks for everything else itself.
///
/// The browser is told to run and to load nothing but what the page brings along, by the digests of its script and style, and to
/// ask nobody but this listener (CSP 3).
enum Dashboard {
  static func page(_ locale: Settings.Locale) -> Page {
    let source = String(decoding: PackageResources.dashboard_html, as: UTF8.self)
    let html = source.replacing("<html lang=\"en\">", with: "<html lang=\"\(locale.rawValue)\">", maxReplacements: 1)
    var page = Page(status: .ok, mediaType: .html, body: Array(html.utf8))
    page.contentPolicy = Array(policy(html).utf8)
    return page
  }

  static func policy(_ html: String) -> String {
    [
      "default-src 'none'", "script-src '\(digest(of: "script", in: html))'",
      "style-src '\(digest(of: "style", in: html))'", "connect-src 'self'", "img-src data:", "base-uri 'none'",
      "form-action 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")
  }

  /// Of the one element of that name.
  private static func digest(of name: String, in html: String) -> String {
    let parts = html.split(separator: "<\(name)>", maxSplits: 1)
    guard parts.count == 2, let content = parts[1].split(separator: "</\(name)>", maxSplits: 1).first else {
      preconditionFailure("the page has a \(name)")
    }
    return "sha256-\(Base64.encode(Digester().digest(Array(content.utf8).span).bytes))"
  }
}
