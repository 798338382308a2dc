import Foundation
import Testing

@testable import MoviesKit

@Suite struct ClientTests {
    // MARK: - Retries

    @Test func theWaitIsDoubledAndHalfOfItIsRandom() {
        let policy = RetryPolicy(attempts: 20)
        #expect(policy.delay(after: 1, retryAfter: nil, random: 0) == .milliseconds(100))
        #expect(policy.delay(after: 1, retryAfter: nil, random: 1) == .milliseconds(200))
        #expect(policy.delay(after: 3, retryAfter: nil, random: 1) == .milliseconds(800))
        #expect(policy.delay(after: 19, retryAfter: nil, random: 1) == .seconds(20))
        #expect(policy.delay(after: 20, retryAfter: nil, random: 1) == nil)
    }

    @Test func retryAfterIsObeyedUpToTheLongestWait() {
        let policy = RetryPolicy()
        #expect(policy.delay(after: 1, retryAfter: .seconds(10), random: 0) == .seconds(10))
        #expect(policy.delay(after: 1, retryAfter: .seconds(10), random: 1) == .seconds(12))
        #expect(policy.delay(after: 1, retryAfter: .seconds(21), random: 0) == nil)
        #expect(policy.delay(after: 4, retryAfter: .seconds(1), random: 0) == nil)
    }

    @Test(arguments: [(502, 4), (503, 4), (504, 4), (500, 1), (403, 1)])
    func aReadIsRepeatedAfterAGatewaysPage(status: Int, attempts: Int) async {
        let network = ScriptedNetwork { _, _ in HTTPAnswer(status, "<html>") }
        let client = MoviesClient(network: network)
        await #expect(throws: UnexpectedAnswerError.self) { try await client.api.getHealth() }
        #expect(await network.requests.count == attempts)
    }

    @Test func aWriteWithoutAKeyIsNotRepeated() async {
        let network = ScriptedNetwork { _, _ in .problem(503, "/problems/unavailable") }
        let client = MoviesClient(network: network)
        await #expect(throws: ProblemError.self) {
            try await client.api.updateProfile(UpdateProfileRequest(name: "Ada"))
        }
        #expect(await network.requests.count == 1)
    }

    @Test func theTimeLimitOfACallHoldsForAllItsAttempts() async {
        let network = ScriptedNetwork { _, _ in .problem(503, "/problems/unavailable") }
        let client = MoviesClient(
            baseURL: URL(string: "https://movies.example")!,
            storage: MemoryTokenStorage(),
            options: ClientOptions(
                retryPolicy: RetryPolicy(attempts: 1000, baseDelay: .milliseconds(20))
            ),
            network: network
        )
        let start = ContinuousClock.now
        await #expect {
            try await client.api.getHealth(options: CallOptions(timeLimit: .milliseconds(200)))
        } throws: { error in
            (error as? NetworkError)?.timedOut == true
        }
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    // MARK: - Requests and answers

    @Test(arguments: ["", ".", ".."])
    func aSegmentThatLeadsToAnotherPathIsRefused(id: String) async {
        let network = ScriptedNetwork { _, _ in HTTPAnswer(204) }
        let client = MoviesClient(network: network)
        await #expect(throws: URLError(.badURL)) {
            try await client.api.deleteWatchlistEntry(entryId: id)
        }
        #expect(await network.requests.isEmpty)
    }

    @Test func everythingThatIsReservedIsEncoded() async throws {
        let network = ScriptedNetwork { _, _ in HTTPAnswer(204) }
        let client = MoviesClient(network: network)
        try await client.api.deleteWatchlistEntry(entryId: "a/b?c#d%é~._-")
        let url = await network.requests[0].url?.absoluteString
        #expect(url == "https://movies.example/Stage/me/watchlist/a%2Fb%3Fc%23d%25%C3%A9~._-")
    }

    @Test func membersThatAreNotSetAreNotSent() throws {
        let body = try JSONEncoder().encode(
            UpdateMovieRequest(title: "Rush", year: 2013, clear: [.rating])
        )
        let json = try JSONDecoder().decode(JSON.self, from: body)
        #expect(json.members?.keys.sorted() == ["clear", "title", "year"])
    }

    @Test func valuesThatAreNotKnownSurvive() throws {
        let known: [MovieMember] = [.imageUrl, MovieMember(rawValue: "from-the-future")]
        let again = try JSONDecoder().decode([MovieMember].self, from: JSONEncoder().encode(known))
        #expect(again == known)
        #expect(ListMoviesSort.ratingDescending.rawValue == "-rating")
    }

    @Test func aProblemKeepsItsWholeDocument() async {
        let network = ScriptedNetwork { _, _ in .problem(418, "/problems/from-the-future") }
        let client = MoviesClient(network: network)
        await #expect {
            try await client.api.getHealth()
        } throws: { error in
            guard let error = error as? ProblemError else { return false }
            return error.json.contains(#""extra":{"a":1}"#) && error.requestId == "i"
                && error.retryAfter == nil
        }
    }

    @Test func aPageInPlaceOfAnAnswerWithoutABodyIsNoAnswer() async {
        let network = ScriptedNetwork { _, _ in HTTPAnswer(200, "<html>Sign in to the Wi-Fi</html>")
        }
        let client = MoviesClient(network: network)
        await #expect(throws: UnexpectedAnswerError.self) {
            try await client.api.deletePasskey(passkeyId: "p")
        }
    }

    @Test func aMomentIsADateAndStaysText() throws {
        let moment = Moment(rawValue: "2026-03-14T09:26:53.123456Z")
        let date = try #require(moment.date)
        #expect(abs(date.timeIntervalSince1970 - 1_773_480_413.123) < 0.002)
        #expect(moment < Moment(rawValue: "2026-03-14T09:26:53.123457Z"))
        #expect(Moment(rawValue: "yesterday").date == nil)
    }

    // MARK: - Pages

    @Test func aPageIsAskedForWhenItIsNeeded() async throws {
        let network = ScriptedNetwork { _, index in
            switch index {
            case 0: HTTPAnswer(200, #"{"items":[],"count":0,"nextCursor":"a+b"}"#)
            case 1: .watchlist(["1", "2"], next: "c")
            case 2: .problem(500, "/problems/internal")
            default: .watchlist(["3"], next: nil)
            }
        }
        let client = MoviesClient(network: network)
        var items = client.api.listWatchlistAll().makeAsyncIterator()
        #expect(await network.requests.isEmpty)
        #expect(try await items.next()?.entryId == "1")
        #expect(try await items.next()?.entryId == "2")
        #expect(await network.requests.map { $0.url?.query } == [nil, "cursor=a%2Bb"])
        // After an error the same page is asked for again.
        await #expect(throws: ProblemError.self) { try await items.next() }
        #expect(try await items.next()?.entryId == "3")
        #expect(try await items.next() == nil)
        #expect(await network.requests.map { $0.url?.query }.suffix(2) == ["cursor=c", "cursor=c"])
    }

    // MARK: - Flows

    @Test func aDeletionEndsAfterTwentyRepetitions() async {
        let network = ScriptedNetwork { _, _ in
            HTTPAnswer(202, #"{"nextStep":"REPEAT"}"#, headers: ["retry-after": "0"])
        }
        let client = MoviesClient(network: network)
        await #expect(throws: UnexpectedAnswerError.self) {
            try await client.accounts.deleteAccount(movies: .disown)
        }
        #expect(await network.requests.count == 21)
    }

    @Test func aHostedSignInTakesOnlyWhatBelongsToIt() async throws {
        let hosted = HostedSignIn(
            authorizationEndpoint: "https://login.example/authorize",
            logoutEndpoint: "https://login.example/logout",
            responseType: "code",
            codeChallengeMethod: "S256",
            scopes: ["openid", "email"],
            redirectUris: ["app://callback"],
            logoutUris: [],
            providers: []
        )
        let attempt = try HostedSignInAttempt(
            at: hosted,
            clientId: "c",
            redirectUri: "app://callback",
            provider: "Google",
            sha256: testSHA256
        )
        let query = try #require(
            URLComponents(url: attempt.url, resolvingAgainstBaseURL: true)?.queryItems
        )
        let parameters = Dictionary(uniqueKeysWithValues: query.map { ($0.name, $0.value ?? "") })
        #expect(parameters["scope"] == "openid email")
        #expect(parameters["identity_provider"] == "Google")
        let state = try #require(parameters["state"])
        let nonce = try #require(parameters["nonce"])

        let good = try attempt.exchange(for: URL(string: "app://callback?code=abc&state=\(state)")!)
        #expect(good.code == "abc")
        #expect(base64URL(testSHA256(Data(good.codeVerifier.utf8))) == parameters["code_challenge"])
        for query in [
            "code=abc", "code=abc&state=other", "state=\(state)",
            "state=\(state)&error=access_denied&code=a",
        ] {
            #expect(throws: UnexpectedAnswerError.self) {
                try attempt.exchange(for: URL(string: "app://callback?\(query)")!)
            }
        }

        func idToken(_ nonce: String) -> String {
            "h.\(base64URL(Data(#"{"nonce":"\#(nonce)"}"#.utf8))).s"
        }
        try attempt.check(idToken: idToken(nonce))
        for token in [idToken("other"), "no token", ""] {
            #expect(throws: UnexpectedAnswerError.self) { try attempt.check(idToken: token) }
        }
    }

    @Test func theChallengeOfPKCEIsThatOfItsRFC() {
        let challenge = base64URL(
            testSHA256(Data("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".utf8))
        )
        #expect(challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test func passkeysAreReadAndWrittenAsJSON() throws {
        let create =
            #"{"rp":{"id":"e.com","name":"E"},"user":{"id":"AQ","name":"a","displayName":""},"challenge":"-_8"}"#
        let options = try JSONDecoder().decode(PasskeyCreationOptions.self, from: Data(create.utf8))
        #expect(options.rp.id == "e.com")
        #expect(Data(base64URL: options.challenge) == Data([0xfb, 0xff]))

        let attestation = PasskeyAttestation(
            clientData: Data("{}".utf8),
            attestationObject: Data([1])
        )
        let text = try PasskeyCredential(id: Data([0xfb, 0xff]), response: attestation).text()
        let json = try JSONDecoder().decode(JSON.self, from: Data(text.utf8))
        #expect(json["id"] == .string("-_8"))
        #expect(json["type"] == .string("public-key"))
        #expect(json["clientExtensionResults"] == .object([:]))
        #expect(json["response"]?["clientDataJSON"] == .string("e30"))
    }
}
