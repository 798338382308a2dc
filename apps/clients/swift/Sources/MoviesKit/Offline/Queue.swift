import Foundation

/// Takes writes, and what the user decides about them. Each call is one transaction that waits for the
/// disk.
struct Queue: Sendable {
    let core: Core
    /// How many writes may be in the queue.
    let limit: Int

    /// Takes a write. When it returns, the write is on disk.
    ///
    /// - Parameter seen: The item as the user saw it, if that may be older than what is on this device
    ///   now.
    func add(
        _ name: String,
        _ operation: WriteOperation,
        _ id: Members,
        _ members: Members,
        seen: Members? = nil
    ) async throws {
        var draft = try draft(name, operation, id, members)
        draft.seen = seen
        try await core.database.write(durable: true) { [draft] in try add(draft, to: &$0) }
        core.watchers.tell(name, [draft.key])
    }

    /// Sends the write that is in conflict again, on top of what others have made of the item. One
    /// whose item they have deleted adds it again as a whole.
    func keepMine(_ name: String, _ key: String) async throws {
        let collection = core.collection(name)
        try await core.database.write(durable: true) { tables in
            let writes = tables.writes(of: name, key)
            guard let write = writes.first(where: { $0.state == .conflict }) else { return }
            var again = write
            again.state = .waiting
            again.first = nil
            again.last = nil
            again.reason = nil
            again.ifMatch = nil
            again.idempotencyKey = newKey()
            let canPut = collection.send[.put] != nil
            if let base = tables.base(name, key) {
                if write.operation == .add { again.operation = canPut ? .put : .update }
                again.ifMatch = base.item.etag
                // What others have made of the item is what the user has seen now, and goes over.
                again.before = base.item.members
                try tables.put(again)
            } else if write.operation == .delete {
                tables.deleteWrite(write.seq)
                try release(&tables, behind: write, etag: nil)
            } else {
                if write.operation == .update {
                    let whole = collection.applying(write, to: nil) ?? [:]
                    again.operation = canPut ? .put : .add
                    again.members = collection.writable(whole)
                }
                try tables.put(again)
            }
        }
        core.watchers.tell(name, [key])
    }

    /// Drops all that waits for an item.
    func takeTheirs(_ name: String, _ key: String) async throws {
        try await core.database.write(durable: true) { tables in
            for write in tables.writes(of: name, key) where write.state != .refused {
                tables.deleteWrite(write.seq)
            }
        }
        core.watchers.tell(name, [key])
    }

    /// Puts a refused write at the end of the queue again, or drops it.
    func settleRefused(_ seq: Int, retry: Bool) async throws {
        let item: ItemName? = try await core.database.write(durable: true) { tables in
            guard let write = tables.write(seq), write.state == .refused else { return nil }
            tables.deleteWrite(seq)
            if retry {
                let draft = try draft(write.collection, write.operation, write.id, write.members)
                try add(draft, to: &tables)
            }
            return write.item
        }
        if let item { core.watchers.tell(item.collection, [item.key]) }
    }

    private struct Draft {
        let collection: String
        let key: String
        let id: Members
        var operation: WriteOperation
        var members: Members
        /// The item as the user saw it, if that may be older than what is on this device now.
        var seen: Members?
    }

    private func draft(
        _ name: String,
        _ operation: WriteOperation,
        _ id: Members,
        _ members: Members
    ) throws -> Draft {
        guard let collection = core.collections[name], collection.send[operation] != nil else {
            throw OfflineError(.notOffered)
        }
        let (id, key) = try collection.name(id)
        return Draft(
            collection: name,
            key: key,
            id: id,
            operation: operation,
            members: members.without(collection.idMembers)
        )
    }

    private func add(_ given: Draft, to tables: inout Tables) throws {
        var draft = given
        let collection = core.collection(draft.collection)
        let base = tables.base(draft.collection, draft.key)?.item
        let writes = tables.writes(of: draft.collection, draft.key)
        var live = writes.filter { $0.state != .refused }
        let shown = collection.shown(draft.key, base: base, writes: live)
        let made = writes.filter { $0.state == .refused && $0.creates }
        if base == nil, live.isEmpty, let corrected = made.last {
            // What the user makes of an item whose addition was refused takes the place of the
            // addition.
            for write in made { tables.deleteWrite(write.seq) }
            if draft.operation == .delete { return }
            if draft.operation == .update {
                draft.members = collection.mergedMembers(corrected, draft.members)
                draft.operation = corrected.operation
            }
        } else if let shown {
            if draft.operation == .add { throw OfflineError(.itemExists) }
            if let conflict = shown.conflict, conflict.mine == nil {
                // Who goes on with an item does not want to delete it any more.
                for write in live { tables.deleteWrite(write.seq) }
                live = []
            }
        } else if [.update, .delete].contains(draft.operation),
            draft.seen?["etag"] == nil
        {
            throw OfflineError(.itemUnknown)
        }
        if let last = live.last, last.first == nil, last.state == .waiting {
            switch collection.merged(last, draft.operation, draft.members) {
            case .nothing: return tables.deleteWrite(last.seq)
            case .one(let write): return try tables.put(write)
            case .apart: break
            }
        }
        // The first write of an item is guarded by an entity tag, and the others by its answer.
        let isGuarded = live.isEmpty && draft.operation != .add
        let guarding = isGuarded ? guardOf(given, base) : Guard()
        guard tables.queue.count < limit else { throw OfflineError(.queueFull) }
        try tables.add(
            Write(
                seq: 0,
                collection: draft.collection,
                key: draft.key,
                id: draft.id,
                operation: draft.operation,
                members: draft.members,
                before: guarding.before ?? shown?.content.members,
                idempotencyKey: newKey(),
                ifMatch: guarding.ifMatch,
                chained: !live.isEmpty,
                madeAt: core.now(),
                state: guarding.reason == nil ? .waiting : .conflict,
                reason: guarding.reason
            )
        )
    }

    /// What tells whether others have changed the item since the user saw it.
    private struct Guard {
        var ifMatch: String?
        /// `nil`: what is shown.
        var before: Members?
        var reason: ConflictReason?
    }

    /// The guard of a write: the entity tag of what the user saw.
    private func guardOf(_ draft: Draft, _ base: StoredItem?) -> Guard {
        let collection = core.collection(draft.collection)
        let ofBase = Guard(ifMatch: base?.etag)
        guard let seen = draft.seen else { return ofBase }
        if let base {
            // What the user saw may have been sent since, and have another entity tag now.
            let saw = collection.writable(seen)
            if collection.isWanted(.put, saw, before: collection.known(base), base) { return ofBase }
        }
        if let etag = seen["etag"]?.text { return Guard(ifMatch: etag, before: seen) }
        // The user saw it before the service did: there is nothing that the service could compare.
        let isFine =
            base == nil || collection.isWanted(draft.operation, draft.members, before: seen, base)
        return isFine ? ofBase : Guard(ifMatch: base?.etag, before: seen, reason: .changed)
    }
}

/// Gives the write behind this one the entity tag that the item has now.
func release(_ tables: inout Tables, behind write: Write, etag: String?) throws {
    guard var next = following(tables, write) else { return }
    next.chained = false
    if next.operation != .add, let etag { next.ifMatch = etag }
    try tables.put(next)
}

/// The next write of the item that goes on.
func following(_ tables: Tables, _ write: Write) -> Write? {
    tables.writes(of: write.collection, write.key)
        .first { $0.seq > write.seq && $0.state != .refused }
}
