import Foundation

@testable import MoviesKit

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A value that tests change while others read it.
final class Shared<Value: Sendable>: @unchecked Sendable {
    private let guarding = NSLock()
    private var value: Value

    init(_ value: Value) {
        self.value = value
    }

    var now: Value {
        get { guarding.withLock { value } }
        set { guarding.withLock { value = newValue } }
    }

    func change<Result>(_ work: (inout Value) -> Result) -> Result {
        guarding.withLock { work(&value) }
    }
}

/// The collections of the tests.
struct TestCollections: Sendable {
    let movies: OfflineMovies
    let watchlist: OfflineWatchlist
}

typealias TestStore = OfflineStore<TestCollections>

/// A phone: a storage of its own, a clock and a network that can be turned off.
actor Device {
    struct Options: Sendable {
        var storage: any OfflineStorage
        /// The most items that a page of a feed may hold.
        var pageLimit = 100
        /// The `form` of the watchlist.
        var form = 1
        /// The largest number of entries and of movies.
        var most = 1000
        /// What is kept of the movies.
        var keep = KeptMovies.all
        var queueLimit = 1000
        var timeLimit = Duration.seconds(60)
        var clock: @Sendable () -> Double = { Date().timeIntervalSince1970 }
        var random: @Sendable () -> Double = { .random(in: 0...1) }
        /// Runs before a request leaves and before its answer arrives.
        var pause: @Sendable () async -> Void = {}
    }

    nonisolated let client: MoviesClient
    nonisolated let isOnline = Shared(true)
    /// What the clock is ahead, in seconds.
    nonisolated let ahead = Shared(0.0)
    nonisolated let options: Options
    private var current: TestStore?

    init(_ server: StandIn, _ options: Options) {
        self.options = options
        let (isOnline, pause) = (isOnline, options.pause)
        let network = ScriptedNetwork { request, _ in
            guard isOnline.now else { throw NetworkError(timedOut: false, cause: nil) }
            await pause()
            let answer = try await server.answer(to: request)
            await pause()
            return answer
        }
        client = MoviesClient(
            baseURL: URL(string: "https://movies.example/Stage")!,
            storage: MemoryTokenStorage(),
            // The store repeats what fails, so each attempt of it is one request.
            options: ClientOptions(retryPolicy: RetryPolicy(attempts: 1)),
            network: network
        )
    }

    /// The store of the user who is signed in.
    func store() async throws -> TestStore {
        if let current { return current }
        let store = try await open()
        current = store
        return store
    }

    /// Opens a store: another one if there is one already, as in another process.
    nonisolated func open(_ other: Options? = nil) async throws -> TestStore {
        let options = other ?? self.options
        let ahead = ahead
        return try await OfflineStore.open(
            client,
            storage: options.storage,
            options: OfflineStoreOptions(
                queueLimit: options.queueLimit,
                timeLimit: options.timeLimit,
                now: { Date(timeIntervalSince1970: options.clock() + ahead.now) },
                random: options.random
            )
        ) { api, list in
            var movies = moviesCollection(api, keep: options.keep, most: options.most)
            var watchlist = watchlistCollection(api)
            watchlist.form = options.form
            watchlist.most = options.most
            let (movieChanges, entryChanges) = (movies.changes, watchlist.changes)
            if let movieChanges {
                movies.changes = { try await movieChanges($0, options.pageLimit, $2) }
            }
            if let entryChanges {
                watchlist.changes = { try await entryChanges($0, options.pageLimit, $2) }
            }
            return TestCollections(
                movies: list.add("movies", movies),
                watchlist: list.add("watchlist", watchlist)
            )
        }
    }

    /// Closes the store and opens it again, as when the app starts.
    func reopen(_ other: Options? = nil) async throws {
        await close()
        current = nil
        current = try await open(other)
    }

    func close() async {
        await current?.close()
    }

    nonisolated func signIn(_ user: String) async throws {
        try await client.session.accept(.of(user))
    }
}

/// A folder of a test, which is removed with it.
final class TestFolder: Sendable {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    deinit {
        try? FileManager.default.removeItem(at: url)
    }
}
