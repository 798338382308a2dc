import Foundation
import Testing

@testable import MoviesKit

@Suite struct GuideTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    }

    @available(iOS 17, macOS 14, *)
    @Test func anEntryMadeOfflineIsSentOnceThereIsANetwork() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let network = ScriptedNetwork { _, index in
            if index < 4 { throw NetworkError(timedOut: false, cause: nil) }
            return entry
        }
        let api = MoviesClient(network: network).api
        func outbox(of userId: String) throws -> GuideSamples.Outbox {
            try GuideSamples.Outbox(userId: userId, folder: folder, api: api)
        }
        try await outbox(of: "ada").add(PutWatchlistEntryRequest(title: "Rush", year: 2013))
        let adas = try outbox(of: "ada")
        await #expect(throws: NetworkError.self) { try await adas.send() }
        #expect(await adas.entries.count == 1)
        try await outbox(of: "grace").send()
        #expect(await network.requests.count == 4)
        try await adas.send()
        #expect(await adas.entries.isEmpty)
        let requests = await network.requests
        #expect(requests.count == 5)
        #expect(Set(requests.map(\.url)).count == 1)
        #expect(Set(requests.map(\.key)).count == 1)
    }

    @available(iOS 17, macOS 14, *)
    @Test func anEntryThatIsRefusedIsKeptAndNotSentAgain() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let network = ScriptedNetwork { _, _ in .problem(400, "/problems/invalid-request") }
        let api = MoviesClient(network: network).api
        let outbox = try GuideSamples.Outbox(userId: "ada", folder: folder, api: api)
        try await outbox.add(PutWatchlistEntryRequest(title: "", year: 2013))
        try await outbox.send()
        try await outbox.send()
        #expect(await outbox.entries.map(\.problem?.type) == ["/problems/invalid-request"])
        #expect(await network.requests.count == 1)
    }
}

private let entry = HTTPAnswer(
    201,
    #"""
    {"entryId":"e","title":"Rush","year":2013,"watched":false,"etag":"\"1\"","version":1,
    "createdAt":"2026-03-14T09:26:53.000000Z","updatedAt":"2026-03-14T09:26:53.000000Z"}
    """#
)
