import Foundation

/// The tokens of the user who is signed in.
///
/// The storage is read for each call, so a session that another process has ended or replaced is
/// noticed.
public actor Session {
    /// Whether somebody is signed in.
    public enum State: Sendable, Hashable {
        /// There are tokens.
        case signedIn
        /// There are none: let the user sign in.
        case signedOut
    }

    /// The tokens to go on with in place of others, and whether a refresh brought them.
    struct Replacement: Sendable {
        let tokens: Tokens
        let refreshed: Bool
    }

    /// An access token that expires so soon is replaced before a call.
    private static let margin: TimeInterval = 30

    private let storage: any TokenStorage
    private let now: @Sendable () -> Date
    private let transport: Transport
    private var refresh: Task<Replacement, any Error>?
    private var watchers: [UUID: AsyncStream<State>.Continuation] = [:]
    private var signInListeners: [UUID: @Sendable () async -> Void] = [:]

    init(storage: any TokenStorage, now: @escaping @Sendable () -> Date, transport: Transport) {
        self.storage = storage
        self.now = now
        self.transport = transport
    }

    /// Whether somebody is signed in.
    public var state: State {
        get async throws { try await storage.load() == nil ? .signedOut : .signedIn }
    }

    /// The `id` of the user's profile, as the ID token says; `nil` if nobody is signed in.
    public var userId: String? {
        get async throws { try await storage.load()?.userId }
    }

    /// The changes of the state from now on, as far as they come about in this process.
    public var changes: AsyncStream<State> {
        let (stream, watcher) = AsyncStream<State>.makeStream()
        let id = UUID()
        watchers[id] = watcher
        watcher.onTermination = { _ in
            Task { await self.forgetWatcher(id) }
        }
        return stream
    }

    /// Stores the tokens of a sign-in: from now on its user is signed in.
    public func accept(_ response: TokenResponse) async throws {
        refresh?.cancel()
        let tokens = Tokens(response, receivedAt: now())
        let storage = storage
        let before = try await storage.exclusively {
            let before = try await storage.load()
            try await storage.save(tokens)
            return before
        }
        if before == nil { tell(.signedIn) }
        for listener in signInListeners.values { await listener() }
    }

    /// An access token that is good for the next call, which may take a refresh. It is for requests
    /// that the app sends itself.
    public func accessToken() async throws -> String {
        try await tokens().accessToken
    }

    /// Clears the tokens: from now on nobody is signed in.
    public func end() async throws {
        try await take()
    }

    // MARK: - What the client needs

    /// Runs `listener` after each sign-in in this process, before `accept` returns.
    func onSignIn(_ listener: @escaping @Sendable () async -> Void) -> UUID {
        let id = UUID()
        signInListeners[id] = listener
        return id
    }

    /// Forgets a listener of `onSignIn`.
    func forgetSignInListener(_ id: UUID) {
        signInListeners[id] = nil
    }

    /// The tokens for the next call.
    func tokens() async throws -> Tokens {
        guard let tokens = try await storage.load() else { throw SessionEndedError(requestId: nil) }
        if let refresh { return try await valueUnlessCancelled(of: refresh).tokens }
        return expiresSoon(tokens) ? try await replace(tokens).tokens : tokens
    }

    /// Gets other tokens in place of these, which are not good any more. One refresh at a time: who
    /// comes while one is under way waits for it. It goes on even if all who wait for it are
    /// cancelled.
    func replace(_ tokens: Tokens) async throws -> Replacement {
        let refresh = refresh ?? startRefresh(of: tokens)
        return try await valueUnlessCancelled(of: refresh)
    }

    /// Ends the session, and returns its tokens.
    @discardableResult
    func take() async throws -> Tokens? {
        // Without a network a refresh goes on for long, and nobody needs its tokens any more.
        refresh?.cancel()
        return try await clear { _ in true }
    }

    /// Ends the session if it still has these tokens: another user may have signed in meanwhile.
    func end(ifStill tokens: Tokens) async throws {
        _ = try await clear { $0.accessToken == tokens.accessToken }
    }

    /// Clears the tokens if they meet the condition, and returns them.
    private func clear(if condition: @escaping @Sendable (Tokens) -> Bool) async throws -> Tokens? {
        let storage = storage
        let cleared: Tokens? = try await storage.exclusively {
            guard let tokens = try await storage.load(), condition(tokens) else { return nil }
            try await storage.clear()
            return tokens
        }
        if cleared != nil { tell(.signedOut) }
        return cleared
    }

    // MARK: - Refresh

    private func startRefresh(of tokens: Tokens) -> Task<Replacement, any Error> {
        let task = Task {
            defer { refresh = nil }
            do {
                return try await storage.exclusively { try await self.refreshed(tokens) }
            } catch is CancellationError {
                // The session that it was for has ended meanwhile.
                throw SessionEndedError(requestId: nil)
            }
        }
        refresh = task
        return task
    }

    private func refreshed(_ tokens: Tokens) async throws -> Replacement {
        guard let stored = try await storage.load() else { throw SessionEndedError(requestId: nil) }
        if stored.accessToken != tokens.accessToken, !expiresSoon(stored) {
            return Replacement(tokens: stored, refreshed: false)
        }
        do {
            let fresh = Tokens(try await askForTokens(stored.refreshToken), receivedAt: now())
            try await storage.save(fresh)
            return Replacement(tokens: fresh, refreshed: true)
        } catch let error as ProblemError where error.endsSession {
            try await storage.clear()
            tell(.signedOut)
            throw SessionEndedError(requestId: error.requestId)
        }
    }

    private func askForTokens(_ refreshToken: String) async throws -> TokenResponse {
        let body = RefreshTokenRequest(refreshToken: refreshToken)
        let api = MoviesApi(caller: Caller(transport: transport, session: nil))
        return try await api.refreshTokens(body).value
    }

    private func expiresSoon(_ tokens: Tokens) -> Bool {
        tokens.expiresAt.timeIntervalSince(now()) < Session.margin
    }

    // MARK: - Watchers

    private func tell(_ state: State) {
        for watcher in watchers.values {
            watcher.yield(state)
        }
    }

    private func forgetWatcher(_ id: UUID) {
        watchers[id] = nil
    }
}

extension Tokens {
    /// Whose tokens they are.
    var userId: String? { Claims(of: idToken)?.sub }

    init(_ response: TokenResponse, receivedAt moment: Date) {
        self.init(
            accessToken: response.accessToken,
            idToken: response.idToken,
            refreshToken: response.refreshToken,
            expiresAt: moment.addingTimeInterval(TimeInterval(response.expiresIn))
        )
    }
}

extension ProblemError {
    var endsSession: Bool { status == 401 && problem.type == "/problems/session-ended" }
    var refusesToken: Bool { status == 401 && problem.type == "/problems/unauthorized" }
}
