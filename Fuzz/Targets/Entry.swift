import Glibc

/// libFuzzer's entry: one input for the target that `FUZZ_TARGET` names.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  let input = unsafe Array(UnsafeBufferPointer(start: data, count: size))
  FuzzTarget.chosen.run(input)
  return 0
}

/// What can be fuzzed. A target runs one input and traps, with a sentence, on what must not be.
enum FuzzTarget: String, CaseIterable {
  case requests, events, bodies, texts, keynames, dates, packs, settings, answers, http2, coded, trace, proxy,
    forwarded, subjects

  static let chosen: FuzzTarget = {
    let name = unsafe getenv("FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
      fatalError("FUZZ_TARGET is one of \(allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return target
  }()

  func run(_ input: [UInt8]) {
    switch self {
    case .requests: RequestsTarget.run(input)
    case .events: EventsTarget.run(input)
    case .bodies: BodiesTarget.run(input)
    case .texts: TextsTarget.run(input)
    case .keynames: KeyNamesTarget.run(input)
    case .dates: DatesTarget.run(input)
    case .packs: PacksTarget.run(input)
    case .settings: SettingsTarget.run(input)
    case .answers: AnswersTarget.run(input)
    case .http2: HTTP2Target.run(input)
    case .coded: CodedTarget.run(input)
    case .trace: TraceTarget.run(input)
    case .proxy: ProxyTarget.run(input)
    case .forwarded: ForwardedTarget.run(input)
    case .subjects: SubjectsTarget.run(input)
    }
  }
}

/// A promise of the code under test: broken, it ends the run with a finding.
func require(_ isKept: Bool, _ promise: @autoclosure () -> String) {
  if !isKept { fatalError(promise()) }
}
