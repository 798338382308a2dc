import Foundation

/// What a write does. `put` adds or replaces the whole item.
public enum WriteOperation: String, Codable, Sendable {
    case add, put, update, delete
}

/// Where a write has got to.
public enum WriteState: String, Codable, Sendable {
    /// It waits for its turn or for an answer.
    case waiting
    /// It waits until the user decides.
    case conflict
    /// The service has refused it.
    case refused
}

/// Why the user has to decide.
public enum ConflictReason: String, Codable, Sendable {
    /// Somebody else changed the item.
    case changed
    /// Somebody else deleted it.
    case deleted
    /// Another one with this id was added before.
    case exists
    /// Whether the item was added is not known any more, and it is not there now.
    case expired
}

/// The state of an item on the screen. `conflict` wins over `refused`, and that over `waiting`.
public enum ItemState: String, Sendable {
    case synced, waiting, refused, conflict
}

/// The moment at which a write was sent.
struct Attempt: Codable, Hashable, Sendable {
    /// How many there were with it: another process may have made the next one.
    let number: Int
    /// By the device's clock, in seconds since 1970.
    let at: Double
    /// The generation of the base.
    let generation: Int
    /// True if the feed has told of the item since: the base may be newer than an answer to this
    /// attempt.
    var overtaken = false
}

/// A write in the queue.
struct Write: Codable, Hashable, Sendable {
    /// Its number, in the order in which writes were made.
    var seq: Int
    let collection: String
    let key: String
    let id: Members
    var operation: WriteOperation
    /// The body without the id.
    var members: Members
    /// The item as it was shown before, which the user changed.
    var before: Members?
    var idempotencyKey: String
    /// The entity tag that the item must have. `nil` if the write creates the item.
    var ifMatch: String?
    /// True while a write of the same item is before it, whose answer gives the entity tag.
    var chained: Bool
    let madeAt: Double
    /// When it was sent for the first time. From then on it is frozen.
    var first: Attempt?
    /// When it was sent the last time.
    var last: Attempt?
    var state: WriteState
    var reason: ConflictReason?
    var problem: Problem?

    /// True if it makes an item that was not there. Repeating such a write is not harmless.
    var creates: Bool {
        (operation == .add || operation == .put) && ifMatch == nil && !chained
    }
}

/// An item on the screen: what the service has, with the queued writes on top.
struct ShownItem: Sendable {
    struct Conflict: Sendable {
        let reason: ConflictReason
        let mine: Content?
        let theirs: StoredItem?
        let before: Members?
    }

    let key: String
    let content: Content
    let state: ItemState
    var conflict: Conflict?
}

let serviceMembers = ["etag", "version", "createdAt", "updatedAt"]

/// A UUID for a write.
func newKey() -> String {
    UUID().uuidString.lowercased()
}

extension AnyCollection {
    /// The item after a write.
    func applying(_ write: Write, to item: Members?) -> Members? {
        switch write.operation {
        case .delete:
            nil
        case .update:
            defaults.with(changed(item ?? write.before ?? write.id, by: write.members))
        case .add, .put:
            (item ?? [:]).only(serviceMembers + readOnlyMembers)
                .with(defaults).with(write.id).with(write.members)
        }
    }

    /// An item with the base and its writes, in their order. `nil` if nothing is shown.
    func shown(_ key: String, base: StoredItem?, writes: [Write]) -> ShownItem? {
        let live = writes.filter { $0.state != .refused }
        if live.isEmpty, let base {
            let state: ItemState = writes.isEmpty ? .synced : .refused
            return ShownItem(key: key, content: .stored(base), state: state)
        }
        let conflict = live.first { $0.state == .conflict }
        let mine = live.reduce(base?.members) { item, write in applying(write, to: item) }
        var content = mine.map { Content.made($0) }
        if conflict != nil {
            // What the user wants to delete, and others changed, has to be seen.
            content = content ?? base.map { .stored($0) }
        } else if live.isEmpty {
            // What the user made does not vanish because it was refused.
            content = writes.last(where: \.creates).flatMap { applying($0, to: nil) }
                .map { .made($0) }
        }
        guard let content else { return nil }
        if let conflict, let reason = conflict.reason {
            return ShownItem(
                key: key,
                content: content,
                state: .conflict,
                conflict: ShownItem.Conflict(
                    reason: reason,
                    mine: mine.map { .made($0) },
                    theirs: base,
                    before: conflict.before
                )
            )
        }
        let state: ItemState =
            writes.count > live.count ? .refused : live.isEmpty ? .synced : .waiting
        return ShownItem(key: key, content: content, state: state)
    }

    /// What becomes of a write that was not sent yet, and another one behind it.
    enum Merged {
        case apart, nothing
        case one(Write)
    }

    /// A write that does what both do.
    func merged(_ first: Write, _ operation: WriteOperation, _ members: Members) -> Merged {
        if first.operation == .delete { return .apart }
        var one = first
        switch operation {
        case .add:
            return .apart
        case .delete:
            if first.operation == .add || first.creates { return .nothing }
            one.operation = .delete
            one.members = members
        case .update:
            one.members = mergedMembers(first, members)
        case .put:
            one.members = members
            one.operation = first.operation == .add ? .add : .put
        }
        return .one(one)
    }

    /// The members of a write with changes on top.
    func mergedMembers(_ first: Write, _ changes: Members) -> Members {
        guard first.operation == .update else {
            return writable(changed(first.members, by: changes))
        }
        let gone = names(changes["clear"])
        let set = changes.without(["clear"])
        var clear: [String] = []
        for name in names(first.members["clear"]) + gone
        where set[name] == nil && !clear.contains(name) {
            clear.append(name)
        }
        var members = first.members.without(gone + ["clear"]).with(set)
        if !clear.isEmpty { members["clear"] = .list(clear.map { .string($0) }) }
        return members
    }

    /// The members of an item that a write may have.
    func writable(_ item: Members) -> Members {
        item.without(serviceMembers + idMembers + readOnlyMembers)
    }

    /// True if the item is as a write wants it. A member that neither the write nor the item before it
    /// had is not looked at: a newer service may give each item one.
    func isWanted(
        _ operation: WriteOperation,
        _ members: Members,
        before: Members?,
        _ item: StoredItem?
    ) -> Bool {
        guard operation != .delete, let item = item?.members else {
            return operation == .delete && item == nil
        }
        if operation == .update {
            let set = members.without(["clear"])
            return set.allSatisfy { same(item[$0.key], $0.value) }
                && names(members["clear"]).allSatisfy { same(item[$0], nil) }
        }
        let wanted = defaults.with(members)
        // A whole item takes away what was there before.
        let all = writable(before ?? [:]).with(wanted)
        return all.keys.allSatisfy { same(item[$0], wanted[$0]) }
    }
}

private func changed(_ item: Members, by changes: Members) -> Members {
    item.without(names(changes["clear"])).with(changes.without(["clear"]))
}

private func names(_ clear: JSONValue?) -> [String] {
    guard case .list(let names)? = clear else { return [] }
    return names.compactMap(\.text)
}

/// True if the service may have made one of the other. It trims texts and has lists always.
private func same(_ got: JSONValue?, _ wanted: JSONValue?) -> Bool {
    switch (got, wanted) {
    case (nil, let one?), (let one?, nil):
        one == .list([])
    case (.string(let got)?, .string(let wanted)?):
        asStored(got) == asStored(wanted)
    case (.list(let got)?, .list(let wanted)?):
        got.count == wanted.count && zip(got, wanted).allSatisfy { same($0, $1) }
    case (.object(let got)?, .object(let wanted)?):
        Set(got.keys).union(wanted.keys).allSatisfy { same(got[$0], wanted[$0]) }
    default:
        got == wanted
    }
}

/// A text as the service stores it.
func asStored(_ text: String) -> String {
    text.precomposedStringWithCanonicalMapping.trimmingCharacters(in: .whitespacesAndNewlines)
}
