import CLinux
import CRabbitMQ
import Glibc

/// Frames that wait to be sent in one piece: rabbitmq-c's own way takes a system call for each, three for a message.
///
/// The fields are encoded by the library; what is written here is the frame around them (AMQP 0-9-1 §4.2.3, §4.2.6).
@safe struct OutgoingFrames: ~Copyable {
  /// With so many bytes waiting they are sent before a further frame is added.
  static let sendBytes = 65536
  /// Type, channel and size before the payload, and the end of a frame after it.
  static let overhead = 8

  private let bytes: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  private var start = 0
  private var end = 0
  private let maxFrameBytes: Int

  init(maxFrameBytes: Int) {
    self.maxFrameBytes = max(maxFrameBytes, Int(AMQP_FRAME_MIN_SIZE))
    capacity = Self.sendBytes + self.maxFrameBytes
    // Memory that no frame has lain in is none yet.
    unsafe bytes = .allocate(capacity: capacity)
  }

  deinit { unsafe bytes.deallocate() }

  var isEmpty: Bool { start == end }

  /// To be sent before another frame is added.
  var isFull: Bool { end >= Self.sendBytes }

  /// What a frame can carry.
  var maxPayloadBytes: Int { maxFrameBytes - Self.overhead }

  /// The library's status if the fields do not fit; nothing is added then.
  mutating func append<Method>(
    _ channel: UInt16, _ id: amqp_method_number_t, _ method: UnsafeMutablePointer<Method>
  ) -> Int32 {
    unsafe add(AMQP_FRAME_METHOD, channel, headerBytes: 4) { writer, fields in
      writer.write(UInt64(id), bytes: 4)
      return unsafe amqp_encode_method(id, method, fields)
    }
  }

  /// A content header of the basic class. The library's status if the properties do not fit; nothing is added then.
  mutating func append(
    _ channel: UInt16, _ properties: UnsafeMutablePointer<amqp_basic_properties_t>, bodyBytes: Int
  ) -> Int32 {
    unsafe add(AMQP_FRAME_HEADER, channel, headerBytes: 12) { writer, fields in
      writer.write(UInt64(AMQP_BASIC_CLASS), bytes: 2)
      writer.write(0, bytes: 2)
      writer.write(UInt64(bodyBytes), bytes: 8)
      return unsafe amqp_encode_properties(UInt16(AMQP_BASIC_CLASS), properties, fields)
    }
  }

  /// `piece` is at most ``maxPayloadBytes`` long.
  mutating func append(_ channel: UInt16, body piece: Span<UInt8>) {
    let status = unsafe add(AMQP_FRAME_BODY, channel, headerBytes: 0) { _, room in
      precondition(unsafe piece.count <= room.len, "a piece of a body was longer than a frame")
      unsafe piece.withUnsafeBytes { piece in
        if let address = piece.baseAddress { unsafe room.bytes.copyMemory(from: address, byteCount: piece.count) }
      }
      return Int32(piece.count)
    }
    precondition(status == AMQP_STATUS_OK.rawValue, "a piece of a body was not added")
  }

  /// One send(2) of what waits: its result, and what it took waits no more.
  mutating func send(on descriptor: Int32) -> Int {
    let count = unsafe Glibc.send(descriptor, bytes + start, end - start, Int32(MSG_NOSIGNAL))
    if count > 0 { start += count }
    if isEmpty { (start, end) = (0, 0) }
    return count
  }

  /// `payload` writes `headerBytes` and then returns how many bytes of fields it has put into the room that it is given.
  private mutating func add(
    _ type: Int32, _ channel: UInt16, headerBytes: Int,
    _ payload: (inout FrameWriter, amqp_bytes_t) -> Int32
  ) -> Int32 {
    precondition(!isFull, "frames were added beyond what is sent at once")
    var writer = unsafe FrameWriter(bytes + end)
    writer.write(UInt64(type), bytes: 1)
    writer.write(UInt64(channel), bytes: 2)
    var body = unsafe FrameWriter(bytes + end + 7)
    let room = unsafe amqp_bytes_t(len: maxPayloadBytes - headerBytes, bytes: bytes + end + 7 + headerBytes)
    let count = unsafe payload(&body, room)
    guard count >= 0 else { return count }
    let size = headerBytes + Int(count)
    writer.write(UInt64(size), bytes: 4)
    var tail = unsafe FrameWriter(bytes + end + 7 + size)
    tail.write(UInt64(AMQP_FRAME_END), bytes: 1)
    end += size + Self.overhead
    return Int32(AMQP_STATUS_OK.rawValue)
  }
}

/// Numbers in the order of the network, one after the other.
@safe private struct FrameWriter {
  private var place: UnsafeMutablePointer<UInt8>

  init(_ place: UnsafeMutablePointer<UInt8>) {
    unsafe self.place = place
  }

  mutating func write(_ value: UInt64, bytes: Int) {
    for index in 0..<bytes { unsafe place[index] = UInt8(truncatingIfNeeded: value >> UInt64((bytes - 1 - index) * 8)) }
    unsafe place += bytes
  }
}
