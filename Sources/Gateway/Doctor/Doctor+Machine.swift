import Core
import Platform

/// The disk: the data folder and the folders of keys.
extension Doctor {
  func dataFolder() -> DataFolderReading {
    let path = settings.dataDirectory
    var reading = DataFolderReading(path: path)
    reading.wantedBytes = settings.spool.maxBytes.addingReportingOverflow(settings.deadMaxBytes).partialValue
    do throws(SystemError) {
      guard let facts = try FileFacts.of(path) else {
        let (parent, isFolder) = Self.nearest(above: path)
        reading.condition = .missing(parent: parent, isWritable: isFolder && FileFacts.canWrite(parent))
        reading.freeBytes = Folder.space(parent)?.free
        return reading
      }
      guard facts.kind == .folder else {
        reading.condition = .noFolder
        return reading
      }
      reading.mode = facts.mode
      reading.isOwn = facts.isOwn
    } catch {
      reading.condition = .unreadable("\(error)")
      return reading
    }
    reading.freeBytes = Folder.space(path)?.free
    reading.usedBytes = ["queue.db", "queue.db-wal", "reserve"].reduce(0) { sum, name in
      sum + ((try? FileFacts.of("\(path)/\(name)"))?.bytes ?? 0)
    }
    reading.sync = Self.sync(in: path)
    switch FolderLock.of(path) {
    case .free: reading.holder = .nobody
    case .held(let pid): reading.holder = .process(pid)
    case .unknown(let error): reading.holder = .unknown("\(error)")
    }
    return reading
  }

  func keyFolders() -> [Finding] {
    var seen: Set<String> = []
    let served = settings.domains.filter { if case .set = $0.logbeacon.url { true } else { false } }
    let paths = served.map { $0.logbeacon.keyDirectory ?? "\(settings.dataDirectory)/keys" }.filter {
      seen.insert($0).inserted
    }
    return paths.flatMap { keyFolder($0).findings }
  }

  private func keyFolder(_ path: String) -> KeyFolderReading {
    var reading = KeyFolderReading(path: path, files: nil, domains: settings.domains.map(\.name))
    do throws(SystemError) {
      guard try FileFacts.of(path) != nil else { return reading }
      let folder = try OpenFolder(path)
      reading.files = try folder.names(limit: LogBeaconKeyFolder.maxNames).sorted().map { Self.keyFile($0, in: folder) }
    } catch {
      reading.fault = "\(error)"
    }
    return reading
  }

  private static func keyFile(_ name: String, in folder: OpenFolder) -> KeyFolderReading.File {
    let mode = (try? FileFacts.of("\(folder.path)/\(name)"))?.mode ?? 0
    do throws(SystemError) {
      let content = LogBeaconKey.Content(try folder.read(name, limit: LogBeaconKey.maxBytes))
      return switch content {
      case .key: KeyFolderReading.File(name: name, mode: mode, content: .key)
      case .empty: KeyFolderReading.File(name: name, mode: mode, content: .empty)
      case .unfit: KeyFolderReading.File(name: name, mode: mode, content: .unfit)
      }
    } catch {
      let content: KeyFolderReading.File.Content = error.isFileTooLarge ? .unfit : .unreadable("\(error)")
      return KeyFolderReading.File(name: name, mode: mode, content: content)
    }
  }

  /// How long a small write and its sync take.
  private static func sync(in folder: String) -> Result<Duration, DataFolderReading.Fault> {
    let path = "\(folder)/.doctor-\(Clock.monotonicNanoseconds())"
    defer { Folder.remove(path) }
    let began = Clock.monotonicNanoseconds()
    do throws(SystemError) {
      try Folder.write([UInt8](repeating: 0x2E, count: 4096), to: path)
    } catch {
      return .failure(DataFolderReading.Fault("\(error)"))
    }
    return .success(.nanoseconds(Int64(Clock.monotonicNanoseconds() - began)))
  }

  /// The nearest thing above `path` that exists: where it would be made, with the folders between, if it is a folder.
  private static func nearest(above path: String) -> (path: String, isFolder: Bool) {
    var rest = path[...]
    while let slash = rest.lastIndex(of: "/") {
      rest = rest[..<slash]
      if rest.isEmpty { return ("/", true) }
      if let found = try? FileFacts.of(String(rest)) { return (String(rest), found.kind == .folder) }
    }
    return (".", true)
  }
}
