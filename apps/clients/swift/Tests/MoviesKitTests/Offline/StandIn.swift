import Foundation

@testable import MoviesKit

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A fault, as `scenarios.md` describes it.
struct Fault: Codable, Sendable {
    enum Kind: String, Codable, Sendable {
        case drop, lose, delay, answer
    }

    var request: String
    var `do`: Kind
    var times: Int?
    var after: Int?
    var ms: Int?
    var status: Int?
    var headers: [String: String]?
    var body: String?
}

/// A request that came in.
struct JournalEntry: Sendable {
    let request: String
    let query: String
    let key: String?
    let ifMatch: String?
    let body: JSON?
}

/// A small server in memory: the writes, the finds and the feeds of movies and watchlists, with faults.
actor StandIn {
    private struct Stored {
        let owner: String
        var fields: [String: JSON]
        var version: Int
        let createdAt: Int
        var updatedAt: Int

        var etag: String { "\"\(version)-\(String(createdAt, radix: 16))\"" }
    }

    private struct Log {
        let epoch: Int
        /// The keys that changed, in their order.
        var keys: [String] = []
        /// How many of them the relay has passed on.
        var visible = 0
    }

    private struct Record {
        let fingerprint: JSON
        let status: Int
        let body: JSON?
        let expiresAt: Double
    }

    private struct Cursor: Codable {
        let epoch: Int
        let scope: String
        var after: String?
        var position: Int
    }

    /// What a request is told.
    private struct Refusal: Error {
        let status: Int
        let type: String
    }

    private struct Hold {
        let reached: AsyncStream<Void>.Continuation
        let released: AsyncStream<Void>
    }

    /// False: changes are in the feed when `relay` is called.
    private var relaysAtOnce = true
    private var pollAfterSeconds = 30
    /// True: items have a member that this version of the client does not know.
    private var isNewer = false
    private let now: @Sendable () -> Double
    private var items: [String: [String: Stored]] = [:]
    private var logs: [String: Log] = [:]
    private var records: [String: Record] = [:]
    private var faults: [Fault] = []
    private(set) var requests: [JournalEntry] = []
    private var ticks = 0
    private var epochs = 0
    private var holds: [String: Hold] = [:]
    /// How often each item was added: `movies 2013 Rush`.
    private(set) var additions: [String: Int] = [:]

    init(now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }) {
        self.now = now
    }

    func setRelaysAtOnce(_ value: Bool) { relaysAtOnce = value }

    func setPollAfterSeconds(_ value: Int) { pollAfterSeconds = value }

    func becomeNewer() { isNewer = true }

    func add(_ faults: [Fault]) { self.faults += faults }

    func clearFaults() { faults = [] }

    func reset() {
        requests = []
        faults = []
    }

    /// The stream lost something: every cursor has expired.
    func resetFeeds() { logs = [:] }

    /// Passes changes on to the feeds; `repeats`: the last one twice.
    func relay(repeats: Bool = false) {
        for (scope, log) in logs {
            var log = log
            if repeats, let last = log.keys.last { log.keys.append(last) }
            log.visible = log.keys.count
            logs[scope] = log
        }
    }

    /// All items of a scope, as answers have them: `movies` or `watchlist ada`.
    func all(_ scope: String) -> [JSON] {
        (items[scope] ?? [:]).sorted { $0.key < $1.key }.map { shown(scope, $0.key, $0.value) }
    }

    /// Keeps the answer to the next such request until it is released.
    func hold(_ request: String) -> (reached: AsyncStream<Void>, release: @Sendable () -> Void) {
        let (reached, reaching) = AsyncStream<Void>.makeStream()
        let (released, releasing) = AsyncStream<Void>.makeStream()
        holds[request] = Hold(reached: reaching, released: released)
        return (reached, { releasing.finish() })
    }

    func answer(to request: URLRequest) async throws -> HTTPAnswer {
        let name = "\(request.httpMethod ?? "") \(path(of: request))"
        requests.append(
            JournalEntry(
                request: name,
                query: request.url?.query ?? "",
                key: request.key,
                ifMatch: request.value(forHTTPHeaderField: "If-Match"),
                body: try body(of: request)
            )
        )
        let fault = takeFault(name)
        switch fault?.do {
        case .drop:
            throw NetworkError(timedOut: false, cause: nil)
        case .answer:
            return HTTPAnswer(
                fault?.status ?? 500,
                fault?.body ?? "",
                headers: fault?.headers ?? [:]
            )
        case .delay:
            try await Task.sleep(for: .milliseconds(fault?.ms ?? 0))
        case .lose, nil:
            break
        }
        let answer = try pass(request)
        if let hold = holds.removeValue(forKey: name) {
            hold.reached.finish()
            for await _ in hold.released {}
        }
        if fault?.do == .lose { throw NetworkError(timedOut: false, cause: nil) }
        return answer
    }

    /// Answers without a fault and without a note in the journal.
    func pass(_ request: URLRequest) throws -> HTTPAnswer {
        do {
            return try route(request)
        } catch let refusal as Refusal {
            return .problem(refusal.status, "/problems/\(refusal.type)")
        }
    }

    private func takeFault(_ name: String) -> Fault? {
        for index in faults.indices where faults[index].request == name {
            if let after = faults[index].after, after > 0 {
                faults[index].after = after - 1
                continue
            }
            let fault = faults[index]
            if let times = fault.times, times > 1 {
                faults[index].times = times - 1
            } else {
                faults.remove(at: index)
            }
            return fault
        }
        return nil
    }

    private func path(of request: URLRequest) -> String {
        // `path` would decode it.
        let text = request.url.map { URLComponents(url: $0, resolvingAgainstBaseURL: false) }
        return (text??.percentEncodedPath ?? "").replacingOccurrences(of: "/Stage", with: "")
    }

    private func body(of request: URLRequest) throws -> JSON? {
        try request.httpBody.map { try JSONDecoder().decode(JSON.self, from: $0) }
    }

    private func route(_ request: URLRequest) throws -> HTTPAnswer {
        let path = path(of: request)
        let body = try body(of: request)?.members ?? [:]
        if path == "/auth/refresh" {
            let user = body["refreshToken"]?.text?.replacingOccurrences(of: "refresh-", with: "")
            return json(200, try JSON(encoding: TokenResponse.of(user ?? "")))
        }
        if path == "/auth/sign-out" { return HTTPAnswer(204) }
        guard let token = request.token, token.hasPrefix("access-") else {
            throw Refusal(status: 401, type: "unauthorized")
        }
        let user = token.replacingOccurrences(of: "access-", with: "")
        let mine = "watchlist \(user)"
        let entries = "/me/watchlist/"
        if path == "/movies/changes" { return try feed("movies", request) }
        if path == "/me/watchlist/changes" { return try feed(mine, request) }
        if path.hasPrefix(entries) {
            let operations = ["GET": "find", "PUT": "put", "PATCH": "update", "DELETE": "delete"]
            return try operate(
                operations[request.httpMethod ?? ""] ?? "",
                request,
                user,
                mine,
                path.dropFirst(entries.count).removingPercentEncoding ?? "",
                body
            )
        }
        let operations = [
            "/movies/add-movie": "add",
            "/movies/update-movie": "update",
            "/movies/delete-movie": "delete",
            "/movies/findbytitleandyear": "find",
        ]
        guard let operation = operations[path] else {
            throw Refusal(status: 404, type: "not-found")
        }
        let title = asStored(body["title"]?.text ?? "")
        guard !title.isEmpty else { throw Refusal(status: 400, type: "invalid-request") }
        var members = body
        members["title"] = nil
        members["year"] = nil
        let key = "\(Int(body["year"]?.number ?? 0)) \(title)"
        return try operate(operation, request, user, "movies", key, members)
    }

    private func operate(
        _ operation: String,
        _ request: URLRequest,
        _ user: String,
        _ scope: String,
        _ key: String,
        _ members: [String: JSON]
    ) throws -> HTTPAnswer {
        if operation == "find" {
            guard let stored = items[scope]?[key] else { throw notFound(scope) }
            return json(200, shown(scope, key, stored))
        }
        let ifMatch = request.value(forHTTPHeaderField: "If-Match")
        let fingerprint = JSON.list([
            .string(operation), .string(scope), .string(key), .object(members),
            ifMatch.map { .string($0) } ?? .null,
        ])
        let recordKey = "\(user) \(request.key ?? "")"
        if let record = records[recordKey], record.expiresAt > now() {
            guard record.fingerprint == fingerprint else {
                throw Refusal(status: 422, type: "idempotency-key-reused")
            }
            return json(record.status, record.body, replayed: true)
        }
        try validate(scope, members)
        let (status, body) = try write(operation, user, scope, key, members, ifMatch)
        var log = log(of: scope)
        log.keys.append(key)
        if relaysAtOnce { log.visible = log.keys.count }
        logs[scope] = log
        records[recordKey] = Record(
            fingerprint: fingerprint,
            status: status,
            body: body,
            expiresAt: now() + 86400
        )
        return json(status, body)
    }

    private func write(
        _ operation: String,
        _ user: String,
        _ scope: String,
        _ key: String,
        _ members: [String: JSON],
        _ ifMatch: String?
    ) throws -> (Int, JSON?) {
        let time = tick()
        guard var stored = items[scope]?[key] else {
            guard operation == "add" || (operation == "put" && ifMatch == nil) else {
                throw notFound(scope)
            }
            let made = Stored(
                owner: user,
                fields: members,
                version: 1,
                createdAt: time,
                updatedAt: time
            )
            items[scope, default: [:]][key] = made
            additions["\(scope) \(key)", default: 0] += 1
            return (201, shown(scope, key, made))
        }
        if operation == "add" { throw Refusal(status: 409, type: "movie-exists") }
        if stored.owner != user { throw Refusal(status: 403, type: "forbidden") }
        if let ifMatch, ifMatch != stored.etag {
            throw Refusal(status: 412, type: "version-mismatch")
        }
        if operation == "delete" {
            items[scope]?[key] = nil
            return (204, nil)
        }
        var set = members
        let clear = set.removeValue(forKey: "clear")?.items ?? []
        stored.fields = operation == "put" ? set : stored.fields.merging(set) { $1 }
        for name in clear { stored.fields[name.text ?? ""] = nil }
        stored.version += 1
        stored.updatedAt = time
        items[scope]?[key] = stored
        return (200, shown(scope, key, stored))
    }

    private func validate(_ scope: String, _ members: [String: JSON]) throws {
        let known =
            scope == "movies"
            ? ["info", "rating", "rank", "genres", "directors", "actors"]
            : ["title", "year", "note", "watched", "rating"]
        for (name, value) in members {
            let isKnown = name == "clear" || known.contains(name)
            let isRating = name == "rating" && !(0...10).contains(value.number ?? 0)
            let isNote = name == "note" && (value.text ?? "").count > 1000
            if !isKnown || isRating || isNote || value == .null {
                throw Refusal(status: 400, type: "invalid-request")
            }
        }
    }

    private func feed(_ scope: String, _ request: URLRequest) throws -> HTTPAnswer {
        let log = log(of: scope)
        let query = request.url.flatMap { URLComponents(url: $0, resolvingAgainstBaseURL: false) }
        func parameter(_ name: String) -> String? {
            query?.queryItems?.first { $0.name == name }?.value
        }
        let limit = Int(parameter("limit") ?? "") ?? 100
        // A snapshot remembers where the log is before it reads the first item.
        var cursor = Cursor(epoch: log.epoch, scope: scope, after: "", position: log.visible)
        if let since = parameter("since") {
            guard
                let data = Data(base64URL: since),
                let given = try? JSONDecoder().decode(Cursor.self, from: data),
                given.scope == scope
            else { throw Refusal(status: 400, type: "invalid-request") }
            cursor = given
        }
        guard cursor.epoch == log.epoch, cursor.position <= log.visible else {
            throw Refusal(status: 410, type: "cursor-expired")
        }
        func page(_ keys: [String], _ next: Cursor, more: Bool) throws -> HTTPAnswer {
            json(
                200,
                .object([
                    "items": .list(keys.map { change(scope, $0) }),
                    "nextSince": .string(base64URL(try JSONEncoder().encode(next))),
                    "more": .bool(more),
                    "pollAfterSeconds": .number(Double(pollAfterSeconds)),
                ])
            )
        }
        if let after = cursor.after {
            let keys = (items[scope] ?? [:]).keys.sorted().filter { $0 > after }
            let some = Array(keys.prefix(limit))
            cursor.after = some.count == keys.count ? nil : some.last
            return try page(some, cursor, more: true)
        }
        let position = min(cursor.position + limit, log.visible)
        var keys: [String] = []
        for key in log.keys[cursor.position..<position] where !keys.contains(key) {
            keys.append(key)
        }
        cursor.position = position
        return try page(keys, cursor, more: position < log.visible)
    }

    private func change(_ scope: String, _ key: String) -> JSON {
        var change = id(scope, key)
        if let stored = items[scope]?[key] {
            change["etag"] = .string(stored.etag)
            change[scope == "movies" ? "movie" : "watchlistEntry"] = shown(scope, key, stored)
        } else {
            change["deleted"] = .bool(true)
        }
        return .object(change)
    }

    private func shown(_ scope: String, _ key: String, _ stored: Stored) -> JSON {
        var item = id(scope, key)
        if scope == "movies" {
            for name in ["genres", "directors", "actors"] { item[name] = .list([]) }
            item["addedBy"] = .string(stored.owner)
        } else {
            item["watched"] = .bool(false)
        }
        item.merge(stored.fields) { $1 }
        item["etag"] = .string(stored.etag)
        item["version"] = .number(Double(stored.version))
        item["createdAt"] = .string(moment(stored.createdAt))
        item["updatedAt"] = .string(moment(stored.updatedAt))
        if isNewer { item["fromTheFuture"] = .object(["a": .number(1)]) }
        return .object(item)
    }

    private func id(_ scope: String, _ key: String) -> [String: JSON] {
        guard scope == "movies" else { return ["entryId": .string(key)] }
        let parts = key.split(separator: " ", maxSplits: 1).map(String.init)
        return ["title": .string(parts[1]), "year": .number(Double(parts[0]) ?? 0)]
    }

    private func json(_ status: Int, _ body: JSON?, replayed: Bool = false) -> HTTPAnswer {
        var headers: [String: String] = [:]
        headers["etag"] = body?["etag"]?.text
        if replayed { headers["idempotent-replayed"] = "true" }
        return HTTPAnswer(status, body?.description ?? "", headers: headers)
    }

    private func notFound(_ scope: String) -> Refusal {
        let noun = scope == "movies" ? "movie" : "watchlist-entry"
        return Refusal(status: 404, type: "\(noun)-not-found")
    }

    private func log(of scope: String) -> Log {
        if let log = logs[scope] { return log }
        epochs += 1
        let log = Log(epoch: epochs)
        logs[scope] = log
        return log
    }

    /// A moment that is later than all before, in microseconds.
    private func tick() -> Int {
        ticks = max(ticks + 1, Int(now() * 1_000_000))
        return ticks
    }

    private func moment(_ microseconds: Int) -> String {
        let date = Date(timeIntervalSince1970: Double(microseconds / 1_000_000))
        let fraction = String(format: "%06d", microseconds % 1_000_000)
        return date.ISO8601Format().replacingOccurrences(of: "Z", with: ".\(fraction)Z")
    }
}

extension TokenResponse {
    /// Tokens, as the service gives them; the user is in the claim `sub`.
    static func of(_ user: String) -> TokenResponse {
        TokenResponse(
            accessToken: "access-\(user)",
            idToken: "e30.\(base64URL(Data(#"{"sub":"\#(user)"}"#.utf8))).s",
            refreshToken: "refresh-\(user)",
            expiresIn: 900,
            tokenType: "Bearer"
        )
    }
}
