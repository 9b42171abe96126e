/// Builds the tree from events, without recursion: what is open lies on a stack of bounded depth.
struct YAMLTree {
  private(set) var root: YAMLNode?
  private(set) var problems: [YAMLProblem] = []

  private let maxDepth: Int
  private var open: [Collection] = []
  private var documents = 0

  init(maxDepth: Int) {
    self.maxDepth = maxDepth
  }

  /// Takes the next event. Throws when reading cannot go on.
  mutating func read(_ event: YAMLEvent) throws(YAMLProblem) {
    let position = event.position
    if event.isAnchored {
      problems.append(YAMLProblem(.alias, at: position, "anchors are not supported"))
    }
    if event.isTagged {
      problems.append(YAMLProblem(.tag, at: position, "type tags are not supported"))
    }
    switch event.kind {
    case .documentStart:
      documents += 1
      guard documents == 1 else {
        throw YAMLProblem(.severalDocuments, at: position, "a second document begins")
      }
    case .alias:
      problems.append(YAMLProblem(.alias, at: position, "aliases are not supported"))
      add(YAMLNode(position: position, content: .scalar("", isQuoted: false)), isScalar: true)
    case .scalar(let text, let isQuoted):
      add(YAMLNode(position: position, content: .scalar(text, isQuoted: isQuoted)), isScalar: true)
    case .sequenceStart: try begin(Collection(position: position, isMapping: false))
    case .mappingStart: try begin(Collection(position: position, isMapping: true))
    case .sequenceEnd, .mappingEnd:
      guard let finished = open.popLast() else { return }
      add(finished.node, isScalar: false)
    case .other: break
    }
  }

  private mutating func begin(_ collection: Collection) throws(YAMLProblem) {
    guard open.count < maxDepth else {
      throw YAMLProblem(.tooDeep, at: collection.position, "nested deeper than \(maxDepth)")
    }
    open.append(collection)
  }

  private mutating func add(_ node: YAMLNode, isScalar: Bool) {
    guard let last = open.indices.last else {
      root = node
      return
    }
    if let problem = open[last].add(node, isScalar: isScalar) { problems.append(problem) }
  }
}

/// A sequence or mapping whose end has not come yet.
private struct Collection {
  let position: YAMLPosition
  let isMapping: Bool

  private var items: [YAMLNode] = []
  private var members: [YAMLMember] = []
  private var names: Set<String> = []
  private var pending = PendingKey.none

  /// The key whose value comes next.
  private enum PendingKey {
    case none
    case kept(String, YAMLPosition)
    /// A key that was refused; its value is dropped.
    case refused
  }

  init(position: YAMLPosition, isMapping: Bool) {
    self.position = position
    self.isMapping = isMapping
  }

  var node: YAMLNode {
    YAMLNode(position: position, content: isMapping ? .mapping(members) : .sequence(items))
  }

  mutating func add(_ node: YAMLNode, isScalar: Bool) -> YAMLProblem? {
    guard isMapping else {
      items.append(node)
      return nil
    }
    switch pending {
    case .none: return addKey(node)
    case .kept(let name, let place):
      members.append(YAMLMember(key: name, position: place, value: node))
      pending = .none
    case .refused: pending = .none
    }
    return nil
  }

  private mutating func addKey(_ node: YAMLNode) -> YAMLProblem? {
    guard case .scalar(let name, _) = node.content else {
      pending = .refused
      return YAMLProblem(.complexKey, at: node.position, "a key must be plain text")
    }
    guard names.insert(name).inserted else {
      pending = .refused
      return YAMLProblem(.duplicateKey, at: node.position, "the key \(name) is given twice")
    }
    pending = .kept(name, node.position)
    return nil
  }
}
