import Core
import Synchronization

/// How many connections each client address has, on all loops.
final class ConnectionSeats: Sendable {
  /// One connection's place, free again when the last who holds it lets go.
  final class Seat: Sendable {
    private let address: IPAddress
    private let seats: ConnectionSeats

    fileprivate init(_ address: IPAddress, _ seats: ConnectionSeats) {
      self.address = address
      self.seats = seats
    }

    deinit { seats.leave(address) }
  }

  /// Bounded by `http.max_connections`.
  private let taken = Mutex<[IPAddress: Int]>([:])

  /// `nil` if `address` has `limit` already.
  func take(_ address: IPAddress, limit: Int) -> Seat? {
    let isFree = taken.withLock { taken in
      guard taken[address, default: 0] < limit else { return false }
      taken[address, default: 0] += 1
      return true
    }
    return isFree ? Seat(address, self) : nil
  }

  private func leave(_ address: IPAddress) {
    taken.withLock { taken in
      guard let count = taken[address] else { return }
      taken[address] = count > 1 ? count - 1 : nil
    }
  }
}
