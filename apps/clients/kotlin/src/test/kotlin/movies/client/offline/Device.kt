package movies.client.offline

import java.io.IOException
import kotlin.time.Clock
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Instant
import movies.client.MemoryTokenStorage
import movies.client.MoviesApi
import movies.client.MoviesClient
import movies.client.RetryPolicy
import movies.client.Session
import okhttp3.Dispatcher
import okhttp3.Interceptor
import okhttp3.OkHttpClient

/** The collections of the tests. */
internal class Items(val movies: OfflineMovies, val watchlist: OfflineWatchlist)

internal typealias Store = OfflineStore<Items>

/** A phone: a storage of its own, a clock and a network that can be turned off. */
internal class Device(
    server: StandIn,
    private val options: OfflineStoreOptions,
    /** The most items that a page of a feed may hold. */
    private val pageLimit: Int = 100,
    /** The largest number of entries and of movies. */
    private val most: Int = 1000,
    private val keep: Keep = Keep.ALL,
    around: (() -> Unit)? = null,
) {
    @Volatile
    var isOnline = true

    /** What the clock is ahead, in milliseconds. */
    @Volatile
    var ahead = 0L

    private val network = Interceptor { chain ->
        if (!isOnline) throw IOException("offline")
        around?.invoke()
        server.intercept(chain).also { around?.invoke() }
    }
    private val clock = object : Clock {
        override fun now(): Instant = options.clock.now() + ahead.milliseconds
    }

    // The store repeats what fails, so each attempt of it is one request.
    val client = MoviesClient(
        "https://stand-in.test/Development",
        MemoryTokenStorage(),
        RetryPolicy(attempts = 1),
        httpClient = HTTP.newBuilder().addInterceptor(network).build(),
    )

    val session: Session get() = client.session
    private var store: Store? = null

    /** The store of the user who is signed in. */
    suspend fun store(): Store = store ?: open().also { store = it }

    /** Opens a store: another one if there is one already, as in a worker. */
    suspend fun open(
        options: OfflineStoreOptions = this.options,
        form: Int = 1,
    ): Store = OfflineStore.open(client, options.copy(clock = clock)) { api ->
        Items(
            movies = collection("movies", small(moviesCollection(api, keep, most))),
            watchlist = collection(
                "watchlist",
                small(watchlistCollection(api)).copy(form = form, most = most),
            ),
        )
    }

    /** Closes the store and opens it again, as when the app starts. */
    suspend fun reopen(form: Int = 1) {
        close()
        store = null
        store = open(form = form)
    }

    suspend fun close() {
        store?.close()
    }

    suspend fun signIn(user: String) = session.accept(tokensOf(user))

    private fun <I : Any, Id : Any, M : Any, C : Any> small(
        collection: Collection<I, Id, M, C>,
    ): Collection<I, Id, M, C> {
        val changes = collection.changes ?: return collection
        return collection.copy(
            changes = { since, _, options -> changes(since, pageLimit, options) },
        )
    }

    private companion object {
        val HTTP = OkHttpClient.Builder()
            .dispatcher(Dispatcher().apply { maxRequestsPerHost = 64 })
            .build()
    }
}

/** The operations of a client without a store. */
internal val Device.api: MoviesApi get() = client.api
