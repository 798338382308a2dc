import Foundation
import Testing

@testable import MoviesKit

/// Refuses the token `old`, and gives `new` in its place after a while.
private func rotating(after delay: Duration = .milliseconds(50)) -> ScriptedNetwork {
    ScriptedNetwork { request, _ in
        if request.url?.path == "/Stage/auth/refresh" {
            try await Task.sleep(for: delay)
            return .tokens("new")
        }
        if request.url?.path == "/Stage/auth/sign-out" { return HTTPAnswer(204) }
        return request.token == "new" ? .profile : .problem(401, "/problems/unauthorized")
    }
}

/// Holds old tokens, and cannot store others.
private struct FullStorage: TokenStorage {
    struct IsFull: Error {}

    func load() -> Tokens? { .old }

    func save(_ tokens: Tokens) throws { throw IsFull() }

    func clear() {}

    func exclusively<Result: Sendable>(
        _ work: @Sendable () async throws -> Result
    ) async throws -> Result {
        try await work()
    }
}

@Suite struct SessionTests {
    @Test func twoClientsWithOneStorageRefreshOnce() async throws {
        let storage = MemoryTokenStorage(.old)
        let network = rotating()
        let clients = [
            MoviesClient(network: network, storage: storage),
            MoviesClient(network: network, storage: storage),
        ]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in clients {
                group.addTask { _ = try await client.api.getProfile() }
            }
            try await group.waitForAll()
        }
        #expect(await network.count(of: "/auth/refresh") == 1)
    }

    @Test func aCallThatIsCancelledLeavesTheRefreshToOthers() async throws {
        let storage = MemoryTokenStorage(.old)
        let network = rotating(after: .milliseconds(200))
        let client = MoviesClient(network: network, storage: storage)
        let cancelled = Task { try await client.api.getProfile() }
        while await network.count(of: "/auth/refresh") == 0 { await Task.yield() }
        let waiting = Task { try await client.api.getProfile() }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        #expect(try await waiting.value.status == 200)
        #expect(await network.count(of: "/auth/refresh") == 1)
        #expect(await storage.load()?.accessToken == "new")
    }

    @Test func signingOutDoesNotWaitForARefresh() async throws {
        let storage = MemoryTokenStorage(.old)
        let network = rotating(after: .seconds(600))
        let client = MoviesClient(network: network, storage: storage)
        let call = Task { try await client.api.getProfile() }
        while await network.count(of: "/auth/refresh") == 0 { await Task.yield() }
        try await client.accounts.signOut()
        await #expect(throws: SessionEndedError.self) { try await call.value }
        #expect(await storage.load() == nil)
        #expect(await network.count(of: "/auth/sign-out") == 1)
    }

    @Test func anEndOfAnOldSessionDoesNotEndTheOneAfterIt() async throws {
        let storage = MemoryTokenStorage(.old)
        let network = ScriptedNetwork { _, _ in
            await storage.save(
                Tokens(accessToken: "b", idToken: "i", refreshToken: "r", expiresAt: .distantFuture)
            )
            return .problem(401, "/problems/session-ended")
        }
        let client = MoviesClient(network: network, storage: storage)
        await #expect(throws: SessionEndedError.self) { try await client.api.getProfile() }
        #expect(await storage.load()?.accessToken == "b")
    }

    @Test func aTokenThatExpiresSoonIsReplacedBeforeTheCall() async throws {
        var tokens = Tokens.old
        tokens.expiresAt = Date(timeIntervalSinceNow: 29)
        let network = rotating()
        let client = MoviesClient(network: network, storage: MemoryTokenStorage(tokens))
        _ = try await client.api.getProfile()
        #expect(
            await network.requests.map { $0.url?.path } == ["/Stage/auth/refresh", "/Stage/me"]
        )
        #expect(try await client.session.accessToken() == "new")
    }

    @Test func tokensThatCannotBeStoredAreNotUsed() async {
        let network = rotating()
        let client = MoviesClient(network: network, storage: FullStorage())
        await #expect(throws: FullStorage.IsFull.self) { try await client.api.getProfile() }
        #expect(
            await network.requests.map { $0.url?.path } == ["/Stage/me", "/Stage/auth/refresh"]
        )
    }

    @Test func aWriteKeepsItsKeyOverARefreshAndALostAnswer() async throws {
        let network = ScriptedNetwork { request, index in
            switch index {
            case 0: throw NetworkError(timedOut: false, cause: nil)
            case 1: .problem(401, "/problems/unauthorized")
            case 2: .tokens("new")
            default: HTTPAnswer(204)
            }
        }
        let client = MoviesClient(network: network)
        try await client.api.deleteWatchlistEntry(entryId: "entry-1")
        let keys = await network.requests.filter { $0.httpMethod == "DELETE" }.map(\.key)
        #expect(keys.count == 3)
        #expect(Set(keys).count == 1)
        #expect(keys[0].flatMap(UUID.init(uuidString:)) != nil)
    }

    @Test func changesAreTold() async throws {
        let client = MoviesClient(network: rotating(), storage: MemoryTokenStorage())
        var changes = await client.session.changes.makeAsyncIterator()
        let response = TokenResponse(
            accessToken: "new",
            idToken: "i",
            refreshToken: "r",
            expiresIn: 900,
            tokenType: "Bearer"
        )
        try await client.session.accept(response)
        try await client.session.accept(response)
        try await client.session.end()
        try await client.session.end()
        #expect(await changes.next() == .signedIn)
        #expect(await changes.next() == .signedOut)
        #expect(try await client.session.state == .signedOut)
    }

    @Test func tokensAreNotShown() {
        let tokens = Tokens(
            accessToken: "secret",
            idToken: "secret",
            refreshToken: "secret",
            expiresAt: Date()
        )
        var dumped = ""
        dump(tokens, to: &dumped)
        for text in ["\(tokens)", String(reflecting: tokens), dumped] {
            #expect(!text.contains("secret"))
        }
    }

    @Test func aFileLockKeepsOthersOut() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        let lock = FileLock(file: file)
        let storage = MemoryTokenStorage()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<5 {
                group.addTask {
                    try await lock.holding {
                        #expect(await storage.load() == nil)
                        await storage.save(.old)
                        try await Task.sleep(for: .milliseconds(5))
                        await storage.clear()
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
