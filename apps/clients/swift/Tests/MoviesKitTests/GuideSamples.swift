import Foundation
import MoviesKit

#if canImport(AuthenticationServices)
    import AuthenticationServices
#endif
#if canImport(Darwin)
    import Observation
#endif
#if os(iOS)
    import BackgroundTasks
#endif

// The code of `docs/ios.md`, which `ReadmeTests` compares with it.

#if canImport(AuthenticationServices)
    // Compiled on Apple's platforms only: it needs the Keychain.
    func makeClient(stage: URL) throws -> MoviesClient {
        let files = try FileManager.default.url(
            for: .applicationSupportDirectory,
            in: .userDomainMask,
            appropriateFor: nil,
            create: true
        )
        let storage = KeychainTokenStorage(
            service: stage.absoluteString,
            lockFile: files.appendingPathComponent("session.lock")
        )
        return MoviesClient(baseURL: stage, storage: storage)
    }
#endif

@available(iOS 17, macOS 14, *)
enum GuideSamples {
    // Programs with `Observation` of Swift 6.0 cannot be linked on Linux.
    #if canImport(Darwin)
        @Observable
    #endif
    @MainActor
    final class MoviesModel {
        private(set) var isSignedIn: Bool?
        private(set) var challenge: Challenge?
        private(set) var movies: [MovieResponse] = []
        private(set) var conflict: Conflict?
        var message: String?

        private let client: MoviesClient

        init(client: MoviesClient) {
            self.client = client
        }

        /// Follows the session for as long as the app runs.
        func followSession() async {
            let changes = await client.session.changes
            await attempt { isSignedIn = try await client.session.state == .signedIn }
            for await state in changes {
                isSignedIn = state == .signedIn
                if state == .signedOut { movies = [] }
            }
        }

        /// Runs the work, and turns its error into a message.
        private func attempt(_ work: @MainActor () async throws -> Void) async {
            message = nil
            do {
                try await work()
            } catch is CancellationError {
                // The user has left the page.
            } catch {
                message = explain(error)
            }
        }

        func signIn(email: String, password: String) async {
            await attempt { take(try await client.accounts.signIn(email: email, password: password)) }
        }

        func answer(_ challenge: Challenge, with text: String) async {
            await attempt {
                switch challenge.name {
                case "SOFTWARE_TOKEN_MFA":
                    take(try await client.accounts.answerTotp(challenge, code: text))
                case "NEW_PASSWORD_REQUIRED":
                    take(try await client.accounts.answerNewPassword(challenge, password: text))
                default:
                    take(.unknown(challenge.name))
                }
            }
        }

        private func take(_ step: SignInStep) {
            challenge = nil
            switch step {
            case .done: break  // `followSession` shows the movies.
            case .challenge(let next): challenge = next
            case .unknown: message = "Please update this app."
            }
        }

        func signOut() async {
            await attempt { try await client.accounts.signOut() }
        }

        func loadMovies() async {
            await attempt {
                let query = ListMoviesQuery(sort: .ratingDescending)
                var loaded: [MovieResponse] = []
                for try await movie in client.api.listMoviesAll(query).prefix(200) {
                    loaded.append(movie)
                }
                movies = loaded
            }
        }

        struct Conflict {
            let mine: Double
            let theirs: MovieResponse
        }

        func rate(_ movie: MovieResponse, _ rating: Double) async {
            await attempt {
                conflict = nil
                let update = UpdateMovieRequest(
                    title: movie.title,
                    year: movie.year,
                    rating: rating
                )
                do {
                    let options = CallOptions(ifMatch: movie.etag)
                    show(try await client.api.updateMovie(update, options: options).value)
                } catch let error as ProblemError where error.status == 412 {
                    let key = MovieKeyRequest(title: movie.title, year: movie.year)
                    let theirs = try await client.api.findMovie(key).value
                    show(theirs)
                    conflict = Conflict(mine: rating, theirs: theirs)
                }
            }
        }

        private func show(_ movie: MovieResponse) {
            movies = movies.map { $0.title == movie.title && $0.year == movie.year ? movie : $0 }
        }

        /// Uploads a poster, and gives it to the movie.
        func setPoster(_ jpeg: Data, of movie: MovieResponse) async {
            await attempt {
                let picture = try await client.uploadPicture(jpeg, contentType: .imageJpeg)
                let update = UpdateMovieRequest(
                    title: movie.title,
                    year: movie.year,
                    imageUrl: picture.url
                )
                let options = CallOptions(ifMatch: movie.etag)
                show(try await client.api.updateMovie(update, options: options).value)
            }
        }

        #if canImport(AuthenticationServices)
            // Compiled on Apple's platforms only: it needs AuthenticationServices.
            func signInWithPasskey(email: String, over window: ASPresentationAnchor) async {
                await attempt {
                    let prompt = AuthenticationServicesPasskeyPrompt(anchor: window)
                    let step = try await client.accounts.signInWithPasskey(email: email)
                    guard case .challenge(let challenge) = step else { return take(step) }
                    take(try await client.accounts.answerPasskey(challenge, prompt: prompt))
                }
            }

            // Compiled on Apple's platforms only: it needs AuthenticationServices.
            func signInOnAPage(over window: ASPresentationAnchor) async {
                await attempt {
                    let accounts = client.accounts
                    guard
                        let attempt = try await accounts.startHostedSignIn(
                            redirectUri: "com.example.movies:/signed-in"
                        )
                    else { return message = "There is no such sign-in." }
                    let browser = SignInBrowser(anchor: window)
                    let callback = try await browser.callback(
                        of: attempt,
                        scheme: "com.example.movies"
                    )
                    try await accounts.finishHostedSignIn(attempt, callback: callback)
                }
            }
        #endif
    }

    /// Movies and the watchlist of the user who is signed in, on this device.
    struct Kept: Sendable {
        let movies: OfflineMovies
        let watchlist: OfflineWatchlist
    }

    #if canImport(Darwin)
        @Observable
    #endif
    @MainActor
    final class WatchlistModel {
        private(set) var entries: [Shown<WatchlistEntryResponse>] = []
        private(set) var status: OfflineStatus?

        private var store: OfflineStore<Kept>?
        private let client: MoviesClient
        private let folder: URL

        init(client: MoviesClient, folder: URL) {
            self.client = client
            self.folder = folder
        }

        /// Shows the watchlist until the user signs out. Run it when somebody is signed in.
        func follow() async throws {
            let storage = FileOfflineStorage(folder: folder)
            let store = try await OfflineStore.open(client, storage: storage) { api, list in
                Kept(
                    movies: list.add("movies", moviesCollection(api)),
                    watchlist: list.add("watchlist", watchlistCollection(api))
                )
            }
            self.store = store
            await store.start()
            let counting = Task {
                for await status in await store.changes { self.status = status }
            }
            for await entries in try store.collections.watchlist.live() { self.entries = entries }
            counting.cancel()
            self.store = nil
        }

        func add(_ title: String, _ year: Int) async throws {
            let body = PutWatchlistEntryRequest(title: title, year: year)
            try await store?.collections.watchlist.put(WatchlistEntryId(), body)
        }

        func setWatched(_ entry: Shown<WatchlistEntryResponse>) async throws {
            let id = WatchlistEntryId(entry.item.entryId)
            let changes = UpdateWatchlistEntryRequest(watched: true)
            try await store?.collections.watchlist.update(id, changes)
        }

        /// Call it when `scenePhase` changes, and when `NWPathMonitor` has a network again.
        func becomeActive(_ isActive: Bool) async {
            await isActive ? store?.start() : store?.stop()
        }

        /// Call it for a push message that tells of a change.
        func hearOfAChange() async {
            await store?.pullSoon()
        }

        /// Pulls and sends while the app is not in front.
        func refresh() async throws {
            try await store?.sync()
        }
    }

    #if os(iOS)
        // Compiled on Apple's platforms only: it needs BackgroundTasks.
        @MainActor
        func registerRefresh(of model: WatchlistModel) {
            BGTaskScheduler.shared.register(
                forTaskWithIdentifier: "com.example.movies.refresh",
                using: .main
            ) { task in
                MainActor.assumeIsolated {
                    scheduleRefresh()
                    let work = Task {
                        do {
                            try await model.refresh()
                            task.setTaskCompleted(success: true)
                        } catch {
                            task.setTaskCompleted(success: false)
                        }
                    }
                    task.expirationHandler = { work.cancel() }
                }
            }
        }

        @MainActor
        func scheduleRefresh() {
            let request = BGAppRefreshTaskRequest(identifier: "com.example.movies.refresh")
            request.earliestBeginDate = Date(timeIntervalSinceNow: 3600)
            try? BGTaskScheduler.shared.submit(request)
        }
    #endif
}

/// The text for the user. `detail` of a problem is for developers.
func explain(_ error: any Error) -> String {
    switch error {
    case is SessionEndedError:
        "Please sign in again."
    case let error as NetworkError:
        error.timedOut ? "The network is slow. Try again." : "You are offline."
    case let error as ProblemError:
        explain(error)
    case is UploadRefusedError:
        "The picture was refused. Try again, or choose another one."
    case let error as UnexpectedAnswerError:
        "Something went wrong. Report it as \(error.requestId ?? error.reason)."
    default:
        "Something went wrong on this device."
    }
}

func explain(_ error: ProblemError) -> String {
    switch error.problem.type {
    case "/problems/wrong-credentials":
        "The address or the password is wrong."
    case "/problems/wrong-code":
        "The code is wrong or too old."
    case "/problems/too-many-attempts":
        "Too many attempts. Try again in \(error.retryAfter?.components.seconds ?? 60) seconds."
    case "/problems/forbidden":
        "Only who added this movie can change it."
    case "/problems/invalid-request":
        "Please correct: " + (error.problem.errors ?? []).map(\.field).joined(separator: ", ")
    default:
        error.status == 429 || error.status == 503
            ? "The service is busy. Try again later."
            : "Something went wrong. Report it as \(error.requestId ?? "unknown")."
    }
}
