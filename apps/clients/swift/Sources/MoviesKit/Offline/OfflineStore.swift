import Foundation

/// The options of a store.
public struct OfflineStoreOptions: Sendable {
    /// The name of the rows in the storage. An app with two sessions, such as one for each stage,
    /// names two.
    public var name: String

    /// How many writes may wait.
    public var queueLimit: Int

    /// The time limit of one call of the API with its attempts.
    public var timeLimit: Duration

    /// The clock of this device.
    public var now: @Sendable () -> Date

    /// A random number from 0 to 1, for the times between polls.
    public var random: @Sendable () -> Double

    /// Makes options.
    public init(
        name: String = "movies-client",
        queueLimit: Int = 1000,
        timeLimit: Duration = .seconds(60),
        now: @escaping @Sendable () -> Date = { Date() },
        random: @escaping @Sendable () -> Double = { .random(in: 0...1) }
    ) {
        self.name = name
        self.queueLimit = queueLimit
        self.timeLimit = timeLimit
        self.now = now
        self.random = random
    }
}

/// A write in the queue, or one that was refused.
public struct QueuedWrite: Sendable, Identifiable {
    /// Names it in `retry` and `discard`.
    public let seq: Int
    /// The name of its collection.
    public let collection: String
    /// The key of its item.
    public let key: String
    /// The id of its item.
    public let itemId: [String: JSONValue]
    /// What it does.
    public let operation: WriteOperation
    /// What it sets.
    public let members: [String: JSONValue]
    /// Where it has got to.
    public let state: WriteState
    /// Why it was refused.
    public let problem: Problem?
    /// When it was made.
    public let madeAt: Date
    /// True if it was sent once or more: it may have been done.
    public let tried: Bool

    public var id: Int { seq }
}

/// How a store is doing.
public struct OfflineStatus: Sendable {
    /// True if this process is the one that pulls and sends by itself.
    public internal(set) var leads = false
    /// False while the user is signed out: nothing is sent, and the queue is kept.
    public internal(set) var signedIn = true
    /// True after `close`, after a wipe, and when another user has signed in.
    public internal(set) var closed = false
    /// How many writes wait.
    public internal(set) var waiting = 0
    /// How many writes are in conflict.
    public internal(set) var conflicts = 0
    /// How many writes were refused.
    public internal(set) var refused = 0
    /// Why the queue could not be sent the last time, by this process.
    public internal(set) var pushError: (any Error)?
    /// How far each collection is pulled.
    public internal(set) var collections: [String: CollectionStatus] = [:]
}

/// How far a collection is pulled.
public struct CollectionStatus: Sendable {
    /// True once all items were pulled.
    public let ready: Bool
    /// True if there are more than are kept.
    public let partial: Bool
    /// When it was last pulled to its end.
    public let pulledAt: Date?
    /// Why it could not be pulled the last time, by this process.
    public let error: (any Error)?
}

/// Takes the descriptions of the collections of a store.
public final class CollectionList {
    private let desk: Desk
    fileprivate var collections: [String: AnyCollection] = [:]

    fileprivate init(desk: Desk) {
        self.desk = desk
    }

    /// Adds a collection. Its name is that of its rows: it stays the same from one version of the app
    /// to the next.
    public func add<Item, Id, Given, Changes>(
        _ name: String,
        _ description: CollectionDescription<Item, Id, Given, Changes>
    ) -> OfflineCollection<Item, Id, Given, Changes> {
        precondition(!name.contains("\n"), "a name of a collection is one line")
        collections[name] = AnyCollection(description)
        return OfflineCollection(desk: desk, name: name)
    }
}

/// Keeps items on the device, shows them without a network, and sends what the user did when there is
/// one. One store is of one user; each user has rows of their own. Open it once in each process, and hold it: one that
/// nobody holds is closed.
public final class OfflineStore<Collections: Sendable>: Sendable {
    /// The collections, as `describe` has made them.
    public let collections: Collections

    private let engine: Engine
    private let queue: Queue

    /// Opens the store of the user who is signed in, also without a network. Fails with
    /// `SessionEndedError` if nobody is signed in, and with `OfflineError` if nothing can be stored, or
    /// a newer version of the app has stored.
    ///
    /// - Parameters:
    ///   - client: Whose session and operations it takes.
    ///   - storage: Where it stores.
    ///   - options: What seldom has to differ.
    ///   - describe: Makes the collections with the operations of this user.
    public static func open(
        _ client: MoviesClient,
        storage: any OfflineStorage,
        options: OfflineStoreOptions = OfflineStoreOptions(),
        describe: @Sendable (MoviesApi, CollectionList) -> Collections
    ) async throws -> OfflineStore<Collections> {
        guard let userId = try await client.session.userId else {
            throw SessionEndedError(requestId: nil)
        }
        let desk = Desk()
        let list = CollectionList(desk: desk)
        let collections = describe(client.apiFor(userId: userId), list)
        let watchers = Watchers()
        let rows: any OfflineRows
        do {
            rows = try storage.rows(of: userId, store: options.name)
        } catch {
            throw OfflineError(ofStorage: error)
        }
        let database = Database(rows: rows) { items in
            watchers.tell(items)
            Task { await desk.engine?.heard() }
        } lost: {
            Task { await desk.engine?.close() }
        }
        let core = Core(
            database: database,
            collections: list.collections,
            watchers: watchers,
            now: { options.now().timeIntervalSince1970 },
            random: options.random,
            timeLimit: options.timeLimit
        )
        let engine = Engine(
            core: core,
            session: client.session,
            userId: userId,
            storage: storage,
            store: options.name
        )
        let queue = Queue(core: core, limit: options.queueLimit)
        desk.open(core, queue, engine)
        do {
            try await engine.open(client.accounts)
        } catch {
            await engine.close()
            throw error
        }
        return OfflineStore(collections: collections, engine: engine, queue: queue)
    }

    private init(collections: Collections, engine: Engine, queue: Queue) {
        self.collections = collections
        self.engine = engine
        self.queue = queue
    }

    deinit {
        let engine = engine
        Task { await engine.close() }
    }

    /// How the store is doing.
    public var status: OfflineStatus {
        get async { await engine.currentStatus() }
    }

    /// How the store is doing, now and after each change of it or of any item or write. It ends when
    /// the store is closed.
    public var changes: AsyncStream<OfflineStatus> {
        get async { await engine.changes() }
    }

    /// All writes in the queue and those that were refused, in the order in which they were made.
    public func writes() async throws -> [QueuedWrite] {
        try await engine.core.database.read { tables in
            tables.queue.map { write in
                QueuedWrite(
                    seq: write.seq,
                    collection: write.collection,
                    key: write.key,
                    itemId: write.id,
                    operation: write.operation,
                    members: write.members,
                    state: write.state,
                    problem: write.problem,
                    madeAt: Date(timeIntervalSince1970: write.madeAt),
                    tried: write.first != nil
                )
            }
        }
    }

    /// Puts a refused write at the end of the queue.
    public func retry(_ seq: Int) async throws {
        try await queue.settleRefused(seq, retry: true)
        await engine.pushSoon()
    }

    /// Drops a refused write.
    public func discard(_ seq: Int) async throws {
        try await queue.settleRefused(seq, retry: false)
    }

    /// Pulls and sends by itself from now on, in one process at a time. Call it when the app comes to
    /// the front, and again when the network may be back.
    public func start() async {
        await engine.start()
    }

    /// Pulls and sends no more by itself, and lets another process lead. Call it when the app leaves
    /// the front. What is under way is cancelled, and sent again later with its key.
    public func stop() async {
        await engine.stop()
    }

    /// Pulls soon: for a message that says that something has changed.
    public func pullSoon() async {
        await engine.pullSoon()
    }

    /// Pulls, then sends what can be sent, whatever process leads. Returns when it was tried; `status`
    /// tells with which result. Fails with `SessionEndedError` if the user is not signed in.
    public func sync() async throws {
        try await engine.sync()
    }

    /// Stops. What is stored stays.
    public func close() async {
        await engine.close()
    }

    /// Removes all that is stored for this user, and closes. `Accounts` calls it when the user signs
    /// out.
    public func wipe() async throws {
        try await engine.wipe()
    }
}

extension OfflineStore where Collections == Void {
    /// Removes what is stored for all users, for an app that signs out without an open store. Close
    /// all stores before.
    public static func wipeAll(
        in storage: any OfflineStorage,
        name: String = OfflineStoreOptions().name
    ) async throws {
        try await storage.removeAll(store: name)
    }
}
