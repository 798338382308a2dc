package movies.client

import java.io.File
import java.util.UUID
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.serialization.json.Json
import movies.client.offline.FileOfflineStorage
import movies.client.offline.LocalWatchlistEntry
import movies.client.offline.OfflineError
import movies.client.offline.OfflineErrorReason
import movies.client.offline.OfflineMovies
import movies.client.offline.OfflineStore
import movies.client.offline.OfflineStoreOptions
import movies.client.offline.OfflineWatchlist
import movies.client.offline.Query
import movies.client.offline.Shown
import movies.client.offline.WatchlistEntryId
import movies.client.offline.WriteState
import movies.client.offline.moviesCollection
import movies.client.offline.watchlistCollection

/** The code of README.md, which [ReadmeTest] compares with it. */
@Suppress("unused")
private class ReadmeSamples(private val screen: Screen) {
    private val movies = MoviesClient("https://api.example.com/Production", MemoryTokenStorage())

    interface Screen {
        fun show(movie: MovieResponse)
        fun say(text: String)
        fun showFaults(errors: List<FieldError>)
        fun showMovies()
        fun showSignIn()
        fun askAgain(theirs: MovieResponse)
        fun showEntries(entries: List<Shown<LocalWatchlistEntry>>)
        suspend fun ask(text: String): String
    }

    suspend fun signIn(email: String, password: String, prompt: PasskeyPrompt) {
        var step = movies.accounts.signIn(email, password)
        while (step is SignInStep.Challenge) {
            val challenge = step.challenge
            step = when (challenge.name) {
                "SOFTWARE_TOKEN_MFA" ->
                    movies.accounts.answerTotp(challenge, screen.ask("Code"))
                "NEW_PASSWORD_REQUIRED" ->
                    movies.accounts.answerNewPassword(challenge, screen.ask("New password"))
                "WEB_AUTHN" -> movies.accounts.answerPasskey(challenge, prompt)
                else -> break
            }
        }
        if (step != SignInStep.Done) screen.say("Please update the app")
    }

    suspend fun follow() {
        movies.session.changes.collect { state ->
            when (state) {
                SessionState.SIGNED_IN -> screen.showMovies()
                SessionState.SIGNED_OUT -> screen.showSignIn()
            }
        }
    }

    suspend fun list() {
        val query = ListMoviesQuery(genre = "Drama", sort = ListMoviesSort.RATING_DESCENDING)
        movies.api.listMoviesAll(query).take(100).collect { movie -> screen.show(movie) }
    }

    suspend fun rate(title: String, year: Int, rating: Double) {
        val movie = movies.api.findMovie(MovieKeyRequest(title, year)).value
        val update = UpdateMovieRequest(
            title,
            year,
            rating = rating,
            clear = listOf(MovieMember.RANK),
        )
        try {
            movies.api.updateMovie(update, CallOptions(ifMatch = movie.etag))
        } catch (error: ProblemError) {
            if (error.status != 412) throw error
            val theirs = movies.api.findMovie(MovieKeyRequest(title, year)).value
            screen.askAgain(theirs)
        }
    }

    suspend fun add(movie: AddMovieRequest) {
        try {
            movies.api.addMovie(movie)
        } catch (error: MoviesError) {
            when (error) {
                is SessionEndedError -> screen.showSignIn()
                is NetworkError -> screen.say("You are offline")
                is UploadRefusedError -> screen.say("The picture was refused")
                is UnexpectedAnswerError -> screen.say("Something went wrong: ${error.requestId}")
                is ProblemError -> when (error.problem.type) {
                    "/problems/invalid-request" -> screen.showFaults(error.problem.errors.orEmpty())
                    "/problems/movie-exists" -> screen.say("There is such a movie")
                    else -> screen.say("Something went wrong: ${error.requestId}")
                }
            }
        }
    }
}

/** The code of README.md about the offline store. */
@Suppress("unused")
private class OfflineSamples(private val screen: ReadmeSamples.Screen) {
    class Items(val movies: OfflineMovies, val watchlist: OfflineWatchlist)

    suspend fun open(client: MoviesClient, directory: File): OfflineStore<Items> {
        val options = OfflineStoreOptions(FileOfflineStorage(directory))
        return OfflineStore.open(client, options) { api ->
            Items(
                movies = collection("movies", moviesCollection(api)),
                watchlist = collection("watchlist", watchlistCollection(api)),
            )
        }
    }

    suspend fun follow(client: MoviesClient, directory: File) {
        val store = open(client, directory)
        val watchlist = store.collections.watchlist
        watchlist.live(Query(where = { !it.watched })).collect { entries -> screen.showEntries(entries) }
    }

    suspend fun plan(watchlist: OfflineWatchlist, title: String, year: Int) {
        try {
            val id = WatchlistEntryId(UUID.randomUUID().toString())
            watchlist.put(id, PutWatchlistEntryRequest(title, year))
        } catch (error: OfflineError) {
            if (error.reason != OfflineErrorReason.STORAGE_FULL) throw error
            screen.say("There is no space")
        }
    }

    suspend fun settle(watchlist: OfflineWatchlist, entry: Shown<LocalWatchlistEntry>) {
        val conflict = entry.conflict ?: return
        val answer = screen.ask("Yours: ${conflict.mine?.note}. Theirs: ${conflict.theirs?.note}")
        if (answer == "mine") {
            watchlist.keepMine(entry.item.id)
        } else {
            watchlist.takeTheirs(entry.item.id)
        }
    }

    suspend fun showRefused(store: OfflineStore<Items>) {
        for (write in store.writes()) {
            if (write.state != WriteState.REFUSED) continue
            val again = screen.ask("${write.operation} ${write.key}: ${write.problem?.title}")
            if (again == "yes") store.retry(write.seq) else store.discard(write.seq)
        }
    }
}

/** Keeps tokens in a file that only this app can read. One process alone uses it. */
private class FileTokenStorage(private val file: File) : TokenStorage {
    private val refresh = Mutex()

    override suspend fun load(): Tokens? =
        if (file.exists()) Json.decodeFromString<Tokens>(file.readText()) else null

    override suspend fun save(tokens: Tokens) {
        val next = File(file.path + ".new")
        next.writeText(Json.encodeToString(tokens))
        check(next.renameTo(file)) { "the tokens are not saved" }
    }

    override suspend fun clear() {
        file.delete()
    }

    override suspend fun <T> exclusively(block: suspend () -> T): T = refresh.withLock { block() }
}
