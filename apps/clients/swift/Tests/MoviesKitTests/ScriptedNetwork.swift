import Foundation

@testable import MoviesKit

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A network whose answers a test makes, and that keeps the requests.
actor ScriptedNetwork: Network {
    private(set) var requests: [URLRequest] = []
    private let script: @Sendable (URLRequest, _ index: Int) async throws -> HTTPAnswer

    init(_ script: @escaping @Sendable (URLRequest, _ index: Int) async throws -> HTTPAnswer) {
        self.script = script
    }

    func answer(to request: URLRequest) async throws -> HTTPAnswer {
        requests.append(request)
        return try await script(request, requests.count - 1)
    }

    func count(of path: String) -> Int {
        requests.count { $0.url?.path == "/Stage\(path)" }
    }
}

extension HTTPAnswer {
    init(_ status: Int, _ json: String = "", headers: [String: String] = [:]) {
        self.init(status: status, headers: headers, body: Data(json.utf8))
    }

    static func problem(_ status: Int, _ type: String) -> HTTPAnswer {
        HTTPAnswer(
            status,
            #"{"type":"\#(type)","title":"t","status":\#(status),"detail":"d","instance":"i","extra":{"a":1}}"#
        )
    }

    static func watchlist(_ ids: [String], next: String?) -> HTTPAnswer {
        let moment = Moment(rawValue: "2026-03-14T09:26:53.000000Z")
        let items = ids.map { id in
            WatchlistEntryResponse(
                entryId: id,
                title: "Rush",
                year: 2013,
                watched: false,
                etag: #""1""#,
                version: 1,
                createdAt: moment,
                updatedAt: moment
            )
        }
        let page = WatchlistResponse(items: items, count: items.count, nextCursor: next)
        let body = try? JSONEncoder().encode(page)
        return HTTPAnswer(status: 200, headers: [:], body: body ?? Data())
    }

    static func tokens(_ access: String) -> HTTPAnswer {
        HTTPAnswer(
            200,
            """
            {"accessToken":"\(access)","idToken":"i","refreshToken":"r-\(access)","expiresIn":900,"tokenType":"Bearer"}
            """
        )
    }

    static let profile = HTTPAnswer(
        200,
        """
        {"id":"u","emailVerified":true,"totpEnabled":false,"providers":[],"groups":[]}
        """
    )
}

extension MoviesClient {
    /// A client that sends to a scripted network.
    init(network: ScriptedNetwork, storage: any TokenStorage = MemoryTokenStorage(.old)) {
        self.init(
            baseURL: URL(string: "https://movies.example/Stage/")!,
            storage: storage,
            options: ClientOptions(
                retryPolicy: RetryPolicy(baseDelay: .milliseconds(1)),
                sha256: testSHA256
            ),
            network: network
        )
    }
}

extension Tokens {
    /// Tokens that the service refuses.
    static let old = Tokens(
        accessToken: "old",
        idToken: "i",
        refreshToken: "r-old",
        expiresAt: Date(timeIntervalSinceNow: 600)
    )
}

extension URLRequest {
    var token: String? {
        value(forHTTPHeaderField: "Authorization")?.replacingOccurrences(of: "Bearer ", with: "")
    }
    var key: String? { value(forHTTPHeaderField: "Idempotency-Key") }
}
