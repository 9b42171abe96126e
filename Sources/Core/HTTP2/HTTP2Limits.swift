/// What one HTTP/2 connection may ask of us beyond what HTTP/1.1 allows.
package enum HTTP2Limits {
  /// Requests of one connection that may be under way (SETTINGS_MAX_CONCURRENT_STREAMS).
  package static let maxConcurrentStreams = 128
  /// Bytes of a body that may be on their way before we have taken any (SETTINGS_INITIAL_WINDOW_SIZE).
  package static let streamWindowBytes = 256 << 10
  /// The same for all bodies of a connection together.
  package static let connectionWindowBytes = 1 << 20
  /// Bytes of the dynamic tables that compress fields, in either direction (RFC 7541 §4).
  package static let headerTableBytes = 4096
  /// CONTINUATION frames of one field section.
  package static let maxContinuations = 8
  /// Entries of one SETTINGS frame.
  package static let maxSettings = 32
  /// Answers to PING and SETTINGS that may wait for a slow reader.
  package static let maxWaitingAcknowledgements = 256
  /// A field section that is so many times larger than `http.max_header_bytes` ends its connection.
  package static let maxHeaderExcess = 8

  /// Frames that bring no request: PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty DATA.
  package static let idleFrames = Allowance(burst: 1000, perSecond: 100)
  /// Such frames that each request brings along for free.
  package static let idleFramesPerRequest = 8
  /// Streams that the peer resets (CVE-2023-44487).
  package static let resets = Allowance(burst: 200, perSecond: 20)
  /// Streams that the peer makes us reset (CVE-2025-8671).
  package static let provokedResets = Allowance(burst: 200, perSecond: 20)
}
