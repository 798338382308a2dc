package movies.client

import androidx.datastore.core.CorruptionException
import androidx.datastore.core.DataStore
import androidx.datastore.core.Serializer
import java.io.File
import java.io.InputStream
import java.io.OutputStream
import java.util.UUID
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import kotlinx.serialization.KSerializer
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.Json
import movies.client.offline.LocalWatchlistEntry
import movies.client.offline.OfflineMovies
import movies.client.offline.OfflineStorage
import movies.client.offline.OfflineStore
import movies.client.offline.OfflineStoreOptions
import movies.client.offline.OfflineWatchlist
import movies.client.offline.Query
import movies.client.offline.Shown
import movies.client.offline.WatchlistEntryId
import movies.client.offline.moviesCollection
import movies.client.offline.watchlistCollection

// The code of docs/android.md, which [ReadmeTest] compares with it. [GuideTest] runs some of it.

/** Keeps a value in a file as JSON, encrypted with AES-GCM: 12 bytes of nonce, then the text. */
class EncryptedSerializer<T>(
    override val defaultValue: T,
    private val format: KSerializer<T>,
    private val key: () -> SecretKey,
) : Serializer<T> {
    override suspend fun readFrom(input: InputStream): T = try {
        val bytes = input.readBytes()
        require(bytes.size > 12 + 16) { "shorter than nonce and tag" }
        val cipher = Cipher.getInstance("AES/GCM/NoPadding")
        cipher.init(Cipher.DECRYPT_MODE, key(), GCMParameterSpec(128, bytes, 0, 12))
        Json.decodeFromString(format, cipher.doFinal(bytes, 12, bytes.size - 12).decodeToString())
    } catch (error: AEADBadTagException) {
        throw CorruptionException("encrypted under another key, or changed", error)
    } catch (error: IllegalArgumentException) {
        throw CorruptionException("of another form", error)
    }

    override suspend fun writeTo(t: T, output: OutputStream) {
        val cipher = Cipher.getInstance("AES/GCM/NoPadding")
        cipher.init(Cipher.ENCRYPT_MODE, key())
        val text = Json.encodeToString(format, t).encodeToByteArray()
        output.write(cipher.iv + cipher.doFinal(text))
    }
}

@Serializable
data class StoredSession(val tokens: Tokens? = null)

class DataStoreTokenStorage(private val store: DataStore<StoredSession>) : TokenStorage {
    private val refresh = Mutex()

    override suspend fun load(): Tokens? = store.data.first().tokens

    override suspend fun save(tokens: Tokens) {
        store.updateData { StoredSession(tokens) }
    }

    override suspend fun clear() {
        store.updateData { StoredSession() }
    }

    override suspend fun <T> exclusively(block: suspend () -> T): T = refresh.withLock { block() }
}

data class MoviesState(
    val isSignedIn: Boolean? = null,
    val challenge: Challenge? = null,
    val movies: List<MovieResponse> = emptyList(),
    val conflict: Conflict? = null,
    val message: String? = null,
)

data class Conflict(val mine: Double, val theirs: MovieResponse)

class MoviesModel(private val client: MoviesClient, private val scope: CoroutineScope) {
    private val current = MutableStateFlow(MoviesState())
    val state: StateFlow<MoviesState> = current

    init {
        attempt {
            client.session.changes.collect { change ->
                val isSignedIn = change == SessionState.SIGNED_IN
                current.update {
                    it.copy(isSignedIn = isSignedIn, movies = if (isSignedIn) it.movies else emptyList())
                }
            }
        }
    }

    /** Starts the work, and turns its error into a message. */
    private fun attempt(work: suspend () -> Unit): Job = scope.launch {
        current.update { it.copy(message = null) }
        try {
            work()
        } catch (error: CancellationException) {
            throw error // The user has left the page.
        } catch (error: Exception) {
            current.update { it.copy(message = explain(error)) }
        }
    }

    fun signIn(email: String, password: String): Job =
        attempt { take(client.accounts.signIn(email, password)) }

    fun answer(challenge: Challenge, text: String): Job = attempt {
        take(
            when (challenge.name) {
                "SOFTWARE_TOKEN_MFA" -> client.accounts.answerTotp(challenge, text)
                "NEW_PASSWORD_REQUIRED" -> client.accounts.answerNewPassword(challenge, text)
                else -> SignInStep.Unknown(challenge.name)
            },
        )
    }

    private fun take(step: SignInStep) = current.update {
        when (step) {
            SignInStep.Done -> it.copy(challenge = null) // The session's change shows the movies.
            is SignInStep.Challenge -> it.copy(challenge = step.challenge)
            is SignInStep.Unknown ->
                it.copy(challenge = null, message = "Please update this app.")
        }
    }

    fun signOut(): Job = attempt { client.accounts.signOut() }

    fun loadMovies(): Job = attempt {
        val query = ListMoviesQuery(sort = ListMoviesSort.RATING_DESCENDING)
        val movies = client.api.listMoviesAll(query).take(200).toList()
        current.update { it.copy(movies = movies) }
    }

    fun rate(movie: MovieResponse, rating: Double): Job = attempt {
        current.update { it.copy(conflict = null) }
        val update = UpdateMovieRequest(movie.title, movie.year, rating = rating)
        try {
            show(client.api.updateMovie(update, CallOptions(ifMatch = movie.etag)).value)
        } catch (error: ProblemError) {
            if (error.status != 412) throw error
            val theirs = client.api.findMovie(MovieKeyRequest(movie.title, movie.year)).value
            show(theirs)
            current.update { it.copy(conflict = Conflict(rating, theirs)) }
        }
    }

    private fun show(movie: MovieResponse) = current.update { state ->
        state.copy(
            movies = state.movies.map {
                if (it.title == movie.title && it.year == movie.year) movie else it
            },
        )
    }

    /** Uploads a poster, and gives it to the movie. */
    fun setPoster(movie: MovieResponse, jpeg: ByteArray): Job = attempt {
        val picture = client.uploadPicture(jpeg, PictureContentTypeInput.IMAGE_JPEG)
        val update = UpdateMovieRequest(movie.title, movie.year, imageUrl = picture.url)
        show(client.api.updateMovie(update, CallOptions(ifMatch = movie.etag)).value)
    }

    fun signInWithPasskey(email: String, prompt: PasskeyPrompt): Job = attempt {
        val step = client.accounts.signInWithPasskey(email)
        take(
            if (step is SignInStep.Challenge) {
                client.accounts.answerPasskey(step.challenge, prompt)
            } else {
                step
            },
        )
    }
}

/** What the app keeps on the phone. */
class KeptItems(val movies: OfflineMovies, val watchlist: OfflineWatchlist)

/** Opens the store of the user who is signed in. */
suspend fun openStore(client: MoviesClient, storage: OfflineStorage): OfflineStore<KeptItems> =
    OfflineStore.open(client, OfflineStoreOptions(storage)) { api ->
        KeptItems(
            movies = collection("movies", moviesCollection(api)),
            watchlist = collection("watchlist", watchlistCollection(api)),
        )
    }

class WatchlistModel(private val store: OfflineStore<KeptItems>) {
    private val watchlist = store.collections.watchlist

    /** What is on the screen, with what waits on top. */
    val entries: Flow<List<Shown<LocalWatchlistEntry>>> =
        watchlist.live(Query(order = compareBy { it.title }))

    /** How many writes wait: warn before a sign-out, which drops them. */
    val waiting: Flow<Int> = store.status.map { it.waiting }.distinctUntilChanged()

    suspend fun add(title: String, year: Int) {
        val id = WatchlistEntryId(UUID.randomUUID().toString())
        watchlist.put(id, PutWatchlistEntryRequest(title, year))
    }

    suspend fun setWatched(entry: LocalWatchlistEntry, watched: Boolean) =
        watchlist.update(entry.id, UpdateWatchlistEntryRequest(watched = watched))

    /** Ends a conflict. */
    suspend fun settle(entry: LocalWatchlistEntry, isMine: Boolean) =
        if (isMine) watchlist.keepMine(entry.id) else watchlist.takeTheirs(entry.id)
}

/** The text for the user. `detail` of a problem is for developers. */
fun explain(error: Throwable): String = when (error) {
    is SessionEndedError -> "Please sign in again."
    is NetworkError ->
        if (error.timedOut) "The network is slow. Try again." else "You are offline."
    is UploadRefusedError -> "The picture was refused. Try again, or choose another one."
    is UnexpectedAnswerError ->
        "Something went wrong. Report it as ${error.requestId ?: error.reason}."
    is ProblemError -> when (error.problem.type) {
        "/problems/wrong-credentials" -> "The address or the password is wrong."
        "/problems/wrong-code" -> "The code is wrong or too old."
        "/problems/too-many-attempts" ->
            "Too many attempts. Try again in ${error.retryAfter?.inWholeSeconds ?: 60} seconds."
        "/problems/forbidden" -> "Only who added this movie can change it."
        "/problems/invalid-request" ->
            "Please correct: " + error.problem.errors.orEmpty().joinToString { it.field }
        else ->
            if (error.status == 429 || error.status == 503) {
                "The service is busy. Try again later."
            } else {
                "Something went wrong. Report it as ${error.requestId ?: "unknown"}."
            }
    }
    else -> "Something went wrong on this device."
}

/** A sign-in on a page in the browser. The system may end the app while the page is open. */
class HostedSignInFlow(private val accounts: Accounts, private val file: File) {
    /** The page to open; `null` if there is no hosted sign-in here. */
    suspend fun begin(): String? = withContext(Dispatchers.IO) {
        val attempt = accounts.startHostedSignIn("com.example.movies:/signed-in")
            ?: return@withContext null
        file.writeText(Json.encodeToString(attempt))
        attempt.url
    }

    /** Signs in with the address that the browser came back to. */
    suspend fun finish(callback: String) = withContext(Dispatchers.IO) {
        val attempt = Json.decodeFromString<HostedSignInAttempt>(file.readText())
        file.delete()
        accounts.finishHostedSignIn(attempt, callback)
    }
}
