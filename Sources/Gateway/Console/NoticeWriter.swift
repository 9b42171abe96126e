package import Core

/// Where a part tells an operator of a change of state, in a sentence, on whatever thread notices it.
package typealias NoticeWriter = @Sendable (ConsoleLineKind, String) -> Void
