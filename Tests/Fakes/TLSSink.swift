import Foundation

/// A service behind TLS and, by ALPN, HTTP/2: nginx, which answers every call with 200, and `/moved` with a redirect.
package final class TLSSink: Sendable {
  package let port: UInt16
  private let folder: TemporaryDirectory
  private let server: ChildProcess

  /// Serves `certificate` on a free port of the loopback; listens once this returns.
  package init(_ certificate: (certificate: String, key: String)) throws {
    folder = try TemporaryDirectory()
    port = try freePort()
    let path = folder.path
    try folder.write(
      """
      daemon off; master_process off; pid \(path)/pid; error_log \(path)/error.log;
      events {}
      http {
        log_format calls '$connection $server_protocol $request_method $request_uri';
        access_log \(path)/calls calls;
        client_body_temp_path \(path)/body; proxy_temp_path \(path)/proxy; fastcgi_temp_path \(path)/fastcgi;
        uwsgi_temp_path \(path)/uwsgi; scgi_temp_path \(path)/scgi;
        server {
          listen 127.0.0.1:\(port) ssl http2;
          ssl_certificate \(certificate.certificate); ssl_certificate_key \(certificate.key);
          location / { return 200 '{}'; }
          location /moved { return 302 /elsewhere; }
        }
      }
      """, to: "nginx.conf")
    server = try ChildProcess(
      "/usr/sbin/nginx", arguments: ["-e", "\(path)/error.log", "-c", "\(path)/nginx.conf"],
      environment: ["PATH": "/usr/sbin:/usr/bin:/bin"], output: folder.file("out"), errors: folder.file("err"))
    let port = self.port
    guard waitUntil({ (try? RawHTTPConnection(port: port)) != nil }) else {
      throw NotStarted(errors: folder.read("err") + folder.read("error.log"))
    }
  }

  package struct NotStarted: Error { package let errors: String }

  package var url: String { "https://localhost:\(port)/" }

  /// The calls that were answered: the number of each one's connection, its protocol, its path.
  package var calls: [(connection: String, version: String, path: String)] {
    folder.read("calls").split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ").map(String.init)
      return parts.count == 4 ? (parts[0], parts[1], parts[3]) : nil
    }
  }
}
