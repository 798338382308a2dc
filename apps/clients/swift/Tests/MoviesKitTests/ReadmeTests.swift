import Foundation
import MoviesKit
import Testing

@Suite struct ReadmeTests {
    /// The code of the README is in the functions below, so it compiles.
    @Test func itsCodeCompiles() throws {
        try compare(page: "../../README.md", with: "ReadmeTests.swift", blocks: 10)
    }

    @Test func theCodeOfTheGuideCompiles() throws {
        try compare(
            page: "../../../../../docs/ios.md",
            with: "GuideSamples.swift",
            blocks: 11
        )
    }

    /// Compares all blocks of a page with a file, but for those that say that they are not
    /// compiled.
    private func compare(page: String, with file: String, blocks count: Int) throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        func text(_ path: String) throws -> String {
            try String(
                contentsOf: folder.appendingPathComponent(path).standardized,
                encoding: .utf8
            )
        }
        let code = lines(try text(file))
        let blocks = try text(page).components(separatedBy: "```swift\n").dropFirst()
            .map { $0.components(separatedBy: "\n```")[0] }
            .filter { !$0.hasPrefix("// Not compiled here") }
        #expect(blocks.count == count)
        for block in blocks {
            let isThere = code.contains(lines(block))
            #expect(isThere, "\(block)")
        }
    }

    /// The lines without their indentation, and without the conditions around some of them.
    private func lines(_ text: String) -> String {
        text.components(separatedBy: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.hasPrefix("#if canImport") && $0 != "#endif" }
            .joined(separator: "\n")
    }
}

private struct AppIsTooOld: Error {}

private struct Kept: Sendable {
    let movies: OfflineMovies
    let watchlist: OfflineWatchlist
}

private func openStore(_ client: MoviesClient, in folder: URL) async throws -> OfflineStore<Kept> {
    let storage = FileOfflineStorage(folder: folder)
    return try await OfflineStore.open(client, storage: storage) { api, list in
        Kept(
            movies: list.add("movies", moviesCollection(api)),
            watchlist: list.add("watchlist", watchlistCollection(api))
        )
    }
}

private struct App {
    let stage: URL
    let storage: any TokenStorage

    func signIn(email: String, password: String) async throws -> MoviesClient {
        let client = MoviesClient(baseURL: stage, storage: storage)

        var step = try await client.accounts.signIn(email: email, password: password)
        while case .challenge(let challenge) = step, challenge.name == "SOFTWARE_TOKEN_MFA" {
            step = try await client.accounts.answerTotp(challenge, code: try await askForCode())
        }
        guard step == .done else { throw AppIsTooOld() }
        return client
    }

    func list(with client: MoviesClient) async throws {
        for try await movie in client.api.listMoviesAll(ListMoviesQuery(year: 2013)) {
            print(movie.title)
        }
    }

    func update(with client: MoviesClient) async throws {
        let key = MovieKeyRequest(title: "Rush", year: 2013)
        let movie = try await client.api.findMovie(key)
        do {
            try await client.api.updateMovie(
                UpdateMovieRequest(title: "Rush", year: 2013, rating: 8.5, clear: [.info]),
                options: CallOptions(ifMatch: movie.etag)
            )
        } catch let error as ProblemError where error.status == 412 {
            // Somebody changed it in the meantime: read it again, then decide.
        }
    }

    func showErrors(of client: MoviesClient) async throws {
        do {
            _ = try await client.api.getProfile()
        } catch let error as ProblemError {
            show("The service refused: \(error.problem.type)", requestId: error.requestId)
        } catch is SessionEndedError {
            showSignIn()
        } catch let error as NetworkError {
            show(error.timedOut ? "The network is slow." : "No network.", requestId: nil)
        } catch let error as UnexpectedAnswerError {
            show("That was not the service.", requestId: error.requestId)
        }
    }

    func watch(_ client: MoviesClient) async {
        for await state in await client.session.changes where state == .signedOut {
            showSignIn()
        }
    }

    func plan(_ title: String, _ year: Int, in store: OfflineStore<Kept>) async throws {
        let watchlist = store.collections.watchlist
        do {
            let body = PutWatchlistEntryRequest(title: title, year: year)
            try await watchlist.put(WatchlistEntryId(), body)
        } catch let error as OfflineError where error.reason == .storageFull {
            show("There is no space on this device.", requestId: nil)
        }
    }

    func follow(_ store: OfflineStore<Kept>) async throws {
        for await entries in try store.collections.watchlist.live(.init(where: { !$0.watched })) {
            show(entries.map { "\($0.item.title): \($0.state)" }.joined(), requestId: nil)
        }
    }

    func settle(_ entry: Shown<WatchlistEntryResponse>, in watchlist: OfflineWatchlist)
        async throws
    {
        guard let conflict = entry.conflict else { return }
        let id = WatchlistEntryId(entry.item.entryId)
        if await prefers(conflict.mine?.note, to: conflict.theirs?.note) {
            try await watchlist.keepMine(id)
        } else {
            try await watchlist.takeTheirs(id)
        }
    }

    func showRefused(of store: OfflineStore<Kept>) async throws {
        for write in try await store.writes() where write.state == .refused {
            if await prefers(write.problem?.title, to: "Drop it") {
                try await store.retry(write.seq)
            } else {
                try await store.discard(write.seq)
            }
        }
    }

    func prefers(_ one: String?, to other: String?) async -> Bool { true }
    func askForCode() async throws -> String { "" }
    func show(_ text: String, requestId: String?) {}
    func showSignIn() {}
}
