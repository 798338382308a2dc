import Foundation

/// An item on the screen: what the service has, with what waits in the queue on top.
public struct Shown<Item: ServiceMembers>: Sendable {
    /// What the user has to decide about.
    public struct Conflict: Sendable {
        /// Why the user has to decide.
        public let reason: ConflictReason
        /// The item as the user wants it; `nil`: deleted.
        public let mine: LocalItem<Item>?
        /// The item as others have made it; `nil`: deleted.
        public let theirs: Item?
        /// The item as the user saw it; `nil` if it was new.
        public let before: LocalItem<Item>?
    }

    /// The key of the item, as the collection makes it.
    public let key: String
    /// The item as it is shown.
    public let item: LocalItem<Item>
    /// `conflict`: the user has to decide. `refused`: `writes()` tells why.
    public let state: ItemState
    /// There is one if the state is `conflict`.
    public let conflict: Conflict?

    /// `nil` if the item lacks what its type needs.
    init?(_ shown: ShownItem) {
        guard let item = shown.content.local(as: Item.self) else { return nil }
        key = shown.key
        self.item = item
        state = shown.state
        conflict = shown.conflict.map { conflict in
            Conflict(
                reason: conflict.reason,
                mine: conflict.mine?.local(as: Item.self),
                theirs: conflict.theirs.flatMap { Content.stored($0).local(as: Item.self)?.known },
                before: conflict.before.flatMap { Content.made($0).local(as: Item.self) }
            )
        }
    }
}

extension Shown.Conflict: Equatable where Item: Equatable {}
extension Shown: Equatable where Item: Equatable {}

extension Shown: Identifiable {
    public var id: String { key }
}

/// Which items of a collection, and in which order. All that is given must hold.
public struct ItemQuery<Item: ServiceMembers>: Sendable {
    /// A value in an index, or a range.
    public struct Index: Sendable {
        let name: String
        let values: ClosedRange<IndexValue>

        /// Items with this value.
        public static func equals(_ value: IndexValue, in name: String) -> Index {
            Index(name: name, values: value...value)
        }

        /// Items with a value between two, these included.
        public static func between(_ values: ClosedRange<IndexValue>, in name: String) -> Index {
            Index(name: name, values: values)
        }
    }

    /// The item with this key.
    public var key: String?
    /// Items whose key begins so.
    public var prefix: String
    /// Items with a value in an index of the collection.
    public var index: Index?
    /// Items for which it is true.
    public var filter: (@Sendable (LocalItem<Item>) -> Bool)?
    /// True if the first item comes before the second one. Left out: in the order of their keys.
    public var order: (@Sendable (LocalItem<Item>, LocalItem<Item>) -> Bool)?
    /// The largest number of items.
    public var limit: Int?

    /// Makes a query; of all items without arguments.
    public init(
        key: String? = nil,
        prefix: String = "",
        index: Index? = nil,
        where filter: (@Sendable (LocalItem<Item>) -> Bool)? = nil,
        order: (@Sendable (LocalItem<Item>, LocalItem<Item>) -> Bool)? = nil,
        limit: Int? = nil
    ) {
        self.key = key
        self.prefix = prefix
        self.index = index
        self.filter = filter
        self.order = order
        self.limit = limit
    }
}

/// Reads the items of a query.
struct Reader<Item: ServiceMembers>: Sendable {
    typealias Rows = [String: Shown<Item>]

    let core: Core
    let name: String
    let query: ItemQuery<Item>

    func items() async throws -> [Shown<Item>] {
        inOrder(try await rows())
    }

    /// All items of the query.
    func rows() async throws -> Rows {
        let found = try await core.database.read { [core, name, query] tables in
            let collection = core.collection(name)
            let queued = Dictionary(
                grouping: tables.queue.filter { $0.collection == name },
                by: \.key
            )
            let base = tables.base[name] ?? [:]
            var found: [ShownItem] = []
            for (key, record) in base where queued[key] == nil && isIn(record, query) {
                found.append(
                    ShownItem(key: key, content: .stored(record.item), state: .synced)
                )
            }
            for (key, writes) in queued {
                guard let shown = collection.shown(key, base: base[key]?.item, writes: writes)
                else { continue }
                found.append(shown)
            }
            return found
        }
        var rows: Rows = [:]
        for shown in found {
            rows[shown.key] = row(shown)
        }
        return rows
    }

    /// Those of these items that are in the query.
    func rows(of keys: Set<String>) async throws -> Rows {
        let found = try await core.database.read { [core, name] tables in
            keys.compactMap { key in
                core.collection(name).shown(
                    key,
                    base: tables.base(name, key)?.item,
                    writes: tables.writes(of: name, key)
                )
            }
        }
        var rows: Rows = [:]
        for shown in found {
            rows[shown.key] = row(shown)
        }
        return rows
    }

    func inOrder(_ rows: Rows) -> [Shown<Item>] {
        let sorted = rows.values.sorted { one, other in
            if let order = query.order {
                if order(one.item, other.item) { return true }
                if order(other.item, one.item) { return false }
            }
            return one.key < other.key
        }
        return query.limit.map { Array(sorted.prefix($0)) } ?? sorted
    }

    /// The item as its type, if it is in the query.
    private func row(_ shown: ShownItem) -> Shown<Item>? {
        guard query.key.map({ $0 == shown.key }) ?? true, shown.key.hasPrefix(query.prefix) else {
            return nil
        }
        if let index = query.index {
            let values = core.collection(name).indexes(shown.content)[index.name] ?? []
            guard values.contains(where: index.values.contains) else { return nil }
        }
        guard let row = Shown<Item>(shown), query.filter?(row.item) ?? true else { return nil }
        return row
    }
}

/// True if a record may be in a query, by what needs no decoding of the item.
private func isIn<Item>(_ record: BaseRecord, _ query: ItemQuery<Item>) -> Bool {
    guard query.key.map({ $0 == record.key }) ?? true, record.key.hasPrefix(query.prefix) else {
        return false
    }
    guard let index = query.index else { return true }
    return record.indexes[index.name]?.contains(where: index.values.contains) ?? false
}

/// Follows the items of a query: reads them once, and after that what has changed.
actor LiveItems<Item: ServiceMembers> {
    private let reader: Reader<Item>
    private let show: @Sendable ([Shown<Item>]) -> Void
    private let finish: @Sendable () -> Void
    private var rows: Reader<Item>.Rows = [:]
    /// The keys to read; `nil` for all.
    private var stale: Set<String>? = nil
    private var isReading = false

    /// - Parameters:
    ///   - show: Takes what is shown now.
    ///   - finish: Runs when the store is closed: then nothing is shown any more.
    init(
        _ reader: Reader<Item>,
        show: @escaping @Sendable ([Shown<Item>]) -> Void,
        finish: @escaping @Sendable () -> Void
    ) {
        self.reader = reader
        self.show = show
        self.finish = finish
    }

    /// Reads the items with these keys; all without keys.
    func read(_ keys: Set<String>?) async {
        stale = keys.flatMap { stale?.union($0) }
        if isReading { return }
        isReading = true
        defer { isReading = false }
        while stale?.isEmpty != true {
            let keys = stale
            stale = []
            do {
                if let keys {
                    let read = try await reader.rows(of: keys)
                    for key in keys { rows[key] = read[key] }
                } else {
                    rows = try await reader.rows()
                }
                show(reader.inOrder(rows))
            } catch let error as OfflineError where error.reason == .closed {
                return finish()
            } catch {
                // What was read stays if the storage fails, until the next change.
                stale = nil
                return
            }
        }
    }
}

extension Reader {
    /// What the query shows now and after each change. It ends when the store is closed; then it
    /// shows nothing.
    func live<Value: Sendable>(
        _ value: @escaping @Sendable ([Shown<Item>]) -> Value
    ) -> AsyncStream<Value> {
        let (stream, continuation) = AsyncStream<Value>.makeStream(
            bufferingPolicy: .bufferingNewest(1)
        )
        let items = LiveItems(self) { items in
            continuation.yield(value(items))
        } finish: {
            continuation.yield(value([]))
            continuation.finish()
        }
        let (watchers, name) = (core.watchers, name)
        let id = watchers.add { collection, keys in
            if collection == name { Task { await items.read(keys) } }
        }
        continuation.onTermination = { _ in watchers.remove(id) }
        Task { await items.read(nil) }
        return stream
    }
}
