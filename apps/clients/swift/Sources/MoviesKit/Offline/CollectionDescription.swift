import Foundation

/// The members that the service gives each item, of whatever noun.
public protocol ServiceMembers: Codable, Sendable {
    /// A strong entity tag, quotes included.
    var etag: String { get }
    /// 1 when the item is added, one more with every change.
    var version: Int { get }
    /// When the item was added.
    var createdAt: Moment { get }
    /// When the item was last changed.
    var updatedAt: Moment { get }
}

/// An item as the screen shows it. It has the members of the item; those that the service gives are
/// `nil` in one that the service has not seen yet.
@dynamicMemberLookup
public struct LocalItem<Item: ServiceMembers>: Sendable {
    /// The item, with blanks where the service has not given a member yet.
    let whole: Item
    private let isKnown: Bool

    init(_ item: Item, isKnown: Bool) {
        whole = item
        self.isKnown = isKnown
    }

    /// The item, if the service has seen it.
    public var known: Item? { isKnown ? whole : nil }
    /// A strong entity tag, quotes included.
    public var etag: String? { known?.etag }
    /// 1 when the item is added, one more with every change.
    public var version: Int? { known?.version }
    /// When the item was added.
    public var createdAt: Moment? { known?.createdAt }
    /// When the item was last changed.
    public var updatedAt: Moment? { known?.updatedAt }

    /// The members that it has.
    func members() throws -> Members {
        let members = try Members(encoding: whole)
        return isKnown ? members : members.without(serviceMembers)
    }

    /// A member of the item.
    public subscript<Value>(dynamicMember member: KeyPath<Item, Value>) -> Value {
        whole[keyPath: member]
    }
}

extension LocalItem: Equatable where Item: Equatable {}

extension LocalItem: Hashable where Item: Hashable {}

/// A value by which items are found.
public enum IndexValue: Codable, Hashable, Comparable, Sendable, ExpressibleByStringLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral
{
    /// A number. Numbers come before texts.
    case number(Double)
    /// A text.
    case text(String)

    public init(stringLiteral value: String) { self = .text(value) }

    public init(integerLiteral value: Int) { self = .number(Double(value)) }

    public init(floatLiteral value: Double) { self = .number(value) }
}

/// What the feed tells of one item: how it is now, or that it is gone.
public struct FeedChange<Item: ServiceMembers, Id: Sendable>: Sendable {
    /// The id of the item.
    public let id: Id
    /// `nil` if the item was deleted.
    public let item: Item?
    /// The item as it came, with members that this version of the app does not know.
    let members: Members?

    /// Makes a change.
    public init(id: Id, item: Item?) {
        self.init(id: id, item: item, members: nil)
    }

    init(id: Id, item: Item?, members: Members?) {
        self.id = id
        self.item = item
        self.members = members
    }
}

/// One page of a feed.
public struct FeedPage<Item: ServiceMembers, Id: Sendable>: Sendable {
    /// What has changed.
    public let changes: [FeedChange<Item, Id>]
    /// Passed as `since` to get what comes next.
    public let nextSince: String
    /// True if the next page may be asked for at once.
    public let more: Bool
    /// When to ask again, if there is no more for now.
    public let pollAfterSeconds: Int

    /// Makes a page.
    public init(
        changes: [FeedChange<Item, Id>],
        nextSince: String,
        more: Bool,
        pollAfterSeconds: Int
    ) {
        self.changes = changes
        self.nextSince = nextSince
        self.more = more
        self.pollAfterSeconds = pollAfterSeconds
    }
}

/// Describes a noun: how its items are named, how the feed is asked, how a write is sent. Operations
/// that the noun does not have are left out; one without any is only read. The other clients call it
/// `Collection`, which is another type in Swift.
public struct CollectionDescription<
    Item: ServiceMembers,
    Id: Codable & Sendable,
    Members: Codable & Sendable,
    Changes: Codable & Sendable
>: Sendable {
    /// The members that name an item, such as `title` and `year`.
    public var idMembers: [String]

    /// The members besides those of `ServiceMembers` that the service sets and no write does.
    public var readOnlyMembers: [String] = []

    /// What an item has if a write does not say it, so that it can be shown before the service
    /// answers.
    public var defaults: [String: JSONValue] = [:]

    /// How items are found by a value. Raise `form` when they change.
    public var indexes: [String: @Sendable (LocalItem<Item>) -> [IndexValue]] = [:]

    /// When it is another number than before, the items are pulled anew. The queue stays.
    public var form = 1

    /// The largest number of items that are kept. With a feed, further new items are left out when it
    /// is reached; without one, those that were not seen for the longest time go. Items with queued
    /// writes are always kept.
    public var most: Int?

    /// The id as the service will write it, so that two spellings are one item.
    public var normalize: @Sendable (Id) -> Id = { $0 }

    /// The key of an item. Items are listed in the order of their keys, and a prefix of it finds them.
    public var key: @Sendable (Id) -> String

    /// One page of the feed. Without this, the collection holds what was given to `remember` and
    /// `refresh`.
    public var changes:
        (
            @Sendable (_ since: String?, _ limit: Int, CallOptions) async throws -> FeedPage<
                Item, Id
            >
        )?

    /// Finds one item. Fails with a 404 if there is none.
    public var find: @Sendable (Id, CallOptions) async throws -> Answer<Item>

    /// Adds an item that must not exist.
    public var add: (@Sendable (Id, Members, CallOptions) async throws -> Answer<Item>)?

    /// Adds an item or replaces it as a whole.
    public var put: (@Sendable (Id, Members, CallOptions) async throws -> Answer<Item>)?

    /// Changes an item; the member `clear` names members to remove.
    public var update: (@Sendable (Id, Changes, CallOptions) async throws -> Answer<Item>)?

    /// Deletes an item.
    public var delete: (@Sendable (Id, CallOptions) async throws -> Answer<Void>)?

    /// Describes a noun that is only read. Set what else it has.
    public init(
        idMembers: [String],
        key: @escaping @Sendable (Id) -> String,
        find: @escaping @Sendable (Id, CallOptions) async throws -> Answer<Item>
    ) {
        self.idMembers = idMembers
        self.key = key
        self.find = find
    }
}

/// An item as it came: its text, and what the store has to know of it.
struct StoredItem: Codable, Hashable, Sendable {
    let text: String
    let etag: String
    let version: Int
    let createdAt: String

    private struct Known: Codable {
        let etag: String
        let version: Int
        let createdAt: String
    }

    init(_ data: Data) throws {
        let known = try JSONDecoder().decode(Known.self, from: data)
        text = String(decoding: data, as: UTF8.self)
        etag = known.etag
        version = known.version
        createdAt = known.createdAt
    }

    init(_ members: Members) throws {
        try self.init(JSONEncoder().encode(members))
    }

    var members: Members {
        // It was decoded when it came.
        (try? JSONDecoder().decode(Members.self, from: Data(text.utf8))) ?? [:]
    }

    /// True if this is a later version of what `other` is. An item that was added again is another
    /// one.
    func isLater(than other: StoredItem) -> Bool {
        createdAt == other.createdAt && version > other.version
    }
}

/// An answer to a write or to the search for an item.
struct RawAnswer: Sendable {
    let item: StoredItem?
    let etag: String?
    let replayed: Bool
}

/// A page of a feed.
struct RawPage: Sendable {
    struct Change: Sendable {
        let key: String
        let item: StoredItem?
    }

    let changes: [Change]
    let nextSince: String
    let more: Bool
    let pollAfterSeconds: Int
}

/// A collection of anything.
struct AnyCollection: Sendable {
    typealias Pages = @Sendable (String?, Int, CallOptions) async throws -> RawPage
    typealias Send = @Sendable (_ id: Members, Members, CallOptions) async throws -> RawAnswer

    let idMembers: [String]
    let readOnlyMembers: [String]
    let defaults: Members
    let form: Int
    let most: Int
    /// The id as the service will write it, with its key.
    let name: @Sendable (_ id: Members) throws -> (id: Members, key: String)
    let changes: Pages?
    let find: @Sendable (_ id: Members, CallOptions) async throws -> RawAnswer
    let send: [WriteOperation: Send]
    let indexes: @Sendable (Content) -> [String: [IndexValue]]
    /// An item without the members that this version of the app does not know.
    let known: @Sendable (StoredItem) -> Members

    init<Item, Id, Given, Changes>(_ noun: CollectionDescription<Item, Id, Given, Changes>) {
        idMembers = noun.idMembers
        readOnlyMembers = noun.readOnlyMembers
        defaults = noun.defaults
        form = noun.form
        most = noun.most ?? .max
        name = { id in
            let id = noun.normalize(try made(id))
            return (try Members(encoding: id), noun.key(id))
        }
        changes = noun.changes.map { changes -> Pages in
            return { since, limit, options in
                let page = try await changes(since, limit, options)
                return RawPage(
                    changes: try page.changes.map { change in
                        let members = try change.item.map {
                            try change.members ?? Members(encoding: $0)
                        }
                        return RawPage.Change(
                            key: noun.key(change.id),
                            item: try members.map { try StoredItem($0) }
                        )
                    },
                    nextSince: page.nextSince,
                    more: page.more,
                    pollAfterSeconds: page.pollAfterSeconds
                )
            }
        }
        find = { id, options in try await RawAnswer(noun.find(made(id), options)) }
        var send: [WriteOperation: Send] = [:]
        // A body may have the id, too.
        send[.add] = noun.add.map { add -> Send in
            return { id, members, options in
                try await RawAnswer(add(made(id), made(members.with(id)), options))
            }
        }
        send[.put] = noun.put.map { put -> Send in
            return { id, members, options in
                try await RawAnswer(put(made(id), made(members.with(id)), options))
            }
        }
        send[.update] = noun.update.map { update -> Send in
            return { id, members, options in
                try await RawAnswer(update(made(id), made(members.with(id)), options))
            }
        }
        send[.delete] = noun.delete.map { delete -> Send in
            return { id, _, options in
                let answer = try await delete(made(id), options)
                return RawAnswer(item: nil, etag: answer.etag, replayed: answer.replayed)
            }
        }
        self.send = send
        indexes = { content in
            guard !noun.indexes.isEmpty, let item = content.local(as: Item.self) else { return [:] }
            return noun.indexes.mapValues { $0(item) }
        }
        known = { item in
            let local = Content.stored(item).local(as: Item.self)
            return (try? local?.members()) ?? item.members
        }
    }
}

/// A write that no request can be made of.
struct RequestCannotBeMade: Error {
    let cause: (any Error)?
}

private func made<Value: Decodable>(_ members: Members) throws -> Value {
    do {
        return try members.decoded()
    } catch {
        throw RequestCannotBeMade(cause: error)
    }
}

extension RawAnswer {
    init<Item: ServiceMembers>(_ answer: Answer<Item>) throws {
        self.init(
            // An answer that a description of the app's own has made may have no body.
            item: try answer.body.isEmpty
                ? StoredItem(JSONEncoder().encode(answer.value)) : StoredItem(answer.body),
            etag: answer.etag ?? answer.value.etag,
            replayed: answer.replayed
        )
    }
}

/// What is shown of an item: what the service has, or that with writes on top.
enum Content: Sendable {
    case stored(StoredItem)
    case made(Members)

    var members: Members {
        switch self {
        case .stored(let item): item.members
        case .made(let members): members
        }
    }

    /// The item as a type; `nil` if it lacks what the type needs.
    func local<Item: ServiceMembers>(as: Item.Type) -> LocalItem<Item>? {
        switch self {
        case .stored(let item):
            return (try? JSONDecoder().decode(Item.self, from: Data(item.text.utf8)))
                .map { LocalItem($0, isKnown: true) }
        case .made(let members):
            let isKnown = serviceMembers.allSatisfy { members[$0] != nil }
            // Nobody sees these: see `LocalItem`.
            let blank: Members = ["etag": "", "version": 0, "createdAt": "", "updatedAt": ""]
            return (try? blank.with(members).decoded() as Item)
                .map { LocalItem($0, isKnown: isKnown) }
        }
    }
}
