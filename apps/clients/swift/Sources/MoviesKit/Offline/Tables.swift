import Foundation

/// The version of the local form. Raise it when a record below changes: `dropBase` then drops the
/// base, which is pulled anew, and the queue stays, which has to be converted if that is what changed.
let localForm = 1

/// An item as the service has it.
struct BaseRecord: Codable, Hashable, Sendable {
    let collection: String
    let key: String
    let item: StoredItem
    /// The snapshot that showed the item last. When one is whole, what it did not show is gone.
    let generation: Int
    /// The values by which it is found, by index.
    let indexes: [String: [IndexValue]]
    /// When the item was last remembered, for collections without a feed.
    var seenAt: Double?

    /// True if this is of an earlier version of the item than the one that is there.
    func isOutdated(by known: BaseRecord?) -> Bool {
        guard let known else { return false }
        return known.generation >= generation && known.item.isLater(than: item)
    }
}

/// How far a collection was pulled.
struct Cursor: Codable, Hashable, Sendable {
    /// `nil` if a snapshot begins.
    var since: String?
    /// The number of the snapshot: it goes up when the first page of one is stored.
    var generation = 0
    /// True if the snapshot of this generation is whole.
    var whole = false
    /// True if any snapshot was ever whole.
    var ready = false
    /// True if items were left out because there are too many.
    var partial = false
    /// When the feed was last read to its end, in seconds since 1970.
    var pulledAt: Double?
    /// When to ask again.
    var pollAt: Double?
    /// The `form` of the collection.
    var form = 1
}

/// An item of a collection.
struct ItemName: Hashable, Sendable {
    let collection: String
    let key: String
}

/// The records of one user, and what a transaction has changed in them.
struct Tables: Sendable {
    private(set) var base: [String: [String: BaseRecord]] = [:]
    /// In the order of their numbers.
    private(set) var queue: [Write] = []
    private var cursors: [String: Cursor] = [:]
    /// The id of these records. Others that come after a wipe have another one.
    private(set) var life: String?
    private var nextSeq = 1
    /// What is to be stored.
    var changes: [OfflineRow] = []

    // MARK: - Reading

    func base(_ collection: String, _ key: String) -> BaseRecord? {
        base[collection]?[key]
    }

    /// The writes of an item, in their order.
    func writes(of collection: String, _ key: String) -> [Write] {
        queue.filter { $0.key == key && $0.collection == collection }
    }

    func write(_ seq: Int) -> Write? {
        queue.first { $0.seq == seq }
    }

    func cursor(_ collection: String, form: Int = 1) -> Cursor {
        cursors[collection] ?? Cursor(form: form)
    }

    // MARK: - Writing

    mutating func put(_ record: BaseRecord) throws {
        base[record.collection, default: [:]][record.key] = record
        try store(.base(record.collection, record.key), record)
    }

    /// Puts a record into the base, unless the base has a later version of the item in the same or a
    /// later generation.
    mutating func putUnlessOutdated(_ record: BaseRecord) throws {
        if !record.isOutdated(by: base(record.collection, record.key)) { try put(record) }
    }

    mutating func deleteBase(_ collection: String, _ key: String) {
        guard base[collection]?.removeValue(forKey: key) != nil else { return }
        remove(.base(collection, key))
    }

    mutating func deleteBase(of collection: String) {
        for key in (base[collection] ?? [:]).keys {
            deleteBase(collection, key)
        }
    }

    /// Adds a write behind all others. Its number is used once, also after it is gone.
    mutating func add(_ write: Write) throws {
        var write = write
        write.seq = nextSeq
        nextSeq += 1
        try store(.nextSeq, nextSeq)
        try put(write)
    }

    mutating func put(_ write: Write) throws {
        insert(write)
        try store(.write(write.seq), write)
    }

    mutating func deleteWrite(_ seq: Int) {
        queue.removeAll { $0.seq == seq }
        remove(.write(seq))
    }

    mutating func put(_ cursor: Cursor, of collection: String) throws {
        cursors[collection] = cursor
        try store(.cursor(collection), cursor)
    }

    mutating func begin(life: String) throws {
        self.life = life
        try store(.life, life)
    }

    /// Forgets the base, which is pulled anew, and keeps the queue.
    mutating func dropBase() throws {
        for collection in base.keys {
            deleteBase(of: collection)
        }
        for (collection, before) in cursors {
            var cursor = before
            cursor.since = nil
            cursor.whole = false
            cursor.ready = false
            try put(cursor, of: collection)
        }
    }

    /// All rows.
    func rows() throws -> [OfflineRow] {
        var all = Tables()
        all.nextSeq = nextSeq
        try all.store(.nextSeq, nextSeq)
        if let life { try all.begin(life: life) }
        for (collection, cursor) in cursors { try all.put(cursor, of: collection) }
        for write in queue { try all.store(.write(write.seq), write) }
        for record in base.values.flatMap(\.values) {
            try all.store(.base(record.collection, record.key), record)
        }
        return all.changes
    }

    // MARK: - News

    /// Takes what others have stored. Returns the items that it is about, and whether something of it
    /// cannot be read.
    mutating func take(_ news: OfflineNews) -> (Set<ItemName>, isDamaged: Bool) {
        var isDamaged = news.isDamaged
        var items: Set<ItemName> = []
        if news.isWhole {
            items.formUnion(base.values.flatMap(\.values).map(\.name))
            items.formUnion(queue.map(\.item))
            self = Tables()
        }
        for row in news.rows {
            func value<Value: Decodable>() -> Value? {
                guard let data = row.value else { return nil }
                let value = try? JSONDecoder().decode(Value.self, from: data)
                if value == nil { isDamaged = true }
                return value
            }
            switch RowName(row.name) {
            case .base(let collection, let key):
                base[collection, default: [:]][key] = value()
                items.insert(ItemName(collection: collection, key: key))
            case .write(let seq):
                if let before = write(seq) { items.insert(before.item) }
                queue.removeAll { $0.seq == seq }
                if let write: Write = value() {
                    insert(write)
                    items.insert(write.item)
                }
            case .cursor(let collection):
                cursors[collection] = value()
            case .life:
                life = value()
            case .nextSeq:
                nextSeq = value() ?? 1
            case nil:
                isDamaged = true
            }
        }
        // Of damaged rows, the one that has the number may be missing.
        nextSeq = max(nextSeq, (queue.last?.seq ?? 0) + 1)
        return (items, isDamaged)
    }

    private mutating func insert(_ write: Write) {
        if let place = queue.firstIndex(where: { $0.seq >= write.seq }) {
            if queue[place].seq == write.seq {
                queue[place] = write
            } else {
                queue.insert(write, at: place)
            }
        } else {
            queue.append(write)
        }
    }

    private mutating func store(_ name: RowName, _ value: some Encodable) throws {
        let value = try JSONEncoder().encode(value)
        changes.append(OfflineRow(name: name.text, value: value))
    }

    private mutating func remove(_ name: RowName) {
        changes.append(OfflineRow(name: name.text, value: nil))
    }
}

extension BaseRecord {
    var name: ItemName { ItemName(collection: collection, key: key) }
}

extension Write {
    var item: ItemName { ItemName(collection: collection, key: key) }
}

/// The names of the rows.
private enum RowName {
    case base(String, String)
    case write(Int)
    case cursor(String)
    case life, nextSeq

    init?(_ text: String) {
        let parts = text.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
            .map(String.init)
        switch (parts[0], parts.count) {
        case ("base", 3): self = .base(parts[1], parts[2])
        case ("write", 2):
            guard let seq = Int(parts[1]) else { return nil }
            self = .write(seq)
        case ("cursor", 2): self = .cursor(parts[1])
        case ("life", 1): self = .life
        case ("next", 1): self = .nextSeq
        default: return nil
        }
    }

    var text: String {
        switch self {
        case .base(let collection, let key): "base\n\(collection)\n\(key)"
        case .write(let seq): "write\n\(seq)"
        case .cursor(let collection): "cursor\n\(collection)"
        case .life: "life"
        case .nextSeq: "next"
        }
    }
}
