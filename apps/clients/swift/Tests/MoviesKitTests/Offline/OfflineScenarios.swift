import Foundation
import Testing

@testable import MoviesKit

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A scenario, as `offline-scenarios.md` describes it.
struct OfflineScenario: Decodable, Sendable {
    let name: String
    let pageLimit: Int?
    let most: Int?
    let queueLimit: Int?
    let timeLimit: Int?
    let steps: [JSON]

    static func all() throws -> [OfflineScenario] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../../offline-scenarios.json").standardized
        return try JSONDecoder().decode([OfflineScenario].self, from: Data(contentsOf: file))
    }
}

/// A step that did not do what it says.
private struct StepFailed: Error, CustomStringConvertible {
    let description: String
}

/// The tests of the offline store, one after another: they measure time.
@Suite(.serialized) enum OfflineTests {}

extension OfflineTests {
    @Suite struct OfflineScenarioTests {
        @Test func allHoldInFiles() async throws {
            let folder = TestFolder()
            try await run { FileOfflineStorage(folder: folder.url.appendingPathComponent($0)) }
        }

        @Test func allHoldInMemory() async throws {
            try await run { _ in MemoryOfflineStorage() }
        }

        private func run(
            _ storage: @escaping @Sendable (_ name: String) -> any OfflineStorage
        ) async throws {
            let scenarios = try OfflineScenario.all()
            var checks = 0
            for (number, scenario) in scenarios.enumerated() {
                let runner = OfflineRunner(scenario) { storage("\(number)/\($0)") }
                for (index, step) in scenario.steps.enumerated() {
                    do {
                        try await runner.perform(step)
                    } catch {
                        Issue.record("\(scenario.name), step \(index) \(step): \(error)")
                        break
                    }
                }
                await runner.close()
                checks += await runner.checks
            }
            print("\(scenarios.count) scenarios, \(checks) checks")
        }
    }
}

/// Runs the steps of a scenario, and counts its checks.
private actor OfflineRunner {
    private(set) var checks = 0
    private let scenario: OfflineScenario
    private let storage: @Sendable (String) -> any OfflineStorage
    private let server = StandIn()
    private var devices: [String: Device] = [:]
    private var syncing: [String: Task<Void, any Error>] = [:]
    /// What the user saw.
    private var seenMovie: LocalItem<MovieResponse>?
    private var seenEntry: LocalItem<WatchlistEntryResponse>?
    private let run = String(UUID().uuidString.prefix(8)).lowercased()

    init(
        _ scenario: OfflineScenario,
        storage: @escaping @Sendable (String) -> any OfflineStorage
    ) {
        self.scenario = scenario
        self.storage = storage
    }

    func close() async {
        for device in devices.values { await device.close() }
    }

    func perform(_ template: JSON) async throws {
        let text = template.description.replacingOccurrences(of: "${run}", with: run)
        let step = try JSONDecoder().decode(JSON.self, from: Data(text.utf8))
        let kinds: [(String, [String], (JSON, String) async throws -> Void)] = [
            ("write", ["in", "id", "members", "seen", "fails"], write),
            ("see", ["in"], see),
            ("sync", ["fails"], sync),
            ("begin", [], begin),
            ("end", [], end),
            ("network", [], network),
            ("clock", [], clock),
            ("reopen", ["fails"], reopen),
            ("decide", ["in", "id", "refused"], decide),
            ("session", ["user"], session),
            ("faults", [], faults),
            ("forget", [], forget),
            ("other", ["in", "id", "members", "user"], other),
            ("server", ["in", "id", "absent", "user"], server),
            ("shows", ["in"], shows),
            ("writes", [], writes),
            ("status", [], status),
            ("requests", [], requests),
        ]
        guard let (name, others, work) = kinds.first(where: { step[$0.0] != nil }) else {
            throw UnknownName(name: "\(step)")
        }
        try known(step, [name, "on"] + others)
        try await work(step, step["on"]?.text ?? "phone")
    }

    // MARK: - Steps

    private func write(_ step: JSON, _ on: String) async throws {
        let store = try await store(on)
        let (id, members) = (step["id"] ?? .null, step["members"] ?? .object([:]))
        let operation = step["write"]?.text ?? ""
        let isForm = step["seen"] == .bool(true)
        let (seenMovie, seenEntry) = (isForm ? seenMovie : nil, isForm ? seenEntry : nil)
        try await expect(step) {
            if step["in"]?.text == "movies" {
                let movies = store.collections.movies
                let key: MovieKeyRequest = try id.decoded()
                switch operation {
                case "add": try await movies.add(typed(members.with(id)))
                case "put": try await movies.put(key, typed(members.with(id)), seen: seenMovie)
                case "update": try await movies.update(typed(members.with(id)), seen: seenMovie)
                case "delete": try await movies.delete(key, seen: seenMovie)
                default: throw UnknownName(name: operation)
                }
            } else {
                let watchlist = store.collections.watchlist
                let entry: WatchlistEntryId = try id.decoded()
                switch operation {
                case "add": try await watchlist.add(entry, typed(members))
                case "put": try await watchlist.put(entry, typed(members), seen: seenEntry)
                case "update": try await watchlist.update(entry, typed(members), seen: seenEntry)
                case "delete": try await watchlist.delete(entry, seen: seenEntry)
                default: throw UnknownName(name: operation)
                }
            }
        }
    }

    private func see(_ step: JSON, _ on: String) async throws {
        let (collections, id) = (try await store(on).collections, step["see"] ?? .null)
        if step["in"]?.text == "movies" {
            seenMovie = try await collections.movies.get(id.decoded())?.item
            try check(seenMovie != nil, "there is nothing to see")
        } else {
            seenEntry = try await collections.watchlist.get(id.decoded())?.item
            try check(seenEntry != nil, "there is nothing to see")
        }
    }

    private func sync(_ step: JSON, _ on: String) async throws {
        let store = try await store(on)
        try await expect(step) { try await store.sync() }
    }

    private func begin(_ step: JSON, _ on: String) async throws {
        let store = try await store(on)
        syncing[on] = Task { try await store.sync() }
    }

    private func end(_ step: JSON, _ on: String) async throws {
        try await syncing[on]?.value
    }

    private func network(_ step: JSON, _ on: String) async throws {
        try await device(on).isOnline.now = step["network"] == .string("on")
    }

    private func clock(_ step: JSON, _ on: String) async throws {
        let seconds = step["clock"]?.number ?? 0
        try await device(on).ahead.change { $0 += seconds }
    }

    private func reopen(_ step: JSON, _ on: String) async throws {
        let device = try await device(on)
        var options = device.options
        if let given = step["reopen"], given.members != nil {
            try known(given, ["form"])
            options.form = Int(given["form"]?.number ?? 1)
        }
        try await expect(step) { [options] in try await device.reopen(options) }
    }

    private func decide(_ step: JSON, _ on: String) async throws {
        let store = try await store(on)
        let decision = step["decide"]?.text ?? ""
        switch decision {
        case "retry", "discard":
            let refused = try await store.writes().filter { $0.state == .refused }
            let write = refused[Int(step["refused"]?.number ?? 0)]
            try await decision == "retry" ? store.retry(write.seq) : store.discard(write.seq)
        case "keepMine", "takeTheirs":
            let id = step["id"] ?? .null
            let (movies, watchlist) = (store.collections.movies, store.collections.watchlist)
            switch (step["in"]?.text, decision) {
            case ("movies", "keepMine"): try await movies.keepMine(id.decoded())
            case ("movies", _): try await movies.takeTheirs(id.decoded())
            case (_, "keepMine"): try await watchlist.keepMine(id.decoded())
            default: try await watchlist.takeTheirs(id.decoded())
            }
        default:
            throw UnknownName(name: decision)
        }
    }

    private func session(_ step: JSON, _ on: String) async throws {
        let device = try await device(on)
        switch step["session"]?.text {
        case "end": try await device.client.session.end()
        case "signOut": try await device.client.accounts.signOut()
        case "signIn": try await device.signIn(step["user"]?.text ?? "")
        default: throw UnknownName(name: "\(step)")
        }
    }

    private func faults(_ step: JSON, _ on: String) async throws {
        await server.add(try (step["faults"] ?? .null).decoded())
    }

    private func forget(_ step: JSON, _ on: String) async throws {
        await server.reset()
    }

    private func other(_ step: JSON, _ on: String) async throws {
        let answer = try await send(step["other"]?.text ?? "", step)
        try check(200..<300 ~= answer.status, "the other client got \(answer.status)")
    }

    private func server(_ step: JSON, _ on: String) async throws {
        let answer = try await send("find", step)
        checks += 1
        if step["server"] == .null {
            return try check(answer.status == 404, "expected no item, got \(answer.status)")
        }
        let item = try JSONDecoder().decode(JSON.self, from: answer.body)
        let isAbsent = (step["absent"]?.items ?? []).allSatisfy { item[$0.text ?? ""] == nil }
        let isThere = item.contains(step["server"] ?? .null)
        try check(isThere && isAbsent, "got \(item)")
    }

    private func shows(_ step: JSON, _ on: String) async throws {
        let store = try await store(on)
        let got: [JSON] =
            if step["in"]?.text == "movies" {
                try await store.collections.movies.query().map(JSON.init(shown:))
            } else {
                try await store.collections.watchlist.query().map(JSON.init(shown:))
            }
        // Other scenarios have movies, too.
        let ours = got.filter {
            step["in"]?.text != "movies" || $0.at(path: "item.title")?.text?.contains(run) == true
        }
        checks += 1
        let wanted = step["shows"]?.items ?? []
        let holds = try ours.count == wanted.count && zip(ours, wanted).allSatisfy(isShown)
        try check(holds, "got \(ours)")
    }

    private func isShown(_ got: JSON, _ wanted: JSON) throws -> Bool {
        try known(wanted, ["id", "item", "absent", "state", "conflict"])
        let item = got["item"] ?? .null
        let conflict = wanted["conflict"]?.members ?? [:]
        return item.contains(wanted["id"] ?? .object([:]))
            && item.contains(wanted["item"] ?? .object([:]))
            && (wanted["absent"]?.items ?? []).allSatisfy { item[$0.text ?? ""] == nil }
            && got["state"] == wanted["state"]
            && conflict.allSatisfy { name, value in
                let part = got.at(path: "conflict.\(name)")
                return value == .null ? part == nil : part?.contains(value) ?? false
            }
    }

    private func writes(_ step: JSON, _ on: String) async throws {
        let got = try await store(on).writes().map(JSON.init(write:))
        checks += 1
        let wanted = step["writes"]?.items ?? []
        let holds = got.count == wanted.count && zip(got, wanted).allSatisfy { $0.contains($1) }
        try check(holds, "got \(got)")
    }

    private func status(_ step: JSON, _ on: String) async throws {
        let got = JSON(status: await (try store(on)).status)
        checks += 1
        try check(got.contains(step["status"] ?? .null), "got \(got)")
    }

    private func requests(_ step: JSON, _ on: String) async throws {
        let wanted = step["requests"] ?? .null
        try known(wanted, ["request", "count", "keys", "conditional", "bodies", "snapshots"])
        let found = await server.requests.filter { $0.request == wanted["request"]?.text }
        let snapshots = found.filter { !$0.query.contains("since=") }
        let got: [String: JSON] = [
            "request": wanted["request"] ?? .null,
            "count": .number(Double(found.count)),
            "keys": .number(Double(Set(found.map(\.key)).count)),
            "conditional": .list(found.map { .bool($0.ifMatch != nil) }),
            "bodies": .list(found.map { $0.body ?? .null }),
            "snapshots": .number(Double(snapshots.count)),
        ]
        checks += 1
        for (name, value) in wanted.members ?? [:] {
            try check(got[name] == value, "\(name): got \(got[name] ?? .null)")
        }
    }

    // MARK: - Tools

    /// Runs what must succeed, or fail as the step says.
    private func expect(_ step: JSON, _ work: () async throws -> Void) async throws {
        guard let fails = step["fails"]?.text else { return try await work() }
        checks += 1
        var reason = "nothing"
        do {
            try await work()
        } catch let error as OfflineError {
            reason = error.reason.rawValue
        } catch {
            reason = "\(type(of: error))"
        }
        try check(reason == fails, "expected \(fails), got \(reason)")
    }

    private func device(_ name: String) async throws -> Device {
        if let known = devices[name] { return known }
        var options = Device.Options(storage: storage(name))
        options.pageLimit = scenario.pageLimit ?? options.pageLimit
        options.most = scenario.most ?? options.most
        options.queueLimit = scenario.queueLimit ?? options.queueLimit
        // Where every answer comes, none is to be late on a slow machine.
        options.timeLimit = .milliseconds(scenario.timeLimit ?? 20_000)
        let device = Device(server, options)
        devices[name] = device
        try await device.signIn("ada")
        return device
    }

    private func store(_ name: String) async throws -> TestStore {
        try await device(name).store()
    }

    /// A request of a client without a store.
    private func send(_ operation: String, _ step: JSON) async throws -> HTTPAnswer {
        let (id, members) = (step["id"] ?? .null, step["members"] ?? .object([:]))
        let isMovie = step["in"]?.text == "movies"
        let paths = ["add": "add-movie", "update": "update-movie", "delete": "delete-movie"]
        let methods = ["put": "PUT", "update": "PATCH", "delete": "DELETE", "find": "GET"]
        let path =
            isMovie
            ? "movies/\(paths[operation] ?? "findbytitleandyear")"
            : "me/watchlist/\(id["entryId"]?.text ?? "")"
        var request = URLRequest(url: URL(string: "https://movies.example/Stage/\(path)")!)
        request.httpMethod = isMovie ? "POST" : methods[operation]
        let user = step["user"]?.text ?? "ada"
        request.setValue("Bearer access-\(user)", forHTTPHeaderField: "Authorization")
        request.setValue(UUID().uuidString, forHTTPHeaderField: "Idempotency-Key")
        if isMovie || operation == "put" || operation == "update" {
            request.httpBody = try JSONEncoder().encode(isMovie ? members.with(id) : members)
        }
        return try await server.pass(request)
    }
}

private func check(_ holds: Bool, _ message: @autoclosure () -> String) throws {
    if !holds { throw StepFailed(description: message()) }
}

/// Fails if a value has members that this runner does not know.
private func known(_ value: JSON, _ names: [String]) throws {
    if let unknown = value.members?.keys.first(where: { !names.contains($0) }) {
        throw UnknownName(name: unknown)
    }
}

/// Decodes a value into a type, which must not lose a member of it.
private func typed<Value: Codable>(_ json: JSON) throws -> Value {
    let value: Value = try json.decoded()
    guard try JSON(encoding: value) == json else { throw UnknownName(name: "\(json)") }
    return value
}

extension JSON {
    func with(_ other: JSON) -> JSON {
        .object((members ?? [:]).merging(other.members ?? [:]) { $1 })
    }

    /// The members that a local item has; those of the service only if it has seen the item.
    init<Item>(local item: LocalItem<Item>) {
        let names = ["etag", "version", "createdAt", "updatedAt"]
        let whole = (try? JSON(encoding: item.whole))?.members ?? [:]
        self = .object(item.known == nil ? whole.filter { !names.contains($0.key) } : whole)
    }

    init<Item>(shown: Shown<Item>) {
        var members: [String: JSON] = [
            "key": .string(shown.key),
            "item": JSON(local: shown.item),
            "state": .string(shown.state.rawValue),
        ]
        if let conflict = shown.conflict {
            var parts: [String: JSON] = ["reason": .string(conflict.reason.rawValue)]
            parts["mine"] = conflict.mine.map { JSON(local: $0) }
            parts["theirs"] = conflict.theirs.flatMap { try? JSON(encoding: $0) }
            parts["before"] = conflict.before.map { JSON(local: $0) }
            members["conflict"] = .object(parts)
        }
        self = .object(members)
    }

    init(write: QueuedWrite) {
        var members: [String: JSON] = [
            "seq": .number(Double(write.seq)),
            "collection": .string(write.collection),
            "key": .string(write.key),
            "operation": .string(write.operation.rawValue),
            "state": .string(write.state.rawValue),
            "tried": .bool(write.tried),
        ]
        members["id"] = try? JSON(encoding: write.itemId)
        members["members"] = try? JSON(encoding: write.members)
        members["problem"] = write.problem.flatMap { try? JSON(encoding: $0) }
        self = .object(members)
    }

    init(status: OfflineStatus) {
        let collections = status.collections.mapValues { collection in
            JSON.object([
                "ready": .bool(collection.ready), "partial": .bool(collection.partial),
            ])
        }
        self = .object([
            "leads": .bool(status.leads),
            "signedIn": .bool(status.signedIn),
            "closed": .bool(status.closed),
            "waiting": .number(Double(status.waiting)),
            "conflicts": .number(Double(status.conflicts)),
            "refused": .number(Double(status.refused)),
            "collections": .object(collections),
        ])
    }
}
