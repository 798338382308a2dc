import Foundation

/// What pulling, pushing and reading share.
final class Core: Sendable {
    let database: Database
    let collections: [String: AnyCollection]
    let watchers: Watchers
    let requests = Requests()
    /// The device's clock, in seconds since 1970.
    let now: @Sendable () -> Double
    /// From 0 to 1.
    let random: @Sendable () -> Double
    /// The time limit of one call of the API.
    let timeLimit: Duration

    init(
        database: Database,
        collections: [String: AnyCollection],
        watchers: Watchers,
        now: @escaping @Sendable () -> Double,
        random: @escaping @Sendable () -> Double,
        timeLimit: Duration
    ) {
        self.database = database
        self.collections = collections
        self.watchers = watchers
        self.now = now
        self.random = random
        self.timeLimit = timeLimit
    }

    func collection(_ name: String) -> AnyCollection {
        guard let collection = collections[name] else {
            preconditionFailure("there is no collection \(name)")
        }
        return collection
    }

    /// The record of an item in the base.
    func record(
        _ name: String,
        _ key: String,
        _ item: StoredItem,
        generation: Int,
        seenAt: Double? = nil
    ) -> BaseRecord {
        BaseRecord(
            collection: name,
            key: key,
            item: item,
            generation: generation,
            indexes: collection(name).indexes(.stored(item)),
            seenAt: seenAt
        )
    }
}

/// The requests under way, which end when the store is closed.
actor Requests {
    private var tasks: [UUID: Task<Void, Never>] = [:]
    private var isClosed = false

    /// Runs a request. It fails with `closed` once the store is closed.
    func run<Value: Sendable>(
        _ request: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        if isClosed { throw OfflineError(.closed) }
        let id = UUID()
        let task = Task { try await request() }
        tasks[id] = Task {
            await withTaskCancellationHandler {
                _ = await task.result
            } onCancel: {
                task.cancel()
            }
        }
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        tasks[id] = nil
        if isClosed { throw OfflineError(.closed) }
        return try result.get()
    }

    func close() {
        isClosed = true
        for task in tasks.values {
            task.cancel()
        }
    }
}

/// Who hears of items that changed.
final class Watchers: @unchecked Sendable {
    typealias Watcher = @Sendable (_ collection: String, _ keys: Set<String>?) -> Void

    private let guarding = NSLock()
    /// `guarding` guards it.
    private var watchers: [UUID: Watcher] = [:]

    func add(_ watcher: @escaping Watcher) -> UUID {
        let id = UUID()
        guarding.withLock { watchers[id] = watcher }
        return id
    }

    func remove(_ id: UUID) {
        guarding.withLock { watchers[id] = nil }
    }

    /// Tells of items that changed; of all of a collection, if there are no keys.
    func tell(_ collection: String, _ keys: Set<String>?) {
        for watcher in guarding.withLock({ Array(watchers.values) }) {
            watcher(collection, keys)
        }
    }

    func tell(_ items: Set<ItemName>) {
        for (collection, items) in Dictionary(grouping: items, by: \.collection) {
            tell(collection, Set(items.map(\.key)))
        }
    }
}

/// How long to wait after failures: as the service says, else twice as long each time.
struct Patience {
    private static let base = 1.0
    private static let most = 300.0

    private var failures = 0
    private var isTold = false
    /// Nothing is sent before this time, in seconds since 1970.
    private(set) var until = 0.0

    /// Notes a failure.
    mutating func fail(_ error: (any Error)?, _ core: Core) {
        failures += 1
        let random = core.random()
        if let retryAfter = (error as? ProblemError)?.retryAfter {
            isTold = true
            until = core.now() + retryAfter / .seconds(1) * (1 + random / 5)
        } else {
            isTold = false
            let delay = min(Patience.most, Patience.base * pow(2, Double(failures - 1)))
            until = core.now() + delay * (1 - random / 2)
        }
    }

    mutating func succeed() {
        self = Patience()
    }

    /// Waits no longer, unless the service said how long.
    mutating func hurry() {
        if !isTold { succeed() }
    }
}

/// Runs one piece of work after another.
actor Serial {
    private var last: Task<Void, Never>?

    func run<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let before = last
        let task = Task {
            await before?.value
            try Task.checkCancellation()
            return try await work()
        }
        last = Task { _ = await task.result }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
