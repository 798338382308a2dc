import Foundation
import Testing

@testable import MoviesKit

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

extension OfflineTests {
    /// Devices that come and go at random end as the server is. A seed chooses what they do:
    /// `SCENARIOS_SEED=7`; `SCENARIOS_RUNS=200` takes more seeds. What runs at the same time is up to the
    /// scheduler, so a seed that failed may have to run more than once.
    @Suite struct OfflineRandomTests {
        static let seeds: [UInt64] = {
            let environment = ProcessInfo.processInfo.environment
            if let seed = environment["SCENARIOS_SEED"].flatMap(UInt64.init) { return [seed] }
            let runs = environment["SCENARIOS_RUNS"].flatMap(UInt64.init) ?? 12
            return Array(1...runs)
        }()

        @Test func devicesEndAsTheServerIs() async throws {
            var checks = 0
            for seed in Self.seeds {
                let folder = TestFolder()
                let run = RandomRun(seed: seed, folder: folder.url)
                do {
                    checks += try await run.all()
                } catch {
                    Issue.record("seed \(seed): \(error)")
                }
            }
            print("\(Self.seeds.count) scenarios, \(checks) checks")
        }
    }
}

/// A generator of numbers (SplitMix64).
private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

private final class RandomRun: Sendable {
    private let seed: UInt64
    private let folder: URL
    private let generator: Shared<Generator>
    private let time = Shared(Date().timeIntervalSince1970)
    private let server: StandIn
    private let devices = Shared<[Device]>([])
    /// The stores of a device: two processes that both believe to lead.
    private let stores = Shared<[[TestStore]]>([])
    /// How often somebody wanted an item to be added.
    private let wanted = Shared<[String: Int]>([:])

    init(seed: UInt64, folder: URL) {
        self.seed = seed
        self.folder = folder
        generator = Shared(Generator(state: seed))
        let time = time
        server = StandIn(now: { time.now })
    }

    /// Returns the number of its checks.
    func all() async throws -> Int {
        await server.setRelaysAtOnce(false)
        for index in 0..<3 { try await makeDevice(index) }
        var checks = 0
        // What went wrong may be mended by what comes later: so look often.
        for _ in 0..<12 {
            for _ in 0..<(5 + below(15)) { try await step() }
            try await settle()
            checks += try await compare()
        }
        for store in stores.now.flatMap({ $0 }) { await store.close() }
        return checks
    }

    private func makeDevice(_ index: Int) async throws {
        let folder = folder.appendingPathComponent("\(index)")
        var options = Device.Options(storage: FileOfflineStorage(folder: folder))
        let (time, generator) = (time, generator)
        options.pageLimit = below(4) + 1
        options.clock = { time.now }
        options.random = { generator.change { .random(in: 0...1, using: &$0) } }
        options.pause = { [weak self] in await self?.pause() }
        let device = Device(server, options)
        try await device.signIn("ada")
        devices.change { $0.append(device) }
        let opened = [try await device.open(), try await device.open()]
        stores.change { $0.append(opened) }
    }

    private func step() async throws {
        let index = below(3)
        let device = devices.now[index]
        let pair = stores.now[index]
        time.change { $0 += Double(below(20)) }
        switch below(100) {
        case 0..<34: try await write(pair[0])
        case 34..<40: try await loseAnswer(pair[0])
        case 40..<62: try await syncSome()
        case 62..<70: await addFault()
        case 70..<78: await server.relay(repeats: below(5) == 0)
        case 78..<84: try await writeDirectly()
        case 84..<88: device.isOnline.change { $0.toggle() }
        case 88..<92: try await decide(pair[below(2)])
        case 92..<96:
            for store in pair { await store.close() }
            let opened = [try await device.open(), try await device.open()]
            stores.change { $0[index] = opened }
        case 96..<98: await server.resetFeeds()
        default: time.change { $0 += Double(below(30)) * 3600 }
        }
    }

    /// Syncs some of the stores of some of the devices at the same time, while one of them writes.
    private func syncSome() async throws {
        let some = stores.now.flatMap { $0 }.filter { _ in below(2) == 0 }
        let (writes, decides) = (below(2) == 0, below(10) < 3)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for store in some {
                group.addTask {
                    await self.pause()
                    try await self.sync(store)
                }
            }
            if writes, let store = some.first {
                group.addTask { try await self.write(store) }
            }
            if decides, let store = some.first {
                group.addTask {
                    await self.pause()
                    try await self.decide(store, drops: true)
                }
            }
            group.addTask {
                await self.pause()
                try await self.writeDirectly()
            }
            try await group.waitForAll()
        }
    }

    private func sync(_ store: TestStore) async throws {
        do {
            try await store.sync()
        } catch is SessionEndedError {
            // A token was refused twice.
            for device in devices.now { try await device.signIn("ada") }
        }
    }

    private func write(_ store: TestStore) async throws {
        let (movies, watchlist) = (store.collections.movies, store.collections.watchlist)
        let rating = Double(below(11))
        let changes = [
            UpdateWatchlistEntryRequest(rating: rating),
            UpdateWatchlistEntryRequest(watched: below(2) == 0),
            UpdateWatchlistEntryRequest(rating: rating, clear: [.note]),
        ][below(3)]
        let entry = WatchlistEntryId(["e1", "e2", "e3"][below(3)])
        let movie = MovieKeyRequest(title: ["Rush", "Solo"][below(2)], year: 2013)
        let badRating = below(10) == 0 ? 11 : rating
        do {
            switch below(7) {
            case 0, 1:
                let note = "note \(below(5))"
                let body = PutWatchlistEntryRequest(title: "T", year: 2000, note: note)
                want("watchlist ada \(entry.entryId)")
                try await watchlist.put(entry, body)
            case 2:
                try await watchlist.update(entry, changes)
            case 3:
                try await watchlist.delete(entry)
            case 4:
                let body = AddMovieRequest(title: movie.title, year: movie.year, rating: badRating)
                want("movies \(movie.year) \(movie.title)")
                try await movies.add(body)
            case 5:
                try await movies.update(
                    UpdateMovieRequest(title: movie.title, year: movie.year, rating: badRating)
                )
            default:
                try await movies.delete(movie)
            }
        } catch let error as OfflineError where [.itemExists, .itemUnknown].contains(error.reason) {
            // Whoever writes sees what this device knows, which may be nothing.
        }
    }

    /// The answer to a write is lost, and somebody changes the item before it is told again.
    private func loseAnswer(_ store: TestStore) async throws {
        let entry = ["e1", "e2", "e3"][below(3)]
        await server.add([Fault(request: "PUT /me/watchlist/\(entry)", do: .lose)])
        want("watchlist ada \(entry)")
        let body = PutWatchlistEntryRequest(title: "T", year: 2000)
        try await store.collections.watchlist.put(WatchlistEntryId(entry), body)
        try await sync(store)
        try await writeDirectly(entry)
        await server.relay(repeats: below(5) == 0)
    }

    private func writeDirectly(_ given: String? = nil) async throws {
        let entry = given ?? ["e1", "e2", "e3"][below(3)]
        let method = ["PUT", "DELETE", "PATCH"][below(3)]
        var request = URLRequest(
            url: URL(string: "https://movies.example/Stage/me/watchlist/\(entry)")!
        )
        request.httpMethod = method
        request.setValue("Bearer access-ada", forHTTPHeaderField: "Authorization")
        request.setValue(UUID().uuidString, forHTTPHeaderField: "Idempotency-Key")
        if method == "PUT" {
            want("watchlist ada \(entry)")
            request.httpBody = Data(#"{"title":"T","year":2000,"note":"direct"}"#.utf8)
        } else if method == "PATCH" {
            request.httpBody = Data(#"{"rating":\#(below(11))}"#.utf8)
        }
        _ = try await server.pass(request)
    }

    /// - Parameter drops: True to drop some of the writes that wait, too, which may be under way.
    private func decide(_ store: TestStore, drops: Bool = false) async throws {
        for write in try await store.writes() {
            switch write.state {
            case .waiting where !drops || below(5) > 0:
                break
            case .refused:
                do {
                    try await below(10) < 3 ? store.retry(write.seq) : store.discard(write.seq)
                } catch is OfflineError {
                    // There is such an item by now, or none any more.
                }
            case .conflict where below(10) < 6:
                want("\(write.collection == "movies" ? "movies" : "watchlist ada") \(write.key)")
                if write.collection == "movies" {
                    try await store.collections.movies.keepMine(write.itemId.decoded())
                } else {
                    try await store.collections.watchlist.keepMine(write.itemId.decoded())
                }
            case .conflict, .waiting:
                if write.collection == "movies" {
                    try await store.collections.movies.takeTheirs(write.itemId.decoded())
                } else {
                    try await store.collections.watchlist.takeTheirs(write.itemId.decoded())
                }
            }
        }
    }

    private func addFault() async {
        func problem(_ status: Int, _ type: String, _ retryAfter: Int? = nil) -> Fault {
            Fault(
                request: "",
                do: .answer,
                status: status,
                headers: retryAfter.map { ["retry-after": "\($0)"] } ?? [:],
                body: String(
                    decoding: HTTPAnswer.problem(status, "/problems/\(type)").body,
                    as: UTF8.self
                )
            )
        }
        let faults = [
            Fault(request: "", do: .drop),
            Fault(request: "", do: .lose),
            Fault(request: "", do: .lose),
            Fault(request: "", do: .lose),
            problem(429, "too-many-requests", 5),
            problem(503, "unavailable", 1),
            problem(500, "internal"),
            problem(409, "request-in-flight", 1),
            problem(401, "unauthorized"),
            Fault(request: "", do: .answer, status: 200, body: "<html>"),
        ]
        let entries = ["e1", "e2"].flatMap { entry in
            ["PUT", "PATCH", "DELETE", "GET"].map { "\($0) /me/watchlist/\(entry)" }
        }
        let paths =
            [
                "GET /me/watchlist/changes", "GET /movies/changes", "POST /movies/add-movie",
                "POST /movies/update-movie", "POST /movies/delete-movie",
                "POST /movies/findbytitleandyear",
            ] + entries
        var fault = faults[below(faults.count)]
        let request = paths[below(paths.count)]
        if request.hasSuffix("changes"), below(10) < 3 { fault = problem(410, "cursor-expired") }
        fault.request = request
        await server.add([fault])
    }

    /// Everything works again: until nothing waits any more.
    private func settle() async throws {
        await server.clearFaults()
        for device in devices.now { device.isOnline.now = true }
        for _ in 0..<12 {
            var waiting = 0
            for pair in stores.now {
                time.change { $0 += 400 }
                try await decide(pair[0])
                try await sync(pair[0])
                await server.relay()
                waiting += try await pair[0].writes().count
            }
            if waiting == 0 { break }
        }
        for pair in stores.now { try await pair[0].sync() }
    }

    private func compare() async throws -> Int {
        var checks = 0
        for (index, pair) in stores.now.enumerated() {
            // The other store of the device has not pulled anything: it reads what the first one has.
            for store in pair {
                checks += 5
                let writes = try await store.writes()
                #expect(writes.isEmpty, "seed \(seed), device \(index): \(writes)")
                let movies = try await store.collections.movies.query()
                let entries = try await store.collections.watchlist.query()
                #expect(movies.allSatisfy { $0.state == .synced }, "seed \(seed)")
                #expect(entries.allSatisfy { $0.state == .synced }, "seed \(seed)")
                let shownMovies = try movies.map { try JSON(encoding: $0.item.whole) }
                let shownEntries = try entries.map { try JSON(encoding: $0.item.whole) }
                #expect(await shownMovies == server.all("movies"), "seed \(seed), device \(index)")
                #expect(
                    await shownEntries == server.all("watchlist ada"),
                    "seed \(seed), device \(index)"
                )
            }
        }
        for (item, count) in await server.additions {
            checks += 1
            #expect(count <= wanted.now[item] ?? 0, "seed \(seed): \(item)")
        }
        return checks
    }

    private func want(_ item: String) {
        wanted.change { $0[item, default: 0] += 1 }
    }

    private func pause() async {
        for _ in 0..<below(12) { await Task.yield() }
    }

    private func below(_ limit: Int) -> Int {
        generator.change { .random(in: 0..<limit, using: &$0) }
    }
}
