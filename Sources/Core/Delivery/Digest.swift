/// What a digest tells of the copies that it stands for.
package struct Digest: Sendable, Equatable {
  /// Distinct `extra_info` that it shows.
  package static let maxInfos = 5
  /// Unicode scalars kept of each.
  package static let maxInfoScalars = 300

  package private(set) var count = 0
  /// The earliest and the latest of the events; Unix milliseconds.
  package private(set) var first = Int64.max
  package private(set) var last = Int64.min
  /// The first distinct ones that are not empty, in order of arrival.
  package private(set) var infos: [String] = []
  /// There were further ones.
  package private(set) var hasMoreInfos = false

  package init() {}

  /// One more copy, of an event at `time`.
  package mutating func count(at time: Int64, extraInfo: String) {
    count += 1
    first = min(first, time)
    last = max(last, time)
    let info = String(String.UnicodeScalarView(extraInfo.unicodeScalars.prefix(Self.maxInfoScalars)))
    guard !info.isEmpty, !infos.contains(info) else { return }
    if infos.count < Self.maxInfos { infos.append(info) } else { hasMoreInfos = true }
  }
}
