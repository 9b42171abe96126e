import Core

extension JSONReader {
  /// The members of item `index` by name, with their values as text: for answers that are small and read once.
  package func texts(ofItem index: Int) -> [String: String] {
    withItem(index) { members, text in
      var texts: [String: String] = [:]
      for place in members.indices {
        texts[String(text: text.extracting(members[place].name))] = String(text: text.extracting(members[place].value))
      }
      return texts
    }
  }
}
