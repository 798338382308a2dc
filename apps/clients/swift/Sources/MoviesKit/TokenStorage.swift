import Foundation

/// The tokens of a session. Its text does not show them.
public struct Tokens: Codable, Hashable, Sendable {
    /// What calls are signed with.
    public var accessToken: String

    /// Who the user is, for the app's own use.
    public var idToken: String

    /// What new tokens are got with.
    public var refreshToken: String

    /// When the access token expires by this device's clock.
    public var expiresAt: Date

    /// Makes tokens.
    public init(accessToken: String, idToken: String, refreshToken: String, expiresAt: Date) {
        self.accessToken = accessToken
        self.idToken = idToken
        self.refreshToken = refreshToken
        self.expiresAt = expiresAt
    }
}

extension Tokens: CustomStringConvertible, CustomReflectable {
    public var description: String { "Tokens(expiresAt: \(expiresAt))" }

    public var customMirror: Mirror { Mirror(self, children: ["expiresAt": expiresAt]) }
}

/// Where tokens are kept.
public protocol TokenStorage: Sendable {
    /// Reads the tokens; `nil` if there are none.
    func load() async throws -> Tokens?

    /// Keeps these tokens in place of those before.
    func save(_ tokens: Tokens) async throws

    /// Forgets the tokens.
    func clear() async throws

    /// Runs the work while no other user of the same storage, in this process or another, runs its
    /// own. The work calls `load`, `save` and `clear`.
    func exclusively<Result: Sendable>(
        _ work: @Sendable () async throws -> Result
    ) async throws -> Result
}

/// Keeps tokens as long as the app runs.
public actor MemoryTokenStorage: TokenStorage {
    private var tokens: Tokens?
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Makes a storage that holds these tokens, or none.
    public init(_ tokens: Tokens? = nil) {
        self.tokens = tokens
    }

    public func load() -> Tokens? {
        tokens
    }

    public func save(_ tokens: Tokens) {
        self.tokens = tokens
    }

    public func clear() {
        tokens = nil
    }

    public func exclusively<Result: Sendable>(
        _ work: @Sendable () async throws -> Result
    ) async throws -> Result {
        if isTaken {
            // Whoever is done hands over: `isTaken` stays true.
            await withCheckedContinuation { waiting.append($0) }
        }
        isTaken = true
        defer {
            if waiting.isEmpty {
                isTaken = false
            } else {
                waiting.removeFirst().resume()
            }
        }
        return try await work()
    }
}
