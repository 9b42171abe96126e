import Core
import Fakes
import Foundation
import Gateway
import Platform
import Testing

@Suite("The console")
struct ConsoleTests {
  private static let formatter = ConsoleFormatter(
    style: .pretty(color: false), locale: .english, defaultDomain: "localhost", defaultProgram: "default", time: .utc)

  @Test("lines of many threads arrive whole, each thread's in order")
  func order() throws {
    let pipe = Pipe()
    let dropped = try use(pipe) { console in
      let writers = (0..<4).map { writer in
        NamedThread("writer") { for number in 0..<200 { console.writeLine(.notice, "\(writer) \(number)") } }
      }
      for writer in writers { writer.join() }
      console.stop(within: .seconds(10))
    }
    let lines = try Self.lines(pipe)
    #expect(dropped == 0)
    for writer in 0..<4 {
      #expect(lines.filter { $0.hasPrefix("\(writer) ") } == (0..<200).map { "\(writer) \($0)" })
    }
    #expect(lines.count == 800)
  }

  @Test(
    "with a reader that does not read, writing never blocks, memory is bounded, and every line is printed or counted")
  func full() throws {
    let pipe = Pipe()
    let capacity = 1 << 16
    let text = String(repeating: "x", count: 99)
    let dropped = try use(pipe, capacity: capacity) { console in
      for _ in 0..<10_000 { console.writeLine(.notice, text) }
      console.stop(within: .milliseconds(500))
    }
    let lines = try Self.lines(pipe)
    #expect(lines.allSatisfy { $0 == text })
    #expect(lines.count + dropped == 10_000)
    // A pipe itself holds 64 KiB.
    #expect((100...(capacity + (1 << 16)) / 100).contains(lines.count))
  }

  @Test("once the reader reads again, what waited is printed")
  func resumed() throws {
    let pipe = Pipe()
    let text = String(repeating: "x", count: 999)
    let read = Monitor<[String]>([])
    var reader: NamedThread?
    let dropped = try use(pipe) { console in
      for _ in 0..<500 { console.writeLine(.notice, text) }
      reader = NamedThread("reader") {
        let lines = (try? Self.lines(pipe)) ?? []
        read.change { $0 = lines }
      }
      console.stop(within: .seconds(10))
    }
    reader?.join()
    #expect(dropped == 0)
    #expect(read.value == Array(repeating: text, count: 500))
  }

  @Test("of a batch that does not fit, the lines that fit are printed and the others counted")
  func surplus() throws {
    let pipe = Pipe()
    let dropped = try use(pipe, capacity: 10) { console in
      console.write(Array("one\ntwo\nthree\nfour\n".utf8))
      console.stop(within: .seconds(10))
    }
    #expect(try Self.lines(pipe) == ["one", "two"])
    #expect(dropped == 2)
  }

  @Test("a line longer than a pipe takes at once arrives whole")
  func longLine() throws {
    let pipe = Pipe()
    let long = String(repeating: "字", count: 10_000)
    let dropped = try use(pipe) { console in
      for text in ["before", long, "after"] { console.writeLine(.notice, text) }
      console.stop(within: .seconds(10))
    }
    #expect(try Self.lines(pipe) == ["before", long, "after"])
    #expect(dropped == 0)
  }

  @Test("a reader that has gone stops nobody, and its lines are counted")
  func gone() throws {
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    let dropped = try use(pipe) { console in
      for _ in 0..<50 { console.writeLine(.notice, "x") }
      console.stop(within: .seconds(10))
    }
    #expect(dropped == 50)
  }

  @Test("a full disk drops lines and counts them", .enabled(if: Folder.exists("/dev/full")))
  func diskFull() throws {
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let console = try Console(output: OutputDescriptor(full.fileDescriptor), formatter: Self.formatter)
    console.write(Array("one\ntwo\n".utf8))
    console.stop(within: .seconds(10))
    #expect(console.dropped == 2)
  }

  @Test("after the end lines are counted, and a second end changes nothing")
  func stopped() throws {
    let pipe = Pipe()
    let dropped = try use(pipe) { console in
      console.writeLine(.notice, "before")
      console.stop(within: .seconds(10))
      console.writeLine(.notice, "after")
      console.stop(within: .seconds(10))
    }
    #expect(try Self.lines(pipe) == ["before"])
    #expect(dropped == 1)
  }

  @Test("a console that nobody holds any more ends by itself, and leaves its output to its owner")
  func released() throws {
    let pipe = Pipe()
    _ = try use(pipe, closes: false) { $0.writeLine(.notice, "x") }
    try pipe.fileHandleForWriting.write(contentsOf: Data("still open\n".utf8))
    try pipe.fileHandleForWriting.close()
    #expect(try Set(Self.lines(pipe)) == ["x", "still open"])
  }

  @Test("a file gets JSON lines by default, `off` gets nothing")
  func standardOutput() throws {
    let folder = try TemporaryDirectory()
    try folder.write("", to: "out")
    let file = try #require(FileHandle(forWritingAtPath: folder.file("out")))
    var settings = Settings()
    let console = try Console.standardOutput(
      settings, zone: .utc, environment: [:], output: OutputDescriptor(file.fileDescriptor))
    console.writeLine(.health, "[待命中]")
    console.stop(within: .seconds(10))
    #expect(folder.read("out").hasSuffix(#"","kind":"health","message":"[待命中]"}"# + "\n"))

    settings.console.format = .off
    let off = try Console.standardOutput(
      settings, zone: .utc, environment: [:], output: OutputDescriptor(file.fileDescriptor))
    #expect(off.isOff && off.formatter == nil)
    off.write(Array("nothing\n".utf8))
    off.stop(within: .seconds(10))
    #expect(off.dropped == 0)
    #expect(!folder.read("out").contains("nothing"))
  }

  /// Runs `body` with a console on the pipe's writing end, which is closed afterwards. The lines dropped.
  private func use(
    _ pipe: Pipe, capacity: Int = Console.capacity, closes: Bool = true, _ body: (Console) throws -> Void
  ) throws -> Int {
    let output = OutputDescriptor(pipe.fileHandleForWriting.fileDescriptor)
    let console = try Console(output: output, formatter: Self.formatter, capacity: capacity)
    try body(console)
    if closes { try pipe.fileHandleForWriting.close() }
    return console.dropped
  }

  /// Everything in the pipe, once every writing end is closed.
  private static func lines(_ pipe: Pipe) throws -> [String] {
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
