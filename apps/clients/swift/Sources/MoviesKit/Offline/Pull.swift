import Foundation

/// Reads the feeds into the base.
actor Pull {
    /// The most items that a page may have.
    private static let limit = 100
    /// How often one pull may begin a snapshot anew.
    private static let resets = 2
    /// The seconds between two polls if the feed says none, and the most that it may say.
    private static let poll = 30
    private static let mostPoll = 3600

    private let core: Core
    private var patience: [String: Patience] = [:]
    /// Why a collection could not be pulled the last time.
    private(set) var errors: [String: any Error] = [:]

    init(core: Core) {
        self.core = core
    }

    /// Waits no longer for a network that was lost.
    func hurry() {
        for name in patience.keys {
            patience[name]?.hurry()
        }
    }

    /// Pulls each collection that is due to its end. One that fails does not keep back the others.
    ///
    /// - Parameter asked: True to pull those, too, that are to be polled later.
    /// - Returns: When the next one is due, in seconds since 1970.
    func round(asked: Bool) async throws -> Double {
        var next = Double.infinity
        for (name, collection) in core.collections.sorted(by: { $0.key < $1.key }) {
            guard let changes = collection.changes else { continue }
            let pollAt = try await core.database.read { $0.cursor(name).pollAt ?? 0 }
            var due = max(asked ? 0 : pollAt, patience[name]?.until ?? 0)
            if due <= core.now() {
                do {
                    due = try await toTheEnd(name, collection, changes)
                    errors[name] = nil
                    patience[name] = nil
                } catch let error where isEnd(error) {
                    throw error
                } catch {
                    errors[name] = error
                    patience[name, default: Patience()].fail(error, core)
                    due = patience[name]?.until ?? 0
                }
            }
            next = min(next, due)
        }
        return next
    }

    private func toTheEnd(
        _ name: String,
        _ collection: AnyCollection,
        _ changes: @escaping AnyCollection.Pages
    ) async throws -> Double {
        let options = CallOptions(timeLimit: core.timeLimit)
        var resets = 0
        while true {
            let cursor = try await core.database.read { $0.cursor(name) }
            let page: RawPage
            do {
                page = try await core.requests.run {
                    try await changes(cursor.since, Pull.limit, options)
                }
            } catch let error as ProblemError
                where [400, 410].contains(error.status) && cursor.since != nil
                && resets < Pull.resets
            {
                // The service does not go on from this cursor: it is too old, or not one of this
                // service at all.
                resets += 1
                try await beginAnew(name, cursor)
                continue
            }
            if page.more, page.nextSince == cursor.since {
                throw UnexpectedAnswerError(
                    status: 200,
                    reason: "a page that does not go on",
                    requestId: nil
                )
            }
            if let pollAt = try await store(name, collection, cursor, page) { return pollAt }
        }
    }

    /// The next page will be the first one of a snapshot.
    private func beginAnew(_ name: String, _ asked: Cursor) async throws {
        try await core.database.write { tables in
            var cursor = tables.cursor(name)
            guard cursor.since == asked.since else { return }
            cursor.since = nil
            cursor.whole = false
            try tables.put(cursor, of: name)
        }
    }

    /// Stores a page and where to go on, in one transaction. Returns when to ask again, or `nil` if
    /// there is more to pull now.
    private func store(
        _ name: String,
        _ collection: AnyCollection,
        _ asked: Cursor,
        _ page: RawPage
    ) async throws -> Double? {
        let core = core
        let pollAt = page.more ? nil : core.now() + pause(page.pollAfterSeconds)
        let changed: Set<String>? = try await core.database.write { tables in
            let before = tables.cursor(name)
            // Another one that believes to lead was faster.
            guard before.since == asked.since, before.generation == asked.generation else {
                return nil
            }
            let isFirst = before.since == nil
            var cursor = before
            cursor.since = page.nextSince
            cursor.generation += isFirst ? 1 : 0
            let snapshot = Snapshot(name: name, generation: cursor.generation)
            var (keys, leftOut) = try snapshot.apply(page, to: &tables, core)
            let isEnd = !page.more && (isFirst || !before.whole)
            if isEnd { keys.formUnion(try snapshot.sweep(&tables)) }
            cursor.whole = isEnd || (before.whole && !isFirst)
            cursor.ready = isEnd || before.ready
            cursor.partial = leftOut || (before.partial && !isFirst)
            cursor.pollAt = pollAt
            if pollAt != nil { cursor.pulledAt = core.now() }
            try tables.put(cursor, of: name)
            return keys
        }
        guard let changed else { return nil }
        core.watchers.tell(name, changed)
        return pollAt
    }

    /// How long to wait before the feed is asked again, in seconds: never less than it says.
    private func pause(_ seconds: Int) -> Double {
        let told = seconds > 0 ? min(seconds, Pull.mostPoll) : Pull.poll
        return Double(told) * (1 + core.random() / 5)
    }
}

/// True for what ends a round: the store is closed, or its work was cancelled.
func isEnd(_ error: any Error) -> Bool {
    error is CancellationError || (error as? OfflineError)?.reason == .closed
}

/// The snapshot that a page belongs to.
private struct Snapshot {
    let name: String
    let generation: Int

    /// Puts the items of a page into the base. Returns their keys, and whether some were left out.
    func apply(_ page: RawPage, to tables: inout Tables, _ core: Core) throws -> (
        Set<String>, leftOut: Bool
    ) {
        let most = core.collection(name).most
        var room = most - (tables.base[name]?.count ?? 0)
        var leftOut = false
        var kept: Set<String> = []
        // An item may come twice: the later one holds.
        var latest: [String: StoredItem?] = [:]
        var keys: [String] = []
        for change in page.changes {
            if latest.updateValue(change.item, forKey: change.key) == nil {
                keys.append(change.key)
            }
        }
        for key in keys {
            let known = tables.base(name, key)
            let queued = tables.writes(of: name, key)
            try overtake(&tables, queued)
            if let item = latest[key] ?? nil {
                guard known != nil || room > 0 || !queued.isEmpty else {
                    leftOut = true
                    continue
                }
                let record = core.record(name, key, item, generation: generation)
                // An answer may have brought a later version than this page, which was read before.
                if !record.isOutdated(by: known) { try tables.put(record) }
                room -= known == nil ? 1 : 0
            } else {
                tables.deleteBase(name, key)
                room += known == nil ? 0 : 1
            }
            kept.insert(key)
        }
        return (kept, leftOut)
    }

    /// Removes what the snapshot did not show, now that it is whole. Returns the keys.
    func sweep(_ tables: inout Tables) throws -> Set<String> {
        let gone = (tables.base[name] ?? [:]).values.filter { $0.generation < generation }
            .map(\.key)
        for key in gone {
            tables.deleteBase(name, key)
        }
        // A snapshot that began after these were sent has what became of them.
        let writes = tables.queue.filter { write in
            write.collection == name && write.first.map { $0.generation < generation } ?? false
        }
        try overtake(&tables, writes)
        return Set(gone)
    }

    /// Notes that the feed has told of the items of these writes.
    private func overtake(_ tables: inout Tables, _ writes: [Write]) throws {
        for var write in writes where write.last?.overtaken == false {
            write.first?.overtaken = true
            write.last?.overtaken = true
            try tables.put(write)
        }
    }
}
