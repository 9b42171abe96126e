import EventLoop
import Fakes
import Foundation
import Platform
import Synchronization
import Testing

@Suite struct EventLoopTests {
  @Test("a descriptor that is ready reaches its handler, and nothing does after its removal")
  func readiness() throws {
    let wakeup = try Wakeup()
    let events = try EventLoop(wakeup: wakeup)
    let source = try Wakeup()
    let handler = Recorder { events.stop() }
    let registration = try events.add(source.descriptor, Interest(read: true), handler)
    source.signal()
    events.run()
    #expect(handler.seen.map(\.canRead) == [true])
    events.remove(registration)
    source.signal()
    events.onWakeup = { events.stop() }
    wakeup.signal()
    events.run()
    #expect(handler.seen.map(\.canRead) == [true])
  }

  @Test("an event of a removed registration does not reach the one that took over its slot")
  func staleEvents() throws {
    let events = try EventLoop(wakeup: try Wakeup())
    let (first, second) = (try Wakeup(), try Wakeup())
    let late = Recorder {}
    var secondRegistration: EventLoop.Registration?
    // Both are ready in one turn; whichever comes first removes the other and fills its slot.
    let fresh = Recorder {}
    let quiet = try Wakeup()
    let remover = Recorder {
      guard let registration = secondRegistration else { return }
      secondRegistration = nil
      events.remove(registration)
      _ = try? events.add(quiet.descriptor, Interest(read: true), fresh)
      events.stop()
    }
    _ = try events.add(first.descriptor, Interest(read: true), remover)
    secondRegistration = try events.add(second.descriptor, Interest(read: true), late)
    first.signal()
    second.signal()
    events.run()
    #expect(fresh.seen.isEmpty)
  }

  @Test("while other threads have enough in hand descriptors wait, until a thread is done or the time is over")
  func fullness() throws {
    let wakeup = try Wakeup()
    let events = try EventLoop(wakeup: wakeup)
    let source = try Wakeup()
    let handler = Recorder { events.stop() }
    _ = try events.add(source.descriptor, Interest(read: true), handler)
    source.signal()
    var (inHand, seenAtWakeup) = (1, -1)
    events.isFull = { inHand > 0 }
    events.onWakeup = {
      seenAtWakeup = handler.seen.count
      inHand = 0
    }
    wakeup.signal()
    events.run()
    #expect(seenAtWakeup == 0)
    #expect(handler.seen.count == 1)
    // Nobody is ever done: descriptors get their turn all the same, and a stop ends the wait.
    inHand = 1
    events.onWakeup = {}
    events.run()
    #expect(handler.seen.count == 2)
    events.onWakeup = { events.stop() }
    source.clear()
    wakeup.signal()
    events.run()
    #expect(handler.seen.count == 2)
  }

  @Test("the kernel keeps no more for a reader that does not read than the limit")
  func unsent() throws {
    let listener = try Listener(.tcp(host: "127.0.0.1", port: 0))
    guard case .tcp(_, let port) = listener.address else { return }
    let client = try RawHTTPConnection(port: port)
    let socket = try accept(listener)
    defer { socket.close() }
    let piece = [UInt8](repeating: 0x78, count: 16 << 10)
    var sent = 0
    while case .bytes(let count) = socket.send(piece, from: 0), sent < 64 << 20 { sent += count }
    // Beside what is unsent only the client's own receive buffer holds any of it.
    #expect(sent < 16 << 20)
    var (limit, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
    #expect(unsafe getsockopt(socket.descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &limit, &size) == 0)
    #expect(limit == Listener.maxUnsentBytes)
    withExtendedLifetime(client) {}
  }

  @Test("ticks come while they are asked for")
  func ticks() throws {
    let events = try EventLoop(wakeup: try Wakeup())
    var count = 0
    events.tickMilliseconds = 5
    events.onTick = {
      count += 1
      if count == 3 { events.stop() }
    }
    events.run()
    #expect(count == 3)
  }

  @Test("two listeners on one port collide")
  func portCollision() throws {
    let first = try Listener(.tcp(host: "127.0.0.1", port: 0))
    #expect {
      _ = try Listener(first.address)
    } throws: {
      ($0 as? SystemError)?.isAddressInUse == true
    }
  }

  @Test("a listener takes connections and their bytes", arguments: ["127.0.0.1", "::1", "localhost"])
  func accepting(_ host: String) throws {
    let listener = try Listener(.tcp(host: host, port: 0))
    guard case .tcp(_, let port) = listener.address else { return }
    guard host == "127.0.0.1" else {
      #expect(port != 0)
      return
    }
    let client = try RawHTTPConnection(port: port)
    try client.send("hello")
    let socket = try accept(listener)
    defer { socket.close() }
    var bytes: [UInt8] = []
    #expect(waitUntil { socket.receive(into: &bytes, limit: 100) == .bytes(5) })
    #expect(bytes == Array("hello".utf8))
    #expect(socket.receive(into: &bytes, limit: 100) == .wouldBlock)
    client.closeWrite()
    #expect(waitUntil { socket.receive(into: &bytes, limit: 100) == .end })
    #expect(socket.send(Array("xhello".utf8), from: 1) == .bytes(5))
  }

  @Test("a Unix socket's file is replaced when nobody answers on it, and refused when somebody does")
  func unixSocket() throws {
    let folder = try TemporaryDirectory()
    let path = folder.file("s")
    let first = try Listener(.unix(path: path))
    #expect {
      _ = try Listener(.unix(path: path))
    } throws: {
      ($0 as? SystemError)?.isAddressInUse == true
    }
    withExtendedLifetime(first) {}
  }

  @Test("a Unix socket's file that a dead process left is taken over, open to who may enter its folder")
  func deadUnixSocket() throws {
    let folder = try TemporaryDirectory()
    let path = folder.file("s")
    let left = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let bound = unsafe withUnsafePointer(to: address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(left, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(bound == 0)
    close(left)
    do {
      let listener = try Listener(.unix(path: path))
      var info = stat()
      #expect(unsafe lstat(path, &info) == 0)
      #expect(info.st_mode == S_IFSOCK | 0o666)
      withExtendedLifetime(listener) {}
    }
    #expect(unsafe access(path, F_OK) == -1, "its file goes with it")
  }

  @Test("a listener that was passed is taken over, and goes on listening and keeps its file when we are done")
  func shared() throws {
    let folder = try TemporaryDirectory()
    for address in [.tcp(host: "127.0.0.1", port: 0), .tcp(host: "::1", port: 0), .unix(path: folder.file("s"))]
      as [Listener.Address]
    {
      let owner = try Listener(address)
      do {
        let passed = try Listener(shared: dup(owner.descriptor))
        #expect(passed.address == owner.address)
        #expect(passed.isShared)
        passed.stopListening()
      }
      if case .tcp("127.0.0.1", let port) = owner.address {
        let client = try RawHTTPConnection(port: port)
        withExtendedLifetime(client) { _ = try? accept(owner) }
      }
    }
  }

  @Test("what is no listening stream socket is not taken over")
  func notListening() throws {
    let datagram = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    let idle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let file = unsafe open("/dev/null", O_RDONLY)
    defer { [datagram, idle, file].forEach { close($0) } }
    for descriptor in [datagram, idle, file, 9999] {
      #expect(throws: SystemError.self) { _ = try Listener(shared: descriptor) }
    }
  }

  @Test("a file that is no socket is never replaced")
  func fileInTheWay() throws {
    let folder = try TemporaryDirectory()
    try folder.write("precious", to: "s")
    #expect {
      _ = try Listener(.unix(path: folder.file("s")))
    } throws: {
      ($0 as? SystemError)?.isAddressInUse == true
    }
    #expect(folder.read("s") == "precious")
  }

  private func accept(_ listener: Listener) throws -> Socket {
    var found: Socket?
    #expect(
      waitUntil {
        guard case .socket(let socket) = listener.accept() else { return false }
        found = socket
        return true
      })
    return try #require(found)
  }

  private final class Recorder: EventHandler {
    private(set) var seen: [Readiness] = []
    private let then: () -> Void
    init(_ then: @escaping () -> Void) { self.then = then }
    func ready(_ readiness: Readiness) {
      seen.append(readiness)
      then()
    }
  }
}
