import Foundation

/// What the collections of a store share. It is empty until the store is open.
final class Desk: @unchecked Sendable {
    private let guarding = NSLock()
    /// `guarding` guards these.
    private var openedCore: Core?
    private var openedQueue: Queue?
    private weak var openedEngine: Engine?

    func open(_ core: Core, _ queue: Queue, _ engine: Engine) {
        guarding.withLock {
            openedCore = core
            openedQueue = queue
            openedEngine = engine
        }
    }

    var engine: Engine? { guarding.withLock { openedEngine } }

    func core() throws -> Core {
        guard let core = guarding.withLock({ openedCore }) else { throw OfflineError(.closed) }
        return core
    }

    func queue() throws -> Queue {
        guard let queue = guarding.withLock({ openedQueue }) else { throw OfflineError(.closed) }
        return queue
    }
}

/// The items of one noun, on this device. Reading works at once, without a network. A write is on disk
/// when its call returns; it is sent later.
public struct OfflineCollection<
    Item: ServiceMembers,
    Id: Codable & Sendable,
    Members: Codable & Sendable,
    Changes: Codable & Sendable
>: Sendable {
    /// Which items, and in which order.
    public typealias Query = ItemQuery<Item>

    private let desk: Desk
    private let name: String

    init(desk: Desk, name: String) {
        self.desk = desk
        self.name = name
    }

    // MARK: - Reading

    /// The item with this id.
    public func get(_ id: Id) async throws -> Shown<Item>? {
        try await query(Query(key: key(id))).first
    }

    /// The items of a query; all without one. An item that lacks what its type needs is left out.
    public func query(_ query: Query = Query()) async throws -> [Shown<Item>] {
        try await reader(query).items()
    }

    /// The items of a query now and after each change, also by other processes. The sequence ends
    /// when the store is closed, with no items.
    public func live(_ query: Query = Query()) throws -> AsyncStream<[Shown<Item>]> {
        try reader(query).live { $0 }
    }

    /// The item with this id now and after each change; `nil` if there is none.
    public func liveItem(_ id: Id) throws -> AsyncStream<Shown<Item>?> {
        try reader(Query(key: key(id))).live(\.first)
    }

    // MARK: - Writing

    /// Adds an item that is not there.
    public func add(_ id: Id, _ members: Members) async throws {
        try await write(.add, id, members)
    }

    /// Adds an item, or replaces it as a whole.
    ///
    /// - Parameter seen: The item as the user saw it, for a form: others may change it while the form
    ///   is open, or the app may have it from a search. If others have changed it, the write becomes a
    ///   conflict. Without it, the user saw the item that is on this device now.
    public func put(_ id: Id, _ members: Members, seen: LocalItem<Item>? = nil) async throws {
        try await write(.put, id, members, seen: seen)
    }

    /// Changes an item.
    ///
    /// - Parameter seen: The item as the user saw it, as for `put`.
    public func update(_ id: Id, _ changes: Changes, seen: LocalItem<Item>? = nil) async throws {
        try await write(.update, id, changes, seen: seen)
    }

    /// Deletes an item.
    ///
    /// - Parameter seen: The item as the user saw it, as for `put`.
    public func delete(_ id: Id, seen: LocalItem<Item>? = nil) async throws {
        try await write(.delete, id, NoMembers(), seen: seen)
    }

    // MARK: - Deciding

    /// Ends a conflict: what the user did is sent on top of what others did.
    public func keepMine(_ id: Id) async throws {
        try await desk.queue().keepMine(name, key(id))
        await desk.engine?.pushSoon()
    }

    /// Ends a conflict: drops all that waits for the item. Without a conflict it does so, too.
    public func takeTheirs(_ id: Id) async throws {
        try await desk.queue().takeTheirs(name, key(id))
    }

    // MARK: - Without a feed

    /// Keeps items that came from the service, such as those of a search. Only for collections
    /// without a feed.
    public func remember(_ items: [Item]) async throws {
        try await remember(items.map { try StoredItem(JSONEncoder().encode($0)) })
    }

    /// Asks the service for an item and keeps it. Only for collections without a feed.
    public func refresh(_ id: Id) async throws {
        let (core, name, key) = (try desk.core(), name, try key(id))
        let collection = try withoutFeed(core)
        do {
            let given = try MoviesKit.Members(encoding: id)
            let answer = try await core.requests.run {
                try await collection.find(given, CallOptions(timeLimit: core.timeLimit))
            }
            try await remember(answer.item.map { [$0] } ?? [])
        } catch let error as ProblemError where error.status == 404 {
            try await core.database.write { $0.deleteBase(name, key) }
            core.watchers.tell(name, [key])
        }
    }

    private func remember(_ items: [StoredItem]) async throws {
        let (core, name) = (try desk.core(), name)
        let collection = try withoutFeed(core)
        let records = try items.map { item in
            let key = try collection.name(item.members).key
            return core.record(name, key, item, generation: 0, seenAt: core.now())
        }
        let forgotten = try await core.database.write { tables in
            for record in records { try tables.putUnlessOutdated(record) }
            // Makes room: those that were not seen for the longest time go, unless something waits
            // for them.
            let excess = (tables.base[name]?.count ?? 0) - collection.most
            guard excess > 0 else { return Set<String>() }
            let needed = Set(tables.queue.filter { $0.collection == name }.map(\.key))
            let oldest = (tables.base[name] ?? [:]).values
                .filter { !needed.contains($0.key) }
                .sorted { ($0.seenAt ?? 0, $0.key) < ($1.seenAt ?? 0, $1.key) }
                .prefix(excess)
                .map(\.key)
            for key in oldest { tables.deleteBase(name, key) }
            return Set(oldest)
        }
        core.watchers.tell(name, forgotten.union(records.map(\.key)))
    }

    private func withoutFeed(_ core: Core) throws -> AnyCollection {
        let collection = core.collection(name)
        guard collection.changes == nil else { throw OfflineError(.notOffered) }
        return collection
    }

    private func reader(_ query: Query) throws -> Reader<Item> {
        Reader(core: try desk.core(), name: name, query: query)
    }

    private func key(_ id: Id) throws -> String {
        try desk.core().collection(name).name(MoviesKit.Members(encoding: id)).key
    }

    private func write(
        _ operation: WriteOperation,
        _ id: Id,
        _ members: some Encodable,
        seen: LocalItem<Item>? = nil
    ) async throws {
        let (id, members) = (
            try MoviesKit.Members(encoding: id), try MoviesKit.Members(encoding: members)
        )
        try await desk.queue().add(name, operation, id, members, seen: seen?.members())
        await desk.engine?.pushSoon()
    }
}

extension OfflineCollection
where Id == MovieKeyRequest, Members == AddMovieRequest, Changes == UpdateMovieRequest {
    /// Adds a movie that is not there.
    public func add(_ movie: AddMovieRequest) async throws {
        try await add(MovieKeyRequest(title: movie.title, year: movie.year), movie)
    }

    /// Changes a movie.
    ///
    /// - Parameter seen: The movie as the user saw it, as for `put`.
    public func update(_ changes: UpdateMovieRequest, seen: LocalItem<Item>? = nil) async throws {
        let movie = MovieKeyRequest(title: changes.title, year: changes.year)
        try await update(movie, changes, seen: seen)
    }
}
