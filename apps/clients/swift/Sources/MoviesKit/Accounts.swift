import Foundation

/// Where a sign-in has got to.
public enum SignInStep: Sendable, Hashable {
    /// The user is signed in.
    case done

    /// Something else has to be proved first. Hand the challenge to the method of `Accounts` that
    /// fits its name. An app that does not know the name has to be updated.
    case challenge(Challenge)

    /// A `nextStep` that this client does not know: the app has to be updated.
    case unknown(String)
}

/// What the platform does with passkeys. `AuthenticationServicesPasskeyPrompt` is Apple's.
public protocol PasskeyPrompt: Sendable {
    /// Makes a passkey with these options, and gives the credential, both as JSON text.
    func create(options: String) async throws -> String

    /// Signs in with a passkey as these options say, and gives the credential, both as JSON text.
    func get(options: String) async throws -> String
}

/// Flows over several operations: signing in and out, passkeys, deletion of the account.
public struct Accounts: Sendable {
    /// How often a deletion is repeated that has something left to do.
    private static let deletions = 20

    private let api: MoviesApi
    private let session: Session
    private let options: ClientOptions
    private let signOutListeners = SignOutListeners()

    init(api: MoviesApi, session: Session, options: ClientOptions) {
        self.api = api
        self.session = session
        self.options = options
    }

    // MARK: - Signing in

    /// Signs in with an address and its password.
    public func signIn(email: String, password: String) async throws -> SignInStep {
        try await step(after: api.signIn(SignInRequest(email: email, password: password)))
    }

    /// Asks for the challenge that a passkey answers: see `answerPasskey`.
    public func signInWithPasskey(email: String) async throws -> SignInStep {
        try await step(after: api.signInWithPasskey(EmailRequest(email: email)))
    }

    /// Answers a challenge with what it asks for, by name. Another one may follow.
    public func answer(_ challenge: Challenge, responses: [String: String]) async throws
        -> SignInStep
    {
        let body = RespondToChallengeRequest(
            challengeName: challenge.name,
            session: challenge.session,
            responses: responses
        )
        return try await step(after: api.respondToChallenge(body))
    }

    /// Answers `SOFTWARE_TOKEN_MFA` with the code of an authenticator app.
    public func answerTotp(_ challenge: Challenge, code: String) async throws -> SignInStep {
        try await answer(challenge, responses: ["SOFTWARE_TOKEN_MFA_CODE": code])
    }

    /// Answers `NEW_PASSWORD_REQUIRED` with the password that the account is to have.
    public func answerNewPassword(_ challenge: Challenge, password: String) async throws
        -> SignInStep
    {
        try await answer(challenge, responses: ["NEW_PASSWORD": password])
    }

    /// Answers `WEB_AUTHN` with a passkey. Fails with `UnexpectedAnswerError` if the challenge has
    /// no options for one.
    public func answerPasskey(_ challenge: Challenge, prompt: any PasskeyPrompt) async throws
        -> SignInStep
    {
        guard let options = challenge.parameters["CREDENTIAL_REQUEST_OPTIONS"] else {
            throw UnexpectedAnswerError(
                status: nil,
                reason: "the challenge \(challenge.name) takes no passkey",
                requestId: nil
            )
        }
        return try await answer(challenge, responses: ["CREDENTIAL": prompt.get(options: options)])
    }

    private func step(after answer: Answer<SignInResponse>) async throws -> SignInStep {
        let response = answer.value
        switch response.nextStep {
        case "DONE":
            guard let tokens = TokenResponse(response) else { throw incomplete(answer) }
            try await session.accept(tokens)
            return .done
        case "RESPOND_TO_CHALLENGE":
            guard let challenge = response.challenge else { throw incomplete(answer) }
            return .challenge(challenge)
        default:
            return .unknown(response.nextStep)
        }
    }

    // MARK: - Passkeys

    /// Makes a passkey on this device, and adds it to the account.
    public func addPasskey(currentPassword: String, prompt: any PasskeyPrompt) async throws {
        let start = CurrentPasswordRequest(currentPassword: currentPassword)
        let options = try await api.startPasskeyRegistration(start).value.creationOptions
        let credential = try await prompt.create(options: options)
        try await api.addPasskey(AddPasskeyRequest(credential: credential))
    }

    // MARK: - Hosted sign-in

    /// Starts a sign-in on a page in the browser.
    ///
    /// - Parameters:
    ///   - redirectUri: One of the `redirectUris` of the configuration.
    ///   - provider: The name of a federated provider, to go straight there.
    /// - Returns: The attempt, or `nil` if there is no hosted sign-in here.
    public func startHostedSignIn(
        redirectUri: String,
        provider: String? = nil
    ) async throws -> HostedSignInAttempt? {
        let configuration = try await api.getAuthConfiguration().value
        guard let hosted = configuration.hostedSignIn else { return nil }
        return try HostedSignInAttempt(
            at: hosted,
            clientId: configuration.clientId,
            redirectUri: redirectUri,
            provider: provider,
            sha256: options.sha256
        )
    }

    /// Finishes a sign-in on a page in the browser: from now on its user is signed in. Fails with
    /// `UnexpectedAnswerError` if the browser came back with an error, or from another attempt:
    /// start again.
    ///
    /// - Parameter callback: The URL that the browser came back with.
    public func finishHostedSignIn(_ attempt: HostedSignInAttempt, callback: URL) async throws {
        let tokens = try await api.exchangeCode(attempt.exchange(for: callback)).value
        try attempt.check(idToken: tokens.idToken)
        try await session.accept(tokens)
    }

    // MARK: - The end

    /// Runs `listener` when the user signs out or deletes the account, for what else is kept of a
    /// user. A session that ends by itself is no signing out.
    ///
    /// - Returns: Call it to forget the listener.
    @discardableResult
    public func onSignOut(
        _ listener: @escaping @Sendable () async throws -> Void
    ) async -> @Sendable () async -> Void {
        let listeners = signOutListeners
        let id = await listeners.add(listener)
        return { await listeners.remove(id) }
    }

    /// Signs out here. The tokens are cleared even if the service cannot be told; then it throws
    /// nothing. It fails if a listener of `onSignOut` does.
    public func signOut() async throws {
        let tokens = try await session.take()
        let listening = await signOutListeners.run()
        if let tokens { try await revoke(tokens) }
        try listening.get()
    }

    private func revoke(_ tokens: Tokens) async throws {
        do {
            try await api.signOut(RefreshTokenRequest(refreshToken: tokens.refreshToken))
        } catch let error as CancellationError {
            throw error
        } catch {
            // The user is signed out all the same.
        }
    }

    /// Signs out on all devices, this one included. If it fails, the session goes on.
    public func signOutEverywhere() async throws {
        try await api.signOutEverywhere()
        try await end()
    }

    /// Deletes the account, and ends the session. It cannot be undone. If it fails half-way, call
    /// it again.
    ///
    /// - Parameter movies: What becomes of the movies that the user added.
    public func deleteAccount(movies: DeleteMyAccountMovies) async throws {
        for _ in 0...Accounts.deletions {
            let answer = try await api.deleteMyAccount(DeleteMyAccountQuery(movies: movies))
            guard let response = answer.value else { return try await end() }
            guard response.nextStep == "REPEAT" else { throw incomplete(answer) }
            try await Task.sleep(for: answer.retryAfter ?? options.retryPolicy.baseDelay)
        }
        throw UnexpectedAnswerError(
            status: 202,
            reason: "the deletion does not come to its end",
            requestId: nil
        )
    }

    private func end() async throws {
        try await session.end()
        try await signOutListeners.run().get()
    }
}

/// Who hears of a sign-out.
private actor SignOutListeners {
    private var listeners: [UUID: @Sendable () async throws -> Void] = [:]

    func add(_ listener: @escaping @Sendable () async throws -> Void) -> UUID {
        let id = UUID()
        listeners[id] = listener
        return id
    }

    func remove(_ id: UUID) {
        listeners[id] = nil
    }

    /// Runs all listeners. It is a failure if one has failed.
    func run() async -> Result<Void, any Error> {
        var result: Result<Void, any Error> = .success(())
        for listener in listeners.values {
            do {
                try await listener()
            } catch {
                result = .failure(error)
            }
        }
        return result
    }
}

private func incomplete<Value>(_ answer: Answer<Value>) -> UnexpectedAnswerError {
    UnexpectedAnswerError(
        status: answer.status,
        reason: "a next step that lacks what belongs to it",
        requestId: answer.requestId
    )
}

extension TokenResponse {
    /// The tokens of a sign-in that is done, if all are there.
    init?(_ response: SignInResponse) {
        guard
            let accessToken = response.accessToken,
            let idToken = response.idToken,
            let refreshToken = response.refreshToken,
            let expiresIn = response.expiresIn,
            let tokenType = response.tokenType
        else { return nil }
        self.init(
            accessToken: accessToken,
            idToken: idToken,
            refreshToken: refreshToken,
            expiresIn: expiresIn,
            tokenType: tokenType
        )
    }
}
