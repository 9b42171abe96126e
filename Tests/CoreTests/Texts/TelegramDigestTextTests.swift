import Core
import Testing

@Suite("Texts of digests and packed messages")
struct TelegramDigestTextTests {
  private let chinese = TelegramText(locale: .traditionalChinese)
  private let english = TelegramText(locale: .english)
  private let event = MessageFields(
    time: "2025-01-15 10:30:00", domain: "example.com", program: "api", level: .error, defName: "pay",
    message: "no answer", extraInfo: "x", hash: "h", id: "e1")
  private let span = TelegramText.Span(first: "2025-01-15 10:30:00", last: "2025-01-15 10:31:00")

  private var digest: Digest {
    var digest = Digest()
    for number in 1...152 { digest.count(at: Int64(number), extraInfo: "order \(number % 2)") }
    return digest
  }

  @Test("a digest tells its count, first and last time, and the distinct infos")
  func developer() {
    #expect(
      chinese.text(of: digest, repeating: event, span, for: .developer) == """
        重複錯誤:152 次 商城名稱:example.com
        首次:2025-01-15 10:30:00 最近:2025-01-15 10:31:00
        程式:api
        函式:pay
        訊息:no answer
        附加信息:
        - order 1
        - order 0
        """)
    #expect(
      english.text(of: digest, repeating: event, span, for: .developer).hasPrefix(
        "Repeated error: 152 times Shop: example.com\nFirst: 2025-01-15 10:30:00 Last: 2025-01-15 10:31:00\n"))
  }

  @Test("a customer's digest is the notice, with the count")
  func customer() {
    #expect(
      chinese.text(of: digest, repeating: event, span, for: .customer)
        == "系統通知 - example.com: no answer\n重複 152 次,首次:2025-01-15 10:30:00 最近:2025-01-15 10:31:00")
  }

  @Test("a packed message has the count, the texts in order, and the ids of those without room")
  func packed() {
    let pieces = (1...25).map {
      TelegramText.Piece(id: "e\($0)", text: "piece \($0) " + String(repeating: "字", count: 300))
    }
    let text = chinese.packed(pieces)
    #expect(text.hasPrefix("共 25 則訊息\n\npiece 1 字"))
    #expect(text.utf16.count <= TelegramText.maxUnits)
    let shown = (1...25).filter { text.contains("piece \($0) ") }
    #expect(shown == Array(1...shown.count) && shown.count >= 10)
    let rest = (shown.count + 1...25).map { "e\($0)" }.joined(separator: ", ")
    #expect(text.hasSuffix("\n\n其餘 \(25 - shown.count) 則:\(rest)"))
  }

  @Test("a long piece is cut and names its event, so that it does not crowd out the others")
  func longPiece() {
    let text = english.packed([
      TelegramText.Piece(id: "long", text: String(repeating: "x", count: 4000)), TelegramText.Piece(id: "b", text: "b"),
    ])
    #expect(text.contains("... (cut, event long)\n\nb"))
  }

  @Test("what is older than max_age is counted in a line")
  func tooOld() {
    let pieces = [
      TelegramText.Piece(id: "a", text: "news"), TelegramText.Piece(id: "b", text: "secret", isTooOld: true),
      TelegramText.Piece(id: "c", text: "secret", isTooOld: true),
    ]
    #expect(chinese.packed(pieces) == "共 3 則訊息\n\nnews\n\n過舊 2 則:b, c")
    #expect(english.packed([pieces[1]]) == "1 message\n\n1 too old: b")
  }

  @Test("the longest ids and texts still make a message that Telegram takes")
  func limits() {
    let pieces = (0..<Packing.maxCopies).map { number in
      TelegramText.Piece(
        id: String(repeating: "i", count: 62) + "\(10 + number)", text: String(repeating: "😀", count: 3000),
        isTooOld: number % 2 == 0)
    }
    #expect(chinese.packed(pieces).utf16.count <= TelegramText.maxUnits)
    #expect(chinese.packed(pieces).contains(pieces[24].id))
  }
}
