import Foundation
import Testing

@testable import MoviesKit

@Suite struct GuideTests {
    @available(iOS 17, macOS 14, *)
    @MainActor
    @Test func theWatchlistIsKeptOnTheDevice() async throws {
        let folder = TestFolder()
        let network = ScriptedNetwork { _, _ in .problem(503, "/problems/unavailable") }
        let client = MoviesClient(network: network)
        try await client.session.accept(.of("ada"))
        let model = GuideSamples.WatchlistModel(client: client, folder: folder.url)
        let following = Task { try await model.follow() }
        try await come { model.status != nil }
        try await model.add("Rush", 2013)
        try await come { model.entries.map(\.item.title) == ["Rush"] }
        #expect(model.entries.map(\.state) == [.waiting])
        try await model.setWatched(model.entries[0])
        try await come { model.entries.map(\.item.watched) == [true] }
        await model.becomeActive(false)
        following.cancel()
        let again = GuideSamples.WatchlistModel(client: client, folder: folder.url)
        let followingAgain = Task { try await again.follow() }
        try await come { again.entries.map(\.item.watched) == [true] }
        try await client.accounts.signOut()
        try await followingAgain.value
        #expect(again.entries.isEmpty)
    }

    /// Waits until it is so.
    @MainActor
    private func come(_ isSo: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while !isSo() {
            try #require(ContinuousClock.now < end, "it never came")
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
