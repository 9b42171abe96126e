import Synchronization

private let shared = Mutex<LogSystem?>(nil)

/// Sets up the program-wide log system that ``logsys(_:_:_:_:hashValue:)`` uses; one set up before is closed.
///
/// Connects to nothing yet. Throws `.invalid` for a URL or token that can never work.
public func initLogsys(
  programName: String, url: String = "http://127.0.0.1:8080", domain: String? = nil, token: String? = nil,
  limits: LogSystem.Limits = .init()
) async throws(LogSystemError) {
  let new = try LogSystem(url: url, programName: programName, domain: domain, token: token, limits: limits)
  await replaceShared(new)
}

/// Sends one event through the program-wide log system and waits until the gateway has it safe.
///
///     try await logsys(9, "payment_failed", "支付失敗", "訂單號: \(order)")
///
/// As ``LogSystem/log(_:_:_:_:hashValue:)``; throws `.invalid` before ``initLogsys(programName:url:domain:token:limits:)``.
@discardableResult
public func logsys(
  _ level: LogLevel, _ defName: String, _ message: String, _ extraInfo: some Encodable = "", hashValue: String = ""
) async throws(LogSystemError) -> LogReceipt {
  guard let system = shared.withLock({ $0 }) else {
    throw LogSystemError(.invalid, "initLogsys(programName:) has not been called")
  }
  return try await system.log(level, defName, message, extraInfo, hashValue: hashValue)
}

/// Closes the program-wide log system: waits up to 5 seconds for calls under way.
public func closeLogsys() async {
  await replaceShared(nil)
}

private func replaceShared(_ new: LogSystem?) async {
  let old = shared.withLock { system in
    defer { system = new }
    return system
  }
  await old?.close()
}
