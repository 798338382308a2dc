import Foundation
import Testing

@testable import MoviesKit

/// A storage whose commits fail when a test says so.
private struct FailingStorage: OfflineStorage {
    let storage: any OfflineStorage
    let failure = Shared<(@Sendable (OfflineCommit) -> (any Error)?)?>(nil)

    func rows(of userId: String, store: String) throws -> any OfflineRows {
        Rows(rows: try storage.rows(of: userId, store: store), failure: failure)
    }

    func removeAll(store: String) async throws {
        try await storage.removeAll(store: store)
    }

    func leading(store: String, _ work: @Sendable () async -> Void) async throws {
        try await storage.leading(store: store, work)
    }

    private struct Rows: OfflineRows {
        let rows: any OfflineRows
        let failure: Shared<(@Sendable (OfflineCommit) -> (any Error)?)?>

        func mayHaveNews() -> Bool { rows.mayHaveNews() }

        func transaction<Result: Sendable>(
            _ work: @Sendable (any OfflineTransaction) throws -> Result
        ) async throws -> Result {
            try await rows.transaction {
                try work(Transaction(transaction: $0, failure: failure.now))
            }
        }
    }

    private struct Transaction: OfflineTransaction {
        let transaction: any OfflineTransaction
        let failure: (@Sendable (OfflineCommit) -> (any Error)?)?

        var news: OfflineNews { transaction.news }

        func commit(_ commit: OfflineCommit) throws {
            if let error = failure?(commit) { throw error }
            try transaction.commit(commit)
        }
    }
}

private let full = NSError(domain: NSPOSIXErrorDomain, code: Int(ENOSPC))

private let rush = PutWatchlistEntryRequest(title: "Rush", year: 2013)

private func entry(_ id: String) -> WatchlistEntryId { WatchlistEntryId(id) }

private func movie(_ title: String, _ year: Int, _ genres: [String] = [], rating: Double? = nil)
    -> AddMovieRequest
{
    AddMovieRequest(title: title, year: year, genres: genres, rating: rating)
}

private func key(_ title: String, _ year: Int) -> MovieKeyRequest {
    MovieKeyRequest(title: title, year: year)
}

private func states<Item>(_ shown: [Shown<Item>]) -> [String] {
    shown.map { "\($0.key) \($0.state)" }
}

extension TestStore {
    fileprivate var entries: [String] {
        get async throws { states(try await collections.watchlist.query()) }
    }
}

/// Waits until a check holds, on a slow machine, too.
private func until(
    _ what: Comment = "it does not come about",
    sourceLocation: SourceLocation = #_sourceLocation,
    _ check: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + .seconds(30)
    while try await !check() {
        if ContinuousClock.now > end {
            Issue.record(what, sourceLocation: sourceLocation)
            return
        }
        try await Task.sleep(for: .milliseconds(10))
    }
}

private func reason(_ work: () async throws -> Void) async -> OfflineError.Reason? {
    do {
        try await work()
        return nil
    } catch {
        return (error as? OfflineError)?.reason
    }
}

extension OfflineTests {
    @Suite struct OfflineStoreTests {
        private let folder = TestFolder()
        private let server = StandIn()

        private var files: FileOfflineStorage { FileOfflineStorage(folder: folder.url) }

        /// A device with files of this test.
        private func makeDevice(
            _ change: (inout Device.Options) -> Void = { _ in }
        ) async throws -> Device {
            var options = Device.Options(storage: files)
            change(&options)
            let device = Device(server, options)
            try await device.signIn("ada")
            return device
        }

        /// Another client of the user puts an entry.
        private func other(_ id: String) async throws {
            let device = Device(server, Device.Options(storage: MemoryOfflineStorage()))
            try await device.signIn("ada")
            try await device.client.api.putWatchlistEntry(entryId: id, rush)
        }

        private func requests(_ method: String) async -> [JournalEntry] {
            await server.requests.filter { $0.request.hasPrefix(method) }
        }

        /// The file of a user's rows.
        private func file() throws -> URL {
            let all = FileManager.default.enumerator(
                at: folder.url,
                includingPropertiesForKeys: nil
            )
            return try #require(
                all?.compactMap { $0 as? URL }.first { $0.pathExtension == "rows" }
            )
        }

        // MARK: - Reading

        @Test func aLiveQueryShowsWhatChangesAndOnlyWhatBelongsToIt() async throws {
            let store = try await makeDevice().open()
            let watchlist = store.collections.watchlist
            let seen = Shared<[[String]]>([])
            let live = try watchlist.live(.init(where: { !$0.watched }))
            let following = Task {
                for await items in live { seen.change { $0.append(states(items)) } }
            }
            try await until { seen.now == [[]] }
            try await watchlist.put(entry("a"), rush)
            try await until { seen.now.last == ["a waiting"] }
            try await store.sync()
            try await until { seen.now.last == ["a synced"] }
            try await watchlist.update(entry("a"), UpdateWatchlistEntryRequest(watched: true))
            try await until { seen.now.last == [] }
            let one = try watchlist.liveItem(entry("a"))
            let first = await one.first { _ in true }
            #expect(first??.item.watched == true)
            // In a closed store nobody sees anything.
            try await watchlist.put(entry("b"), rush)
            try await until { seen.now.last == ["b waiting"] }
            await store.close()
            await following.value
            #expect(seen.now.last == [])
            #expect(await reason { _ = try await watchlist.query() } == .closed)
        }

        @Test func itemsAreFoundByPrefixIndexPredicateAndOrder() async throws {
            let store = try await makeDevice().open()
            let movies = store.collections.movies
            try await movies.add(movie("Rush", 2013, ["Drama", "Sport"], rating: 8))
            try await movies.add(movie("Gravity", 2013, ["Drama"], rating: 9))
            try await movies.add(movie("Rushmore", 1998, ["Comedy"], rating: 7))
            try await store.sync()
            try await movies.add(movie("Room", 2015, ["Drama"]))
            try await movies.update(
                UpdateMovieRequest(title: "Gravity", year: 2013, genres: ["Thriller"])
            )
            func titles(_ query: ItemQuery<MovieResponse>) async throws -> [String] {
                try await movies.query(query).map(\.item.title)
            }
            #expect(try await titles(.init()) == ["Rushmore", "Gravity", "Rush", "Room"])
            #expect(try await titles(.init(prefix: movieKey(2013))) == ["Gravity", "Rush"])
            let drama = ItemQuery<MovieResponse>.Index.equals("Drama", in: "genre")
            #expect(try await titles(.init(index: drama)) == ["Rush", "Room"])
            #expect(
                try await titles(.init(index: .equals("Thriller", in: "genre"))) == ["Gravity"]
            )
            let range = ItemQuery<MovieResponse>.Index.between("r"..."rush\u{FFFF}", in: "title")
            #expect(try await titles(.init(index: range)) == ["Rushmore", "Rush", "Room"])
            #expect(try await titles(.init(prefix: movieKey(2015), index: range)) == ["Room"])
            #expect(
                try await titles(.init(where: { ($0.rating ?? 0) > 7 })) == ["Gravity", "Rush"]
            )
            let best = ItemQuery<MovieResponse>(
                order: { ($0.rating ?? 0) > ($1.rating ?? 0) },
                limit: 2
            )
            #expect(try await titles(best) == ["Gravity", "Rush"])
        }

        @Test func aCollectionWithoutAFeedKeepsWhatWasSeen() async throws {
            let device = try await makeDevice {
                $0.keep = .seen
                $0.most = 2
            }
            let api = device.client.api
            try await api.addMovie(movie("Rush", 2013, rating: 8))
            try await api.addMovie(movie("Gravity", 2013))
            let room = try await api.addMovie(movie("Room", 2015)).value
            let store = try await device.open()
            let movies = store.collections.movies
            func shown() async throws -> [String] { try await movies.query().map(\.item.title) }
            try await store.sync()
            #expect(try await shown().isEmpty)
            try await movies.refresh(key("Rush", 2013))
            device.ahead.now = 1
            try await movies.refresh(key("Gravity", 2013))
            #expect(try await shown() == ["Gravity", "Rush"])
            try await movies.update(UpdateMovieRequest(title: "Rush", year: 2013, rating: 9))
            device.ahead.now = 2
            try await movies.remember([room])
            // Something waits for the movie that was seen first.
            #expect(try await shown() == ["Rush", "Room"])
            try await store.sync()
            #expect(try await movies.get(key("Rush", 2013))?.item.rating == 9)
            try await api.deleteMovie(key("Room", 2015))
            try await movies.refresh(key("Room", 2015))
            #expect(try await shown() == ["Rush"])
            #expect(
                await reason { try await store.collections.watchlist.remember([]) } == .notOffered
            )
        }

        @Test func membersThatThisVersionDoesNotKnowSurvive() async throws {
            await server.becomeNewer()
            let device = try await makeDevice()
            try await other("a")
            let store = try await device.open()
            try await store.sync()
            await store.close()
            let text = String(decoding: try Data(contentsOf: file()), as: UTF8.self)
            #expect(text.contains("fromTheFuture"))
        }

        // MARK: - Users

        @Test func nobodySignedInNothingToOpen() async throws {
            let device = Device(server, Device.Options(storage: files))
            await #expect(throws: SessionEndedError.self) { _ = try await device.open() }
        }

        @Test func theOperationsOfAUserSendNothingOnceAnotherOneIsSignedIn() async throws {
            let device = try await makeDevice()
            let api = device.client.apiFor(userId: "ada")
            try await api.putWatchlistEntry(entryId: "a", rush)
            try await device.signIn("bob")
            await #expect(throws: SessionEndedError.self) {
                try await api.putWatchlistEntry(entryId: "b", rush)
            }
            #expect(await server.requests.count == 1)
            #expect(try await device.client.session.state == .signedIn)
        }

        @Test func aWipeDuringARequestLeavesNothing() async throws {
            let device = try await makeDevice()
            let (here, there) = (try await device.open(), try await device.open())
            try await here.collections.watchlist.put(entry("a"), rush)
            let hold = await server.hold("PUT /me/watchlist/a")
            let syncing = Task { try await there.sync() }
            for await _ in hold.reached {}
            try await here.wipe()
            hold.release()
            #expect(await reason { try await syncing.value } == .closed)
            #expect(await here.status.closed)
            #expect(await there.status.closed)
            let again = try await device.open()
            #expect(try await again.entries.isEmpty)
            #expect(try await again.writes().isEmpty)
        }

        @Test func signingOutWipesOnlyTheDataOfTheUser() async throws {
            let device = try await makeDevice()
            let adas = try await device.open()
            try await adas.collections.watchlist.put(entry("a"), rush)
            try await device.client.session.end()
            try await device.signIn("bob")
            let bobs = try await device.open()
            #expect(try await bobs.entries.isEmpty)
            try await device.client.accounts.signOut()
            #expect(await bobs.status.closed)
            try await device.signIn("ada")
            #expect(try await device.open().entries == ["a waiting"])
        }

        @Test func aSignOutWhoseWipeFailsSaysSoAndIsTold() async throws {
            struct Failed: Error {}
            let device = try await makeDevice()
            let forget = await device.client.accounts.onSignOut { throw Failed() }
            await #expect(throws: Failed.self) { try await device.client.accounts.signOut() }
            #expect(await server.requests.map(\.request) == ["POST /auth/sign-out"])
            #expect(try await device.client.session.state == .signedOut)
            await forget()
            try await device.client.accounts.signOut()
        }

        @Test func theDataOfAllUsersAreWipedByTheNameOfTheStore() async throws {
            let device = try await makeDevice()
            let store = try await device.open()
            try await store.collections.watchlist.put(entry("a"), rush)
            try await OfflineStore.wipeAll(in: files, name: "another")
            #expect(try await store.entries == ["a waiting"])
            try await OfflineStore.wipeAll(in: files)
            #expect(await reason { _ = try await store.writes() } == .closed)
            #expect(try await device.open().entries.isEmpty)
        }

        // MARK: - Storage

        @Test func aFullStorageLeavesNothingHalfWritten() async throws {
            let storage = FailingStorage(storage: files)
            let store = try await makeDevice { $0.storage = storage }.open()
            try await store.collections.watchlist.put(entry("a"), rush)
            try await store.sync()
            storage.failure.now = { _ in full }
            #expect(
                await reason { try await store.collections.watchlist.put(entry("b"), rush) }
                    == .storageFull
            )
            #expect(try await store.entries == ["a synced"])
            // A page is not stored: neither its items nor the cursor.
            try await other("c")
            storage.failure.now = { commit in
                guard case .rows(let rows, _) = commit else { return nil }
                return rows.contains { $0.name.hasSuffix("\nc") } ? full : nil
            }
            try await store.sync()
            let error = await store.status.collections["watchlist"]?.error as? OfflineError
            #expect(error?.reason == .storageFull)
            #expect(try await store.entries == ["a synced"])
            storage.failure.now = nil
            try await store.sync()
            #expect(try await store.entries == ["a synced", "c synced"])
            #expect(await store.status.collections["watchlist"]?.error == nil)
        }

        @Test func aStorageThatIsFullAfterAnAnswerSendsTheSameKeyAgain() async throws {
            let storage = FailingStorage(storage: files)
            let device = try await makeDevice { $0.storage = storage }
            let store = try await device.open()
            try await store.collections.watchlist.put(entry("a"), rush)
            storage.failure.now = { commit in
                guard case .rows(let rows, _) = commit else { return nil }
                return rows.contains { $0.name.hasPrefix("write") && $0.value == nil } ? full : nil
            }
            try await store.sync()
            #expect(await store.status.pushError is OfflineError)
            #expect(try await store.entries == ["a waiting"])
            storage.failure.now = nil
            try await store.sync()
            #expect(try await store.entries == ["a synced"])
            #expect(Set(await requests("PUT").map(\.key)).count == 1)
        }

        @Test func whatAStorageSaysIsAReason() {
            func reason(_ code: Int32) -> OfflineError.Reason {
                let error = NSError(domain: NSPOSIXErrorDomain, code: Int(code))
                return OfflineError(ofStorage: error).reason
            }
            #expect(reason(ENOSPC) == .storageFull)
            #expect(reason(EDQUOT) == .storageFull)
            #expect(reason(EACCES) == .storageDenied)
            #expect(reason(EROFS) == .storageDenied)
            #expect(reason(EIO) == .storageFailed)
            #expect(
                OfflineError(ofStorage: CocoaError(.fileWriteNoPermission)).reason == .storageDenied
            )
        }

        @Test func aFolderThatCannotBeMadeIsAFailure() async throws {
            let file = folder.url
            try Data().write(to: file)
            let device = try await makeDevice()
            #expect(await reason { _ = try await device.open() } != nil)
        }

        @Test func anOlderFormIsPulledAnewAndTheQueueStays() async throws {
            let device = try await makeDevice()
            let store = try await device.open()
            let watchlist = store.collections.watchlist
            try await watchlist.put(entry("a"), rush)
            try await store.sync()
            await server.add([Fault(request: "PATCH /me/watchlist/a", do: .lose)])
            try await watchlist.update(entry("a"), UpdateWatchlistEntryRequest(rating: 5))
            try await store.sync()
            try await watchlist.update(entry("a"), UpdateWatchlistEntryRequest(rating: 6))
            await store.close()

            let newer = Database(
                rows: try files.rows(of: "ada", store: "movies-client"),
                form: localForm + 1
            )
            try await newer.open()
            let tables = try await newer.read { $0 }
            #expect(tables.base.values.flatMap(\.keys).isEmpty)
            #expect(tables.queue.map(\.members) == [["rating": 5], ["rating": 6]])
            let cursor = tables.cursor("watchlist")
            #expect(cursor.since == nil && !cursor.whole && !cursor.ready)
            #expect(cursor.generation == 1)
            // The app was rolled back: the store says so, and touches nothing.
            let before = try Data(contentsOf: file())
            #expect(await reason { _ = try await device.open() } == .storageNewer)
            #expect(try Data(contentsOf: file()) == before)
            #expect(try await newer.read { $0.queue.count } == 2)
        }

        @Test func aNewerVersionOfTheAppTakesTheRowsFromThisOne() async throws {
            let device = try await makeDevice()
            let store = try await device.open()
            try await store.collections.watchlist.put(entry("a"), rush)
            let newer = Database(
                rows: try files.rows(of: "ada", store: "movies-client"),
                form: localForm + 1
            )
            try await newer.open()
            #expect(
                await reason { try await store.collections.watchlist.put(entry("b"), rush) }
                    == .closed
            )
            #expect(await store.status.closed)
            #expect(try await newer.read { $0.queue.count } == 1)
        }

        // MARK: - The file

        @Test func aFileThatWasTornAnywhereIsAsBeforeOrAfterTheCommit() async throws {
            let device = try await makeDevice()
            let store = try await device.open()
            try await store.collections.watchlist.put(entry("a"), rush)
            let before = try Data(contentsOf: file())
            try await store.collections.watchlist.put(entry("b"), rush)
            let after = try Data(contentsOf: file())
            await store.close()
            for length in stride(from: before.count, to: after.count, by: 7) {
                try after.prefix(length).write(to: file())
                let torn = try await device.open()
                #expect(try await torn.entries == ["a waiting"], "\(length) bytes")
                // What was torn is not in the way of what comes.
                try await torn.collections.watchlist.put(entry("c"), rush)
                await torn.close()
                let again = try await device.open()
                #expect(try await again.entries == ["a waiting", "c waiting"], "\(length) bytes")
                await again.close()
            }
            // Blocks that were not written yet have zeros.
            let zeros = Data(count: after.count - before.count)
            try (before + zeros).write(to: file())
            let zeroed = try await device.open()
            #expect(try await zeroed.entries == ["a waiting"])
        }

        @Test func aDamagedFileIsPulledAnewAndKeepsTheRestOfTheQueue() async throws {
            let device = try await makeDevice()
            let store = try await device.open()
            try await other("z")
            try await store.sync()
            device.isOnline.now = false
            try await store.collections.watchlist.put(entry("a"), rush)
            let start = try Data(contentsOf: file()).count
            try await store.collections.watchlist.put(entry("b"), rush)
            try await store.collections.watchlist.put(entry("c"), rush)
            await store.close()
            var data = try Data(contentsOf: file())
            data[start + 40] ^= 0xff
            try data.write(to: file())
            let damaged = try await device.open()
            #expect(try await damaged.entries == ["a waiting", "c waiting"])
            #expect(await damaged.status.collections["watchlist"]?.ready == false)
            device.isOnline.now = true
            try await damaged.sync()
            #expect(try await damaged.entries == ["a synced", "c synced", "z synced"])
        }

        @Test func aFileThatIsNoneOfTheStoreIsLeftAlone() async throws {
            let device = try await makeDevice()
            await (try await device.open()).close()
            let text = Data("something else that is long enough to have a header".utf8)
            try text.write(to: file())
            #expect(await reason { _ = try await device.open() } == .storageFailed)
            #expect(try Data(contentsOf: file()) == text)
        }

        @Test func aProcessThatEndsBeforeTheAnswerSendsTheSameKeyAgain() async throws {
            let device = try await makeDevice()
            let first = try await device.open()
            try await first.collections.watchlist.put(entry("a"), rush)
            let hold = await server.hold("PUT /me/watchlist/a")
            let syncing = Task { try await first.sync() }
            for await _ in hold.reached {}
            // The service has done it. The file is as a process that is killed now leaves it.
            let copy = TestFolder()
            try FileManager.default.copyItem(at: folder.url, to: copy.url)
            let next = try await makeDevice { $0.storage = FileOfflineStorage(folder: copy.url) }
            let second = try await next.open()
            #expect(try await second.writes().map(\.tried) == [true])
            try await second.sync()
            #expect(try await second.entries == ["a synced"])
            #expect(await requests("PUT").count == 2)
            #expect(Set(await requests("PUT").map(\.key)).count == 1)
            hold.release()
            try await syncing.value
        }

        @Test func aFileThatHasOutgrownWhatIsInItIsReplaced() async throws {
            let device = try await makeDevice()
            let (one, two) = (try await device.open(), try await device.open())
            try await one.collections.watchlist.put(entry("a"), rush)
            try await one.sync()
            #expect(try await two.entries == ["a synced"])
            let note = String(repeating: "n", count: 60_000)
            let largest = Shared(0)
            for index in 0..<60 {
                let members = PutWatchlistEntryRequest(title: "T\(index)", year: 2000, note: note)
                try await one.collections.watchlist.put(entry("b"), members)
                largest.now = max(largest.now, try Data(contentsOf: file()).count)
                // The other one reads the new file, and what comes behind.
                let seen = try await two.collections.watchlist.get(entry("b"))
                #expect(seen?.item.title == "T\(index)")
            }
            #expect(largest.now > 1 << 20)
            #expect(largest.now < 2 << 20)
            try await two.collections.watchlist.put(entry("c"), rush)
            #expect(try await one.entries == ["a synced", "b waiting", "c waiting"])
            await one.close()
            #expect(try await device.open().entries == ["a synced", "b waiting", "c waiting"])
        }

        @Test func twoThatWriteAtOnceLoseNothing() async throws {
            let device = try await makeDevice()
            device.isOnline.now = false
            let stores = [
                try await device.open(), try await device.open(), try await device.open(),
            ]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<60 {
                    let watchlist = stores[index % 3].collections.watchlist
                    group.addTask { try await watchlist.put(entry("\(index)"), rush) }
                }
                try await group.waitForAll()
            }
            for store in stores {
                let writes = try await store.writes()
                #expect(writes.count == 60)
                #expect(Set(writes.map(\.seq)).count == 60)
            }
        }

        @Test func theNumberOfAWriteIsUsedOnce() async throws {
            let device = try await makeDevice()
            let store = try await device.open()
            try await store.collections.watchlist.put(entry("a"), rush)
            let first = try #require(try await store.writes().first?.seq)
            try await store.sync()
            await store.close()
            let again = try await device.open()
            try await again.collections.watchlist.put(entry("b"), rush)
            #expect(try #require(try await again.writes().first?.seq) > first)
        }

        // MARK: - Pulling and sending

        @Test func aFeedIsNeverPolledSoonerThanItSaysAndNotByAllAtOnce() async throws {
            for (random, wait) in [(0.0, 30.0), (1.0, 36.0)] {
                let storage = MemoryOfflineStorage()
                let device = try await makeDevice {
                    $0.storage = storage
                    $0.clock = { 1000 }
                    $0.random = { random }
                }
                let store = try await device.open()
                try await store.sync()
                let database = Database(rows: storage.rows(of: "ada", store: "movies-client"))
                try await database.open()
                #expect(try await database.read { $0.cursor("watchlist").pollAt } == 1000 + wait)
            }
        }

        @Test func aPageOfAnOlderStateDoesNotTakeBackWhatAnAnswerBrought() async throws {
            let device = try await makeDevice()
            let (one, two) = (try await device.open(), try await device.open())
            let watchlist = one.collections.watchlist
            try await watchlist.put(entry("a"), rush)
            try await one.sync()
            await server.setRelaysAtOnce(false)
            try await watchlist.update(entry("a"), UpdateWatchlistEntryRequest(rating: 1))
            try await one.sync()
            await server.relay()
            // The page is read before the write, and arrives after it.
            let hold = await server.hold("GET /me/watchlist/changes")
            let pulling = Task { try await two.sync() }
            for await _ in hold.reached {}
            try await watchlist.update(entry("a"), UpdateWatchlistEntryRequest(rating: 2))
            await server.add([Fault(request: "GET /me/watchlist/changes", do: .drop, times: 2)])
            try await one.sync()
            #expect(try await watchlist.get(entry("a"))?.item.version == 3)
            hold.release()
            try await pulling.value
            let item = try await watchlist.get(entry("a"))?.item
            #expect(item?.version == 3)
            #expect(item?.rating == 2)
        }

        @Test func aPageThatAnotherOneHasOvertakenIsDropped() async throws {
            let device = try await makeDevice()
            let (one, two) = (try await device.open(), try await device.open())
            try await other("a")
            let hold = await server.hold("GET /me/watchlist/changes")
            let pulling = Task { try await two.sync() }
            for await _ in hold.reached {}
            try await one.sync()
            try await one.collections.watchlist.delete(entry("a"))
            try await one.sync()
            // The first page of a snapshot has the entry, and nothing comes behind it.
            await server.add([Fault(request: "GET /me/watchlist/changes", do: .drop, times: 9)])
            hold.release()
            try await pulling.value
            #expect(try await two.entries.isEmpty)
        }

        @Test func theAnswerToAWriteThatWasDroppedMeanwhileIsDropped() async throws {
            let device = try await makeDevice()
            let (one, two) = (try await device.open(), try await device.open())
            try await one.collections.watchlist.put(entry("a"), rush)
            let hold = await server.hold("PUT /me/watchlist/a")
            let sending = Task { try await one.sync() }
            for await _ in hold.reached {}
            try await one.collections.watchlist.takeTheirs(entry("a"))
            try await device.client.api.deleteWatchlistEntry(entryId: "a")
            try await two.sync()
            await server.add([Fault(request: "GET /me/watchlist/changes", do: .drop, times: 5)])
            hold.release()
            try await sending.value
            #expect(try await one.entries.isEmpty)
        }

        @Test func theAnswerToAnOvertakenAttemptIsDropped() async throws {
            let device = try await makeDevice()
            let (one, two) = (try await device.open(), try await device.open())
            try await one.collections.watchlist.put(entry("a"), rush)
            let hold = await server.hold("PUT /me/watchlist/a")
            let sending = Task { try await one.sync() }
            for await _ in hold.reached {}
            try await device.client.api.deleteWatchlistEntry(entryId: "a")
            // The other process makes the next attempt, which nothing overtakes.
            await server.add([Fault(request: "PUT /me/watchlist/a", do: .drop)])
            try await two.sync()
            await server.add([Fault(request: "GET /me/watchlist/changes", do: .drop, times: 5)])
            hold.release()
            try await sending.value
            #expect(try await one.entries.isEmpty)
            #expect(try await one.writes().isEmpty)
        }

        @Test func aLateAnswerDoesNotDecideWhatTheUserHasDecidedMeanwhile() async throws {
            let device = try await makeDevice()
            let (one, two) = (try await device.open(), try await device.open())
            let watchlist = one.collections.watchlist
            try await watchlist.put(entry("a"), rush)
            try await one.sync()
            try await watchlist.update(entry("a"), UpdateWatchlistEntryRequest(rating: 1))
            try await device.client.api.updateWatchlistEntry(
                entryId: "a",
                UpdateWatchlistEntryRequest(note: "Theirs")
            )
            let hold = await server.hold("PATCH /me/watchlist/a")
            let sending = Task { try await one.sync() }
            for await _ in hold.reached {}
            try await two.sync()
            #expect(try await one.entries == ["a conflict"])
            try await watchlist.keepMine(entry("a"))
            hold.release()
            try await sending.value
            #expect(try await one.entries == ["a synced"])
            let item = try await watchlist.get(entry("a"))?.item
            #expect(item?.note == "Theirs")
            #expect(item?.rating == 1)
        }

        @Test func writesOfACollectionThatThisVersionDoesNotHaveAreKept() async throws {
            let device = try await makeDevice()
            let store = try await device.open()
            try await store.collections.movies.add(movie("Rush", 2013))
            await store.close()
            let less = try await OfflineStore.open(device.client, storage: files) { _, _ in }
            try await less.sync()
            #expect(try await less.writes().count == 1)
            #expect(await server.requests.isEmpty)
        }

        @Test func aWriteThatCannotBeSentAtAllIsRefusedAndTheOthersGoOn() async throws {
            let store = try await makeDevice().open()
            try await store.collections.watchlist.put(entry(".."), rush)
            try await store.collections.watchlist.put(entry("a"), rush)
            try await store.sync()
            #expect(try await store.entries == [".. refused", "a synced"])
            #expect(try await store.writes().first?.problem?.title == "The request cannot be made")
        }

        @Test func aStorageOfTokensThatFailsRefusesNothing() async throws {
            struct Locked: Error {}
            let tokens = Shared<Tokens?>(Tokens(.of("ada"), receivedAt: Date()))
            /// How often the tokens can be read yet.
            let readings = Shared(Int.max)
            struct Storage: TokenStorage {
                let tokens: Shared<Tokens?>
                let readings: Shared<Int>
                func load() throws -> Tokens? {
                    guard readings.now > 0 else { throw Locked() }
                    readings.change { $0 -= 1 }
                    return tokens.now
                }
                func save(_ tokens: Tokens) { self.tokens.now = tokens }
                func clear() { tokens.now = nil }
                func exclusively<Result: Sendable>(
                    _ work: @Sendable () async throws -> Result
                ) async throws -> Result { try await work() }
            }
            let server = server
            let network = ScriptedNetwork { request, _ in try await server.answer(to: request) }
            let client = MoviesClient(
                network: network,
                storage: Storage(tokens: tokens, readings: readings)
            )
            let store = try await OfflineStore.open(client, storage: files) { api, list in
                list.add("watchlist", watchlistCollection(api))
            }
            try await store.collections.put(entry("a"), rush)
            // The store itself can read them, and its requests cannot.
            readings.now = 1
            try await store.sync()
            readings.now = .max
            #expect(await store.status.pushError is Locked)
            #expect(states(try await store.collections.query()) == ["a waiting"])
            try await store.sync()
            #expect(states(try await store.collections.query()) == ["a synced"])
        }

        @Test func aSyncThatIsCancelledKeepsTheQueue() async throws {
            let store = try await makeDevice().open()
            try await store.collections.watchlist.put(entry("a"), rush)
            await server.add([Fault(request: "PUT /me/watchlist/a", do: .delay, ms: 60_000)])
            let syncing = Task { try await store.sync() }
            try await until { await !requests("PUT").isEmpty }
            syncing.cancel()
            await #expect(throws: CancellationError.self) { try await syncing.value }
            #expect(await store.status.pushError == nil)
            try await store.sync()
            #expect(try await store.entries == ["a synced"])
            #expect(Set(await requests("PUT").map(\.key)).count == 1)
        }

        // MARK: - In the background

        @Test func inTheBackgroundAWriteIsSentAtOnceAndAChangeIsPulledWhenItIsDue() async throws {
            await server.setPollAfterSeconds(1)
            let store = try await makeDevice().open()
            await store.start()
            try await until { await store.status.collections["watchlist"]?.ready == true }
            try await store.collections.watchlist.put(entry("a"), rush)
            try await until { try await store.entries == ["a synced"] }
            try await other("b")
            try await until { try await store.entries.count == 2 }
            // Stopped, it does nothing by itself.
            await store.stop()
            #expect(await !store.status.leads)
            let count = await server.requests.count
            try await store.collections.watchlist.put(entry("c"), rush)
            try await Task.sleep(for: .seconds(2))
            #expect(await server.requests.count == count)
            await store.start()
            try await until { try await store.entries.contains("c synced") }
            await store.close()
        }

        @Test func aStopEndsWhatIsUnderWayAndItIsSentAgainWithItsKey() async throws {
            let store = try await makeDevice().open()
            await server.add([Fault(request: "PUT /me/watchlist/a", do: .delay, ms: 60_000)])
            await store.start()
            try await store.collections.watchlist.put(entry("a"), rush)
            try await until { await !requests("PUT").isEmpty }
            await store.stop()
            await store.start()
            try await until { try await store.entries == ["a synced"] }
            #expect(await requests("PUT").count == 2)
            #expect(Set(await requests("PUT").map(\.key)).count == 1)
            await store.close()
        }

        @Test func aPokePullsBeforeItIsDue() async throws {
            let store = try await makeDevice().open()
            await store.start()
            try await until { await store.status.collections["watchlist"]?.ready == true }
            try await other("b")
            await store.pullSoon()
            try await until { try await store.entries == ["b synced"] }
            // Also in a process that does not lead.
            await store.stop()
            try await other("c")
            await store.pullSoon()
            try await until { try await store.entries == ["b synced", "c synced"] }
            await store.close()
        }

        @Test func aNetworkThatComesBackIsAReasonToTryAtOnce() async throws {
            // By this clock, the wait after a failure never ends.
            let device = try await makeDevice { $0.clock = { 1 } }
            device.isOnline.now = false
            let store = try await device.open()
            await store.start()
            try await store.collections.watchlist.put(entry("a"), rush)
            try await until { await store.status.pushError is NetworkError }
            device.isOnline.now = true
            try await Task.sleep(for: .milliseconds(1500))
            #expect(try await store.entries == ["a waiting"])
            await store.start()
            try await until { try await store.entries == ["a synced"] }
            await store.close()
        }

        @Test(arguments: [true, false])
        func oneLeadsAndAnotherOneReplacesIt(inFiles: Bool) async throws {
            let memory = MemoryOfflineStorage()
            let device = try await makeDevice { if !inFiles { $0.storage = memory } }
            let first = try await device.open()
            await first.start()
            try await until { await first.status.leads }
            let (second, third) = (try await device.open(), try await device.open())
            await second.start()
            await third.start()
            // The leader sends what another one has stored.
            try await second.collections.watchlist.put(entry("a"), rush)
            try await until { try await third.entries == ["a synced"] }
            #expect(await !second.status.leads)
            #expect(await !third.status.leads)
            await first.close()
            try await until {
                let (two, three) = (await second.status.leads, await third.status.leads)
                return two != three
            }
            try await third.collections.watchlist.put(entry("b"), rush)
            try await until { try await second.entries == ["a synced", "b synced"] }
            #expect(await requests("PUT").count == 2)
            await second.close()
            await third.close()
        }

        @Test func aLiveQueryAndTheStatusShowWhatAnotherProcessDoes() async throws {
            let device = try await makeDevice()
            let (here, there) = (try await device.open(), try await device.open())
            let seen = Shared<[String]>([])
            let waiting = Shared(0)
            let live = try there.collections.watchlist.live()
            let changes = await there.changes
            let following = Task {
                for await items in live { seen.now = states(items) }
            }
            let counting = Task {
                for await status in changes { waiting.now = status.waiting }
            }
            try await here.collections.watchlist.put(entry("a"), rush)
            try await until { seen.now == ["a waiting"] && waiting.now == 1 }
            await there.close()
            await following.value
            await counting.value
        }

        @Test func aStoreThatNobodyHoldsStops() async throws {
            let device = try await makeDevice()
            var store: TestStore? = try await device.open()
            await store?.start()
            try await until { await store?.status.leads == true }
            store = nil
            let next = try await device.open()
            await next.start()
            try await until { await next.status.leads }
            await next.close()
        }
    }
}
