import Foundation
import Testing

@testable import MoviesKit

@Suite struct Scenarios {
    @Test(.enabled(if: Wire.fromEnvironment != nil, "SCENARIOS_URL names no server"))
    func allHold() async throws {
        let wire = try #require(Wire.fromEnvironment)
        let scenarios: [JSON] = try JSONDecoder().decode([JSON].self, from: Data(contentsOf: file))
        var checks = 0
        for scenario in scenarios {
            let run = ScenarioRun(wire: wire)
            do {
                try await run.run(scenario)
            } catch {
                Issue.record("\(scenario["name"]?.text ?? "a scenario without a name"), \(error)")
            }
            checks += await run.checks
        }
        print("\(scenarios.count) scenarios, \(checks) checks")
    }

    /// `apps/clients/scenarios.json`, beside this package.
    private var file: URL {
        URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../scenarios.json")
            .standardized
    }
}

/// Something else came than a scenario expects.
struct Mismatch: Error, CustomStringConvertible {
    let description: String

    init(_ what: String, expected: Any, got: Any) {
        description = "\(what): expected \(expected), got \(got)"
    }
}

/// A step that failed.
struct StepFailure: Error, CustomStringConvertible {
    let index: Int
    let error: any Error

    var description: String { "step \(index): \(error)" }
}

/// One run of a scenario, with a client of its own.
actor ScenarioRun {
    private(set) var checks = 0

    private let wire: Wire
    private let clock = TestClock()
    private let storage = MemoryTokenStorage()
    private let client: MoviesClient
    private var variables: [String: JSON]
    private var challenge: Challenge?

    private static let password = "correct-Horse-7-battery"

    init(wire: Wire) {
        let run = UUID().uuidString.lowercased()
        self.wire = wire
        client = MoviesClient(
            baseURL: wire.baseURL,
            storage: storage,
            options: ClientOptions(now: clock.now, sha256: testSHA256)
        )
        variables = [
            "run": .string(run),
            "email": .string("fresh-\(run)@example.com"),
            "password": .string(ScenarioRun.password),
        ]
    }

    func run(_ scenario: JSON) async throws {
        try await wire.post("reset")
        switch scenario["as"]?.text {
        case nil, "nobody":
            break
        case "fresh":
            try await signUp()
            try await wire.post("reset")
        case let name?:
            throw UnknownName(name: name)
        }
        for (index, step) in (scenario["steps"]?.items ?? []).enumerated() {
            do {
                try await perform(try filled(step))
            } catch {
                throw StepFailure(index: index, error: error)
            }
        }
    }

    private func signUp() async throws {
        let email = variables["email"]?.text ?? ""
        _ = try await client.api.signUp(SignUpRequest(email: email, password: ScenarioRun.password))
        let code = try await wire.get("code", ["email": .string(email)])["code"]?.text ?? ""
        _ = try await client.api.confirmSignUp(
            ConfirmSignUpRequest(email: email, code: code, password: ScenarioRun.password)
        )
        let step = try await client.accounts.signIn(email: email, password: ScenarioRun.password)
        guard step == .done else { throw Mismatch("sign-in", expected: "done", got: step) }
    }

    // MARK: - Variables

    /// Puts the variables into the texts.
    private func filled(_ json: JSON) throws -> JSON {
        switch json {
        case .string(let text): try filled(text)
        case .list(let items): .list(try items.map(filled))
        case .object(let members): .object(try members.mapValues(filled))
        default: json
        }
    }

    private func filled(_ text: String) throws -> JSON {
        var rest = text[...]
        var result = ""
        while let start = rest.range(of: "${"),
            let end = rest.range(of: "}", range: start.upperBound..<rest.endIndex)
        {
            let name = String(rest[start.upperBound..<end.lowerBound])
            guard let value = variables[name] else { throw UnknownName(name: name) }
            if text == "${\(name)}" { return value }
            result += rest[..<start.lowerBound] + (value.text ?? value.description)
            rest = rest[end.upperBound...]
        }
        return .string(result + rest)
    }

    private func save(_ names: JSON?, from answer: JSON) throws {
        for (path, variable) in names?.members ?? [:] {
            guard let value = answer.at(path: path), let name = variable.text else {
                throw Mismatch("save", expected: path, got: answer)
            }
            variables[name] = value
        }
    }

    // MARK: - Steps

    private func perform(_ step: JSON) async throws {
        let known: Set = [
            "call", "path", "query", "body", "options", "within", "upload", "account", "with", "all",
            "take", "parallel", "cancel",
            "step", "faults", "wire", "session", "clock", "requests", "is", "fails", "save",
        ]
        for name in (step.members ?? [:]).keys where !known.contains(name) {
            throw UnknownName(name: name)
        }

        if let count = step["parallel"]?.number, let inner = step["step"] {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<Int(count) {
                    group.addTask { try await self.perform(inner) }
                }
                try await group.waitForAll()
            }
        } else if let cancel = step["cancel"], let inner = step["step"] {
            try await perform(inner, cancelledAfter: cancel["afterMs"]?.number ?? 0)
        } else if let faults = step["faults"] {
            try await wire.post("faults", faults)
        } else if let tool = step["wire"]?.text {
            let body = step["body"]
            let answer =
                body == nil
                ? try await wire.get(tool, step["query"]?.members ?? [:])
                : try await wire.post(tool, body)
            if let expected = step["is"] {
                checks += 1
                guard answer.contains(expected) else {
                    throw Mismatch(tool, expected: expected, got: answer)
                }
            }
            try save(step["save"], from: answer)
        } else if let session = step["session"] {
            try await perform(session: session)
        } else if let seconds = step["clock"]?.number {
            clock.advance(by: seconds)
        } else if let requests = step["requests"] {
            try await check(requests: requests)
        } else {
            try await check(step)
        }
    }

    private func perform(_ step: JSON, cancelledAfter milliseconds: Double) async throws {
        let task = Task { try await self.result(of: step) }
        try await Task.sleep(for: .milliseconds(milliseconds))
        task.cancel()
        let start = ContinuousClock.now
        let result = await task.result
        let duration = ContinuousClock.now - start
        switch result {
        case .success(let value):
            throw Mismatch("cancel", expected: "CancellationError", got: value)
        case .failure(is CancellationError): break
        case .failure(let error):
            throw Mismatch("cancel", expected: "CancellationError", got: error)
        }
        guard duration < .seconds(2) else {
            throw Mismatch("cancel", expected: "within 2 seconds", got: duration)
        }
    }

    private func perform(session: JSON) async throws {
        for (name, value) in session.members ?? [:] {
            var tokens = await storage.load()
            switch name {
            case "state":
                checks += 1
                let state = try await client.session.state
                guard "\(state)" == value.text else {
                    throw Mismatch("session", expected: value, got: state)
                }
            case "accessToken":
                tokens?.accessToken = value.text ?? ""
                if let tokens { await storage.save(tokens) }
            case "refreshToken":
                tokens?.refreshToken = value.text ?? ""
                if let tokens { await storage.save(tokens) }
            case "save":
                guard let tokens else { throw Mismatch("session", expected: "tokens", got: "none") }
                try save(value, from: JSON(encoding: tokens))
            default:
                throw UnknownName(name: name)
            }
        }
    }

    /// Uploads a file that begins like a PNG.
    private func upload(_ input: JSON) async throws -> JSON {
        for name in (input.members ?? [:]).keys
        where !["pictureId", "contentType", "size"].contains(name) {
            throw UnknownName(name: name)
        }
        let size = Int(input["size"]?.number ?? 0)
        var file = Data([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a].prefix(size))
        file.append(Data(count: size - file.count))
        let type = PictureContentTypeInput(rawValue: input["contentType"]?.text ?? "")
        let picture =
            if let id = input["pictureId"]?.text {
                try await client.uploadPicture(file, contentType: type, pictureId: id)
            } else {
                try await client.uploadPicture(file, contentType: type)
            }
        return .object(["value": try JSON(encoding: picture)])
    }

    /// Does what a `call`, an `account` or an `all` says, and gives its result.
    private func result(of step: JSON) async throws -> JSON {
        if let name = step["call"]?.text {
            return try await call(name, of: client.api, with: CallInput(step: step)).json
        }
        if let input = step["upload"] {
            return try await upload(input)
        }
        if let name = step["all"]?.text {
            let take = step["take"]?.number.map { Int($0) }
            let items = try await all(name, of: client.api, with: CallInput(step: step), take: take)
            return .object(["count": .number(Double(items.count)), "items": .list(items)])
        }
        guard let name = step["account"]?.text else { throw UnknownName(name: step.description) }
        guard let next = try await account(name, with: step["with"] ?? .null) else {
            return .object([:])
        }
        switch next {
        case .done:
            return .object(["step": .string("done")])
        case .challenge(let challenge):
            self.challenge = challenge
            return .object(["step": .string("challenge"), "challenge": .string(challenge.name)])
        case .unknown:
            return .object(["step": .string("unknown")])
        }
    }

    private func account(_ name: String, with input: JSON) async throws -> SignInStep? {
        let accounts = client.accounts
        let prompt = WirePasskeyPrompt(wire: wire)
        func argument(_ name: String) throws -> String {
            guard let value = input[name]?.text else { throw UnknownName(name: "with.\(name)") }
            return value
        }
        func latestChallenge() throws -> Challenge {
            guard let challenge else { throw Mismatch("challenge", expected: "one", got: "none") }
            return challenge
        }
        switch name {
        case "signIn":
            return try await accounts.signIn(
                email: argument("email"),
                password: argument("password")
            )
        case "signInWithPasskey":
            return try await accounts.signInWithPasskey(email: argument("email"))
        case "answerTotp":
            return try await accounts.answerTotp(latestChallenge(), code: argument("code"))
        case "answerNewPassword":
            return try await accounts.answerNewPassword(
                latestChallenge(),
                password: argument("password")
            )
        case "answerPasskey":
            return try await accounts.answerPasskey(latestChallenge(), prompt: prompt)
        case "addPasskey":
            try await accounts.addPasskey(
                currentPassword: argument("currentPassword"),
                prompt: prompt
            )
        case "hosted":
            try await signInHosted(
                redirectUri: argument("redirectUri"),
                provider: input["provider"]?.text,
                email: argument("email")
            )
            return .done
        case "signOut":
            try await accounts.signOut()
        case "signOutEverywhere":
            try await accounts.signOutEverywhere()
        case "deleteAccount":
            try await accounts.deleteAccount(
                movies: DeleteMyAccountMovies(rawValue: argument("movies"))
            )
        default:
            throw UnknownName(name: name)
        }
        return nil
    }

    private func signInHosted(redirectUri: String, provider: String?, email: String) async throws {
        let started = try await client.accounts.startHostedSignIn(
            redirectUri: redirectUri,
            provider: provider
        )
        guard let started else {
            throw Mismatch("hosted", expected: "a hosted sign-in", got: "none")
        }
        // An app keeps the attempt in a file while the browser is in front.
        let kept = try JSONEncoder().encode(started)
        let browser: JSON = .object([
            "url": .string(started.url.absoluteString), "email": .string(email),
        ])
        let callback = try await wire.post("hosted", browser)["callback"]?.text.flatMap(
            URL.init(string:)
        )
        guard let callback else { throw Mismatch("hosted", expected: "a callback", got: "none") }
        let attempt = try JSONDecoder().decode(HostedSignInAttempt.self, from: kept)
        try await client.accounts.finishHostedSignIn(attempt, callback: callback)
    }

    // MARK: - Checks

    private func check(_ step: JSON) async throws {
        let start = ContinuousClock.now
        let tokens = await storage.load()
        let result: Result<JSON, any Error>
        do {
            result = .success(try await self.result(of: step))
        } catch {
            result = .failure(error)
        }
        if let limit = step["within"]?.number {
            let duration = ContinuousClock.now - start
            guard duration < .milliseconds(limit) else {
                throw Mismatch("within", expected: limit, got: duration)
            }
        }
        switch result {
        case .success(let answer):
            if let expected = step["fails"] {
                throw Mismatch("call", expected: expected, got: answer)
            }
            if let expected = step["is"] { try check(answer, is: expected) }
            try save(step["save"], from: answer)
        case .failure(let error):
            guard let expected = step["fails"] else { throw error }
            try check(error, fails: expected)
            try checkSecrets(of: error, tokens: [tokens, await storage.load()])
        }
    }

    private func check(_ answer: JSON, is expected: JSON) throws {
        checks += 1
        for (name, value) in expected.members ?? [:] {
            let holds: Bool
            switch name {
            case "status", "replayed", "step", "challenge", "count", "items":
                holds = answer[name] == value
            case "value": holds = answer["value"]?.contains(value) ?? false
            case "absent":
                holds = value.items?.allSatisfy { answer["value"]?[$0.text ?? ""] == nil } ?? false
            case "noValue": holds = (answer["value"] == nil) == value.flag
            case "etag": holds = (answer["etag"] != nil) == value.flag
            default: throw UnknownName(name: "is.\(name)")
            }
            guard holds else { throw Mismatch(name, expected: value, got: answer) }
        }
    }

    private func check(_ error: any Error, fails expected: JSON) throws {
        checks += 1
        let problem = error as? ProblemError
        for (name, value) in expected.members ?? [:] {
            let holds: Bool
            switch name {
            case "error": holds = "\(type(of: error))" == value.text
            case "status":
                let status =
                    problem?.status ?? (error as? UnexpectedAnswerError)?.status
                    ?? (error as? UploadRefusedError)?.status
                holds = status.map(Double.init) == value.number
            case "type": holds = problem?.problem.type == value.text
            case "field":
                holds = problem?.problem.errors?.contains { $0.field == value.text } ?? false
            case "retryAfter": holds = problem?.retryAfter == value.number.map { .seconds($0) }
            case "requestId": holds = (requestId(of: error) != nil) == value.flag
            case "timedOut": holds = (error as? NetworkError)?.timedOut == value.flag
            default: throw UnknownName(name: "fails.\(name)")
            }
            guard holds else {
                throw Mismatch(name, expected: expected, got: "\(type(of: error)): \(error)")
            }
        }
    }

    private func requestId(of error: any Error) -> String? {
        switch error {
        case let error as ProblemError: error.requestId
        case let error as SessionEndedError: error.requestId
        case let error as UnexpectedAnswerError: error.requestId
        case let error as UploadRefusedError: error.requestId
        default: nil
        }
    }

    private func checkSecrets(of error: any Error, tokens: [Tokens?]) throws {
        let secrets = tokens.compactMap { $0 }.flatMap {
            [$0.accessToken, $0.idToken, $0.refreshToken]
        }
        let cause = (error as? NetworkError)?.cause.map { String(reflecting: $0.userInfo) } ?? ""
        let texts = ["\(error)", String(reflecting: error), error.localizedDescription, cause]
        for text in texts {
            for secret in secrets + [ScenarioRun.password, "signature="]
            where text.contains(secret) {
                throw Mismatch("text of the error", expected: "no secret", got: text)
            }
        }
    }

    private func check(requests expected: JSON) async throws {
        checks += 1
        let journal = try await wire.get("requests").items ?? []
        let requests = journal.filter { $0["request"] == expected["request"] }
        for (name, value) in expected.members ?? [:] {
            let holds: Bool
            switch name {
            case "request": holds = true
            case "count": holds = Double(requests.count) == value.number
            case "oneKey":
                holds =
                    Set(requests.map { $0["key"]?.text }).count == 1
                    && requests[0]["key"]?.text != nil
            case "query": holds = requests.allSatisfy { $0["query"] == value }
            case "authorization": holds = requests.allSatisfy { $0["authorization"] == value }
            case "body": holds = requests.last?["body"] == value
            default: throw UnknownName(name: "requests.\(name)")
            }
            guard holds else {
                throw Mismatch("requests", expected: expected, got: JSON.list(requests))
            }
        }
    }
}

/// The clock of the client, which a scenario sets.
final class TestClock: @unchecked Sendable {
    private let lock = NSLock()
    private var offset: TimeInterval = 0

    var now: @Sendable () -> Date {
        { Date().addingTimeInterval(self.lock.withLock { self.offset }) }
    }

    func advance(by seconds: TimeInterval) {
        lock.withLock { offset += seconds }
    }
}
