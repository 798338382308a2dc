#if canImport(AuthenticationServices) && !os(tvOS) && !os(watchOS)
    import AuthenticationServices
    import Foundation

    // Some SDKs do not say that the protocols of AuthenticationServices belong to the main actor:
    // hence `@preconcurrency`.

    /// The passkeys of Apple's platforms. The app needs the entitlement `webcredentials:` for the
    /// domain of the passkeys.
    ///
    /// It is compiled on Apple's platforms only: the tests, which run on Linux, cover the JSON that
    /// it reads and writes, and nothing else of it.
    @MainActor
    public final class AuthenticationServicesPasskeyPrompt: NSObject, PasskeyPrompt {
        private let anchor: ASPresentationAnchor
        private var continuation: CheckedContinuation<String, any Error>?

        /// Makes a prompt that is shown over this window.
        public init(anchor: ASPresentationAnchor) {
            self.anchor = anchor
        }

        public func create(options: String) async throws -> String {
            let options = try JSONDecoder().decode(
                PasskeyCreationOptions.self,
                from: Data(options.utf8)
            )
            guard
                let relyingParty = options.rp.id,
                let challenge = Data(base64URL: options.challenge),
                let userId = Data(base64URL: options.user.id)
            else { throw ASAuthorizationError(.failed) }
            let provider = ASAuthorizationPlatformPublicKeyCredentialProvider(
                relyingPartyIdentifier: relyingParty
            )
            let request = provider.createCredentialRegistrationRequest(
                challenge: challenge,
                name: options.user.name,
                userID: userId
            )
            if #available(iOS 17.4, macOS 14.4, *) {
                request.excludedCredentials = descriptors(options.excludeCredentials)
            }
            return try await perform(request)
        }

        public func get(options: String) async throws -> String {
            let options = try JSONDecoder().decode(
                PasskeyRequestOptions.self,
                from: Data(options.utf8)
            )
            guard
                let relyingParty = options.rpId,
                let challenge = Data(base64URL: options.challenge)
            else { throw ASAuthorizationError(.failed) }
            let provider = ASAuthorizationPlatformPublicKeyCredentialProvider(
                relyingPartyIdentifier: relyingParty
            )
            let request = provider.createCredentialAssertionRequest(challenge: challenge)
            request.allowedCredentials = descriptors(options.allowCredentials)
            return try await perform(request)
        }

        private func descriptors(
            _ list: [PasskeyDescriptor]?
        ) -> [ASAuthorizationPlatformPublicKeyCredentialDescriptor] {
            (list ?? []).compactMap { Data(base64URL: $0.id) }
                .map { ASAuthorizationPlatformPublicKeyCredentialDescriptor(credentialID: $0) }
        }

        /// Shows the prompt, in place of one that is still shown.
        private func perform(_ request: ASAuthorizationRequest) async throws -> String {
            finish(.failure(CancellationError()))
            let controller = ASAuthorizationController(authorizationRequests: [request])
            controller.delegate = self
            controller.presentationContextProvider = self
            return try await withCheckedThrowingContinuation { continuation in
                self.continuation = continuation
                controller.performRequests()
            }
        }

        private func finish(_ result: Result<String, any Error>) {
            continuation?.resume(with: result)
            continuation = nil
        }

        /// The JSON text of a credential.
        private func text(of credential: any ASAuthorizationCredential) throws -> String {
            switch credential {
            case let registration as ASAuthorizationPlatformPublicKeyCredentialRegistration:
                guard let attestation = registration.rawAttestationObject else { break }
                let response = PasskeyAttestation(
                    clientData: registration.rawClientDataJSON,
                    attestationObject: attestation
                )
                return try PasskeyCredential(id: registration.credentialID, response: response)
                    .text()
            case let assertion as ASAuthorizationPlatformPublicKeyCredentialAssertion:
                let response = PasskeyAssertion(
                    clientData: assertion.rawClientDataJSON,
                    authenticatorData: assertion.rawAuthenticatorData,
                    signature: assertion.signature,
                    userHandle: assertion.userID
                )
                return try PasskeyCredential(id: assertion.credentialID, response: response).text()
            default:
                break
            }
            throw ASAuthorizationError(.failed)
        }
    }

    extension AuthenticationServicesPasskeyPrompt: @preconcurrency ASAuthorizationControllerDelegate
    {
        public func authorizationController(
            controller: ASAuthorizationController,
            didCompleteWithAuthorization authorization: ASAuthorization
        ) {
            finish(Result { try text(of: authorization.credential) })
        }

        public func authorizationController(
            controller: ASAuthorizationController,
            didCompleteWithError error: any Error
        ) {
            let isCancelled = (error as? ASAuthorizationError)?.code == .canceled
            finish(.failure(isCancelled ? CancellationError() : error))
        }
    }

    extension AuthenticationServicesPasskeyPrompt:
        @preconcurrency ASAuthorizationControllerPresentationContextProviding
    {
        public func presentationAnchor(for controller: ASAuthorizationController)
            -> ASPresentationAnchor
        {
            anchor
        }
    }

    /// The browser of a hosted sign-in.
    ///
    /// It is compiled on Apple's platforms only: the tests, which run on Linux, do not cover it.
    @MainActor
    public final class SignInBrowser: NSObject {
        private let anchor: ASPresentationAnchor
        private var session: ASWebAuthenticationSession?

        /// Makes a browser that is shown over this window.
        public init(anchor: ASPresentationAnchor) {
            self.anchor = anchor
        }

        /// Opens the page of an attempt, and gives the URL that it comes back with, for
        /// `finishHostedSignIn`. It fails with `CancellationError` if the user closes the page.
        ///
        /// - Parameter scheme: The scheme of the attempt's `redirectUri`, such as
        ///   `com.example.movies`.
        public func callback(of attempt: HostedSignInAttempt, scheme: String) async throws -> URL {
            defer { session = nil }
            return try await withCheckedThrowingContinuation { continuation in
                let session = ASWebAuthenticationSession(
                    url: attempt.url,
                    callbackURLScheme: scheme
                ) { @Sendable callback, error in
                    if let callback {
                        continuation.resume(returning: callback)
                    } else if (error as? ASWebAuthenticationSessionError)?.code == .canceledLogin {
                        continuation.resume(throwing: CancellationError())
                    } else {
                        continuation.resume(throwing: error ?? URLError(.unknown))
                    }
                }
                session.presentationContextProvider = self
                self.session = session
                session.start()
            }
        }
    }

    extension SignInBrowser: @preconcurrency ASWebAuthenticationPresentationContextProviding {
        public func presentationAnchor(for session: ASWebAuthenticationSession)
            -> ASPresentationAnchor
        {
            anchor
        }
    }
#endif
