import Foundation

/// A sign-in on a page in the browser that has been started: OAuth 2.0 with an authorization code
/// and PKCE.
///
/// The system may end the app while the browser is in front: keep the attempt in the app's private
/// files until then. It is good for one sign-in.
public struct HostedSignInAttempt: Codable, Hashable, Sendable {
    /// Where to send the browser.
    public let url: URL

    /// Where the browser comes back to.
    public let redirectUri: String

    private let state: String
    private let nonce: String
    private let codeVerifier: String

    init(
        at hosted: HostedSignIn,
        clientId: String,
        redirectUri: String,
        provider: String?,
        sha256: (Data) -> Data
    ) throws {
        self.redirectUri = redirectUri
        state = randomText()
        nonce = randomText()
        codeVerifier = randomText()
        let query = queryText([
            QueryParameter(name: "response_type", value: hosted.responseType),
            QueryParameter(name: "client_id", value: clientId),
            QueryParameter(name: "redirect_uri", value: redirectUri),
            QueryParameter(name: "scope", value: hosted.scopes.joined(separator: " ")),
            QueryParameter(name: "state", value: state),
            QueryParameter(name: "nonce", value: nonce),
            QueryParameter(
                name: "code_challenge",
                value: base64URL(sha256(Data(codeVerifier.utf8)))
            ),
            QueryParameter(name: "code_challenge_method", value: hosted.codeChallengeMethod),
            QueryParameter(name: "identity_provider", value: provider),
        ])
        guard let url = URL(string: hosted.authorizationEndpoint + query) else {
            throw URLError(.badURL)
        }
        self.url = url
    }

    /// What is exchanged for tokens, from the URL that the browser came back with.
    func exchange(for callback: URL) throws -> ExchangeCodeRequest {
        let items = URLComponents(url: callback, resolvingAgainstBaseURL: true)?.queryItems ?? []
        func value(_ name: String) -> String? { items.first { $0.name == name }?.value }
        guard value("state") == state else {
            throw refusal("the browser came back from another attempt")
        }
        if let error = value("error") {
            throw refusal("the browser came back with the error \(error)")
        }
        guard let code = value("code") else {
            throw refusal("the browser came back without a code")
        }
        return ExchangeCodeRequest(code: code, codeVerifier: codeVerifier, redirectUri: redirectUri)
    }

    /// Refuses an ID token that was not made for this attempt.
    func check(idToken: String) throws {
        guard Claims(of: idToken)?.nonce == nonce else {
            throw refusal("the ID token is of another attempt")
        }
    }

    private func refusal(_ reason: String) -> UnexpectedAnswerError {
        UnexpectedAnswerError(status: nil, reason: reason, requestId: nil)
    }
}

/// What the client reads of an ID token.
struct Claims: Decodable {
    let sub: String?
    let nonce: String?

    /// The claims; `nil` if the text is no token. The signature is not checked: the token came from
    /// the service itself.
    init?(of idToken: String) {
        let parts = idToken.split(separator: ".", omittingEmptySubsequences: false)
        guard
            parts.count == 3,
            let payload = Data(base64URL: String(parts[1])),
            let claims = try? JSONDecoder().decode(Claims.self, from: payload)
        else { return nil }
        self = claims
    }
}

/// 256 random bits that nobody can guess.
private func randomText() -> String {
    var generator = SystemRandomNumberGenerator()
    return base64URL(Data((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }))
}

/// Writes bytes in base64url without padding (RFC 4648, section 5).
func base64URL(_ data: Data) -> String {
    data.base64EncodedString()
        .replacingOccurrences(of: "+", with: "-")
        .replacingOccurrences(of: "/", with: "_")
        .replacingOccurrences(of: "=", with: "")
}

extension Data {
    /// Reads base64url without padding.
    init?(base64URL text: String) {
        let base64 = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(
            of: "_",
            with: "/"
        )
        self.init(base64Encoded: base64 + String(repeating: "=", count: (4 - base64.count % 4) % 4))
    }
}
