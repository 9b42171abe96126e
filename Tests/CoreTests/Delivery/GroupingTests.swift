import Core
import Testing

@Suite("Grouping: repeats become digests")
struct GroupingTests {
  private static let terms = Grouping.Terms(window: 60_000, repeatInterval: 240_000)
  private var grouping = Grouping(epoch: 7, maxCounted: 1000)
  private var now: Int64 = 1_000_000

  private static func key(_ content: UInt8 = 1, queue: Int = 0) throws -> Grouping.Key {
    let digest = ContentDigest([UInt8](repeating: content, count: 32).span)
    return Grouping.Key(queue: queue, content: try #require(digest))
  }

  private mutating func arrive(
    _ id: String, content: UInt8 = 1, lane: String? = nil, attempt: Int = 0, info: String = "",
    terms: Grouping.Terms = terms
  ) throws -> Grouping.Verdict {
    grouping.arrived(
      Grouping.Arrival(
        key: try Self.key(content), messageID: id, attempt: attempt, lane: lane, time: now, extraInfo: info),
      terms, now: now)
  }

  /// The lane that `id` was parked in.
  private mutating func park(_ id: String, info: String = "") throws -> (lane: String, due: Int64) {
    guard case .parked(let parking) = try arrive(id, info: info) else {
      Issue.record("\(id) is not counted")
      return ("", 0)
    }
    return (parking.lane, parking.dueAt)
  }

  private func digest(_ verdict: Grouping.Verdict) -> Digest? {
    if case .digest(let digest, _) = verdict { digest } else { nil }
  }

  @Test("the first is sent at once; its repeats wait for the window's end and become one digest")
  mutating func digest() throws {
    #expect(try arrive("m1") == .single)
    now += 1000
    let lead = try park("m2", info: "a")
    #expect(lead.due == 1_060_000)
    now += 1000
    let second = try park("m3", info: "b")
    #expect(second.due > lead.due)
    now = lead.due
    let digest = try #require(digest(try arrive("m2", lane: lead.lane)))
    #expect(digest.count == 2 && digest.first == 1_001_000 && digest.last == 1_002_000 && digest.infos == ["a", "b"])
    #expect(grouping.takeReleases().isEmpty)
    grouping.digestEnded(try Self.key(), carrier: "m2", .delivered)
    #expect(grouping.takeReleases().map(\.lane).contains(second.lane))
    #expect(try arrive("m3", lane: second.lane) == .ended(.delivered))
  }

  @Test("what the digest ends as, its copies end as")
  mutating func buried() throws {
    _ = try arrive("m1")
    let lead = try park("m2")
    let other = try park("m3")
    now = lead.due
    _ = try arrive("m2", lane: lead.lane)
    let note = DeathNote(reason: .rejected, attempt: 1, lastStatus: 400, lastError: "no")
    grouping.digestEnded(try Self.key(), carrier: "m2", .dead(note))
    #expect(try arrive("m3", lane: other.lane) == .ended(.dead(note)))
  }

  @Test("while repeats come the window doubles up to repeat_interval; a window without one ends the group")
  mutating func doubling() throws {
    #expect(try arrive("m0") == .single)
    var lengths: [Int64] = []
    for number in 1...4 {
      let begin = now
      let lead = try park("m\(number)")
      now = lead.due
      lengths.append(now - begin)
      #expect(digest(try arrive("m\(number)", lane: lead.lane))?.count == 1)
      grouping.digestEnded(try Self.key(), carrier: "m\(number)", .delivered)
    }
    #expect(lengths == [60_000, 120_000, 240_000, 240_000])
    now += 240_000
    #expect(try arrive("m9") == .single)
    #expect(try park("m10").due == now + 60_000)
  }

  @Test("other content, another queue and a window of nothing are other groups, or none")
  mutating func apart() throws {
    #expect(try arrive("m1") == .single)
    #expect(try arrive("m2", content: 2) == .single)
    let off = Grouping.Terms(window: 0, repeatInterval: 0)
    #expect(try arrive("m3", content: 3, terms: off) == .single)
    #expect(try arrive("m4", content: 3, terms: off) == .single)
  }

  @Test("a copy that was let through stays a message of its own when it comes again")
  mutating func letThrough() throws {
    #expect(try arrive("m1") == .single)
    #expect(try arrive("m1") == .single)
    #expect(try arrive("m1", lane: "-1001", attempt: 2) == .single)
  }

  @Test("a copy that comes twice counts once")
  mutating func twice() throws {
    _ = try arrive("m1")
    let lead = try park("m2")
    #expect(try park("m2").lane == lead.lane)
    now = lead.due
    #expect(digest(try arrive("m2", lane: lead.lane))?.count == 1)
  }

  @Test("a digest that has to wait comes again as it was, and others of its name wait meanwhile")
  mutating func carrier() throws {
    _ = try arrive("m1")
    let lead = try park("m2")
    now = lead.due
    #expect(digest(try arrive("m2", lane: lead.lane)) != nil)
    #expect(digest(try arrive("m2", lane: lead.lane)) == nil)
    grouping.digestPutOff(try Self.key(), carrier: "m2")
    now += 600_000
    #expect(digest(try arrive("m2", lane: "-1001", attempt: 1))?.count == 1)
  }

  @Test("while one digest is on its way the next one waits, and counts on")
  mutating func oneAtATime() throws {
    _ = try arrive("m1")
    let lead = try park("m2")
    now = lead.due
    _ = try arrive("m2", lane: lead.lane)
    let next = try park("m3")
    now = next.due
    guard case .parked = try arrive("m3", lane: next.lane) else { return #expect(Bool(false), "a second digest") }
    _ = try park("m4")
    grouping.digestEnded(try Self.key(), carrier: "m2", .delivered)
    now += 600_000
    #expect(digest(try arrive("m3", lane: next.lane))?.count == 2)
  }

  @Test("a digest whose carrier is lost is carried by another copy")
  mutating func lostCarrier() throws {
    _ = try arrive("m1")
    let lead = try park("m2")
    let other = try park("m3")
    now = lead.due
    _ = try arrive("m2", lane: lead.lane)
    grouping.digestPutOff(try Self.key(), carrier: "m2")
    now += Grouping.carrierLost + 1
    #expect(digest(try arrive("m3", lane: other.lane))?.count == 2)
  }

  @Test("a digest that nobody is left to carry does not hold up the next one")
  mutating func nobodyLeft() throws {
    _ = try arrive("m1")
    let lead = try park("m2")
    now = lead.due
    _ = try arrive("m2", lane: lead.lane)
    grouping.digestPutOff(try Self.key(), carrier: "m2")
    let next = try park("m3")
    now += Grouping.carrierLost + 1
    #expect(digest(try arrive("m3", lane: next.lane))?.count == 1)
  }

  @Test("copies that another life counted are gathered into a digest of their own")
  mutating func anotherLife() throws {
    let lane = DigestLane(epoch: 6, number: 1, isLead: true).name
    guard case .parked(let parking) = try arrive("m2", lane: lane) else {
      return #expect(Bool(false), "it is sent singly")
    }
    #expect(parking.dueAt == now + Grouping.gathering)
    #expect(grouping.takeReleases().map(\.lane) == [DigestLane(epoch: 6, number: 1, isLead: false).name])
    guard case .parked = try arrive("m3", lane: DigestLane(epoch: 6, number: 1, isLead: false).name) else {
      return #expect(Bool(false), "it is sent singly")
    }
    now = parking.dueAt
    #expect(digest(try arrive("m2", lane: parking.lane))?.count == 2)
  }

  @Test("of another life's copies one that has failed before goes for itself: others would share its last attempt")
  mutating func anotherLifesCarrier() throws {
    let lane = DigestLane(epoch: 6, number: 1, isLead: true).name
    #expect(try arrive("m2", lane: lane, attempt: 3) == .single)
    #expect(grouping.takeReleases().map(\.lane) == [DigestLane(epoch: 6, number: 1, isLead: false).name])
  }

  @Test("a second copy of the carrier's name that has failed more often does not carry the digest")
  mutating func twin() throws {
    _ = try arrive("m1")
    let lead = try park("m2")
    now = lead.due
    #expect(digest(try arrive("m2", lane: lead.lane)) != nil)
    grouping.digestPutOff(try Self.key(), carrier: "m2")
    #expect(try arrive("m2", attempt: 3) == .single)
    #expect(digest(try arrive("m2", attempt: 1)) != nil)
  }

  @Test("when the counted copies need room the largest window ends early")
  mutating func room() throws {
    grouping = Grouping(epoch: 7, maxCounted: 3)
    _ = try arrive("m1")
    let lead = try park("m2")
    _ = try park("m3")
    _ = try park("m4")
    #expect(grouping.takeReleases().map(\.lane) == [lead.lane])
    now += 10
    #expect(digest(try arrive("m2", lane: lead.lane))?.count == 3)
  }

  @Test("a lower limit ends windows at once, the largest first, until the rest has room")
  mutating func lowered() throws {
    var leads: [UInt8: String] = [:]
    for (content, count) in [(UInt8(1), 2), (2, 5), (3, 3)] {
      _ = try arrive("\(content)", content: content)
      for number in 0..<count {
        guard case .parked(let parking) = try arrive("\(content).\(number)", content: content) else { continue }
        if number == 0 { leads[content] = parking.lane }
      }
    }
    grouping.limited(maxCounted: 11, now: now)
    #expect(grouping.takeReleases().isEmpty)
    grouping.limited(maxCounted: 3, now: now)
    #expect(grouping.takeReleases().map(\.lane) == [leads[2], leads[3]])
    #expect(digest(try arrive("2.0", content: 2, lane: leads[2]))?.count == 5)
    // A window that ends already counts on, and is not ended twice.
    guard case .parked = try arrive("3.3", content: 3) else { return #expect(Bool(false), "it is sent singly") }
    #expect(grouping.takeReleases().isEmpty)
    #expect(digest(try arrive("3.0", content: 3, lane: leads[3]))?.count == 4)
  }

  @Test("groups are forgotten when they are over, and no more are kept than fit")
  mutating func memory() throws {
    let key = { (number: Int) throws -> Grouping.Key in
      var bytes = [UInt8](repeating: 0, count: 32)
      (bytes[0], bytes[1]) = (UInt8(number & 255), UInt8(number >> 8))
      let digest = ContentDigest(bytes.span)
      return Grouping.Key(queue: 0, content: try #require(digest))
    }
    for number in 0..<(2 * Grouping.maxGroups) {
      if number == Grouping.maxGroups { now += 3_600_000 }
      let arrival = Grouping.Arrival(
        key: try key(number), messageID: "m\(number)", attempt: 0, lane: nil, time: now, extraInfo: "")
      #expect(grouping.arrived(arrival, Self.terms, now: now) == .single)
      #expect(grouping.groupCount <= Grouping.maxGroups)
    }
  }

  @Test("a digest lane's name says its window, and other lanes are none", arguments: [true, false])
  func names(isLead: Bool) {
    let lane = DigestLane(epoch: .max, number: 42, isLead: isLead)
    #expect(DigestLane(name: lane.name) == lane)
    #expect(Parking(dueAt: 0, lane: lane.name, attempt: 0).isGrouped)
    #expect(DigestLane(name: "-1001") == nil && DigestLane(name: "(digest)/x/1") == nil)
  }

  @Test("a digest shows five distinct infos, cut, and says that there were more")
  func infos() {
    var digest = Digest()
    for number in 0..<8 { digest.count(at: Int64(number), extraInfo: number == 0 ? "" : "i\(number / 2)") }
    #expect(digest.count == 8 && digest.infos == ["i0", "i1", "i2", "i3"] && !digest.hasMoreInfos)
    digest.count(at: 9, extraInfo: String(repeating: "字", count: 1000))
    digest.count(at: 9, extraInfo: "another")
    #expect(digest.infos.count == 5 && digest.infos[4].unicodeScalars.count == Digest.maxInfoScalars)
    #expect(digest.hasMoreInfos)
  }
}
