import COpenSSL
package import Core

/// SHA-256 (FIPS 180-4) by OpenSSL, over parts that are added one after another; for one thread.
@safe package final class Digester {
  private let algorithm: OpaquePointer
  private let context: OpaquePointer

  package init() {
    // A fetch costs more than a short text's digest: once, not for every one.
    guard let algorithm = unsafe EVP_MD_fetch(nil, "SHA256", nil), let context = unsafe EVP_MD_CTX_new() else {
      preconditionFailure("OpenSSL always has SHA-256")
    }
    unsafe self.algorithm = algorithm
    unsafe self.context = context
    begin()
  }

  deinit {
    unsafe EVP_MD_CTX_free(context)
    unsafe EVP_MD_free(algorithm)
  }

  package func add(_ part: Span<UInt8>) {
    _ = unsafe part.withUnsafeBufferPointer { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
  }

  /// The digest of what was added since the last one.
  package func finish() -> ContentDigest {
    var bytes = InlineArray<32, UInt8>(repeating: 0)
    var span = bytes.mutableSpan
    let isFinished = unsafe span.withUnsafeMutableBufferPointer {
      unsafe EVP_DigestFinal_ex(context, $0.baseAddress, nil)
    }
    begin()
    guard isFinished == 1, let digest = ContentDigest(bytes.span) else {
      preconditionFailure("a digest that was begun can be finished")
    }
    return digest
  }

  package func digest(_ text: Span<UInt8>) -> ContentDigest {
    add(text)
    return finish()
  }

  private func begin() {
    unsafe EVP_DigestInit_ex2(context, algorithm, nil)
  }
}
