import Core

/// What a worker says when its state changes, once per change.
struct WorkerNotices {
  let locale: Settings.Locale

  func text(_ report: DeliveryReport, queues: [QueueName]) -> (kind: ConsoleLineKind, text: String) {
    switch (locale, report) {
    case (.traditionalChinese, .breakerOpened(let queue, let failure)):
      (.warning, "[暫停] \(queues[queue]) 暫停取用,稍後以單筆試送 - 原因: \(failure.text)")
    case (.english, .breakerOpened(let queue, let failure)):
      (.warning, "[paused] \(queues[queue]) is not consumed; one copy at a time is tried - reason: \(failure.text)")
    case (.traditionalChinese, .breakerClosed(let queue)):
      (.notice, "[恢復] \(queues[queue]) 恢復取用")
    case (.english, .breakerClosed(let queue)):
      (.notice, "[resumed] \(queues[queue]) is consumed again")
    case (.traditionalChinese, .lanePaused(let lane, let queue, let failure)):
      (.warning, "[暫停] \(queues[queue]) 的 \(lane.name) 遭拒,其訊息保留等候 - 原因: \(failure.text)")
    case (.english, .lanePaused(let lane, let queue, let failure)):
      (.warning, "[paused] \(lane.name) of \(queues[queue]) is refused; its messages wait - reason: \(failure.text)")
    case (.traditionalChinese, .laneResumed(let lane, let queue)):
      (.notice, "[恢復] \(queues[queue]) 的 \(lane.name) 恢復發送")
    case (.english, .laneResumed(let lane, let queue)):
      (.notice, "[resumed] \(lane.name) of \(queues[queue]) is sent again")
    }
  }

  /// The pair's key file was changed from outside; the key itself is never said.
  func keyChanged(_ lane: LaneID, _ sink: Sink) -> String {
    let queue = QueueName(domain: lane.scope, sink: sink)
    return switch locale {
    case .traditionalChinese: "[金鑰] \(queue) 的 \(lane.name) 改用金鑰檔的新內容"
    case .english: "[key] \(lane.name) of \(queue) takes what its key file now holds"
    }
  }

  /// A queue whose loop does not run because nobody takes its copies.
  func missing(_ queue: QueueName) -> String {
    switch locale {
    case .traditionalChinese: "[未設定] \(queue) 沒有可用的發送目標,不取用此佇列"
    case .english: "[not configured] \(queue) has no sink; it is not consumed"
    }
  }

  /// One of its chats has no address: that chat's copies wait.
  func partlyMissing(_ queue: QueueName) -> String {
    switch locale {
    case .traditionalChinese: "[未設定] \(queue) 有聊天室未設定,其訊息保留等候"
    case .english: "[not configured] \(queue) has a chat without an address; its messages wait"
    }
  }

  /// A health check found the connection to the broker down.
  func disconnected(_ sink: Sink, check: Int, of limit: Int) -> String {
    switch locale {
    case .traditionalChinese: "[斷線] \(sink.label) 與 RabbitMQ 的連線中斷 (\(check)/\(limit))"
    case .english: "[disconnected] \(sink.label) has no connection to RabbitMQ (\(check)/\(limit))"
    }
  }

  /// Too many checks in a row have failed.
  func resigned(_ sink: Sink) -> String {
    switch locale {
    case .traditionalChinese: "[停止] \(sink.label) 連續檢查失敗,停止工作"
    case .english: "[stopped] \(sink.label) gives up after too many failed checks"
    }
  }

  /// The console takes the sink's place.
  func standIn(_ queue: QueueName) -> String {
    switch locale {
    case .traditionalChinese: "[未設定] \(queue) 由主控台代替,印出應發送的內容"
    case .english: "[not configured] the console stands in for \(queue) and prints what would be sent"
    }
  }
}
