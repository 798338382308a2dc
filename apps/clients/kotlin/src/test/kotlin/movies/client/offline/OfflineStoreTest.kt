package movies.client.offline

import java.io.IOException
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CopyOnWriteArrayList
import kotlin.random.Random
import kotlin.time.Clock
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlin.time.Instant
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.async
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeoutOrNull
import kotlinx.serialization.KSerializer
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import movies.client.AddMovieRequest
import movies.client.CallOptions
import movies.client.MemoryTokenStorage
import movies.client.MovieKeyRequest
import movies.client.MovieResponse
import movies.client.MoviesClient
import movies.client.NetworkError
import movies.client.ProblemError
import movies.client.PutWatchlistEntryRequest
import movies.client.SessionEndedError
import movies.client.SessionState
import movies.client.TokenStorage
import movies.client.Tokens
import movies.client.UpdateMovieRequest
import movies.client.UpdateWatchlistEntryRequest
import movies.client.WatchlistEntryResponse
import okhttp3.OkHttpClient
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

private const val NAME = "movies-client-offline-ada"
private val RUSH = PutWatchlistEntryRequest("Rush", 2013)
private fun entry(id: String) = WatchlistEntryId(id)
private fun movie(title: String, year: Int) = MovieId(title, year)

/** A storage that fails when it is told to. */
private class FailingStorage(
    private val storage: OfflineStorage = MemoryOfflineStorage(),
) : OfflineStorage by storage {
    @Volatile
    var fails: (Map<String, String?>) -> Exception? = { null }

    override suspend fun open(name: String): OfflineRecords {
        val records = storage.open(name)
        return object : OfflineRecords by records {
            override suspend fun write(changes: Map<String, String?>, isDurable: Boolean) {
                fails(changes)?.let { throw it }
                records.write(changes, isDurable)
            }
        }
    }
}

/** What one device does beside the scenarios: live queries, several stores, forms, and a storage that fails. */
class OfflineStoreTest {
    private val server = StandIn()
    private val storage = MemoryOfflineStorage()
    private val manual = OfflineStoreOptions(storage, mode = Mode.MANUAL)
    private val background = manual.copy(mode = Mode.BACKGROUND, random = object : Random() {
        override fun nextBits(bitCount: Int) = 0
    })
    private val opened = CopyOnWriteArrayList<Store>()
    private val scope = CoroutineScope(Dispatchers.Default)

    @AfterEach
    fun close() = runBlocking { opened.forEach { it.close() } }

    private suspend fun device(options: OfflineStoreOptions = manual, keep: Keep = Keep.ALL, most: Int = 1000) =
        Device(server, options, keep = keep, most = most).also { it.signIn("ada") }

    /** Opens a store, which is closed after the test. */
    private suspend fun Device.opened(options: OfflineStoreOptions = manual): Store =
        open(options).also { opened += it }

    /** Waits until a check holds, on a slow machine, too. */
    private suspend fun until(what: String, check: suspend () -> Boolean) {
        withTimeoutOrNull(20.seconds) {
            while (!check()) delay(5.milliseconds)
        } ?: throw AssertionError("it never came: $what")
    }

    /** What a flow has shown. */
    private class Seen<T>(val values: CopyOnWriteArrayList<T>, val job: Job)

    private fun <T> follow(flow: Flow<T>): Seen<T> {
        val values = CopyOnWriteArrayList<T>()
        return Seen(values, scope.launch { flow.collect { values += it } })
    }

    private fun states(shown: List<Shown<LocalWatchlistEntry>>) = shown.map { "${it.key} ${it.state}" }

    private suspend fun Store.states() = states(collections.watchlist.query())

    private fun reason(work: suspend () -> Unit): OfflineErrorReason =
        assertThrows(OfflineError::class.java) { runBlocking { work() } }.reason

    /** Another client of the user puts an entry. */
    private suspend fun other(id: String) {
        device().client.api.putWatchlistEntry(id, RUSH)
    }

    /** The records, of which no store is open. */
    private suspend fun records(): Map<String, String> = storage.open(NAME).load()

    @Test
    fun `a live query shows what changes, and only what belongs to it`() = runBlocking {
        val store = device().opened()
        val watchlist = store.collections.watchlist
        val live = follow(watchlist.live(Query(where = { !it.watched })))
        until("nothing") { live.values.size == 1 && live.values[0].isEmpty() }
        watchlist.put(entry("a"), RUSH)
        until("a write") { states(live.values.last()) == listOf("a WAITING") }
        store.sync()
        until("an answer") { states(live.values.last()) == listOf("a SYNCED") }
        watchlist.update(entry("a"), UpdateWatchlistEntryRequest(watched = true))
        until("what belongs no more") { live.values.last().isEmpty() }
        live.job.cancel()
        live.job.join()
        val count = live.values.size
        watchlist.put(entry("b"), RUSH)
        assertEquals(2, watchlist.query().size)
        assertEquals(count, live.values.size)
    }

    @Test
    fun `a live item is null if there is none`() = runBlocking {
        val watchlist = device().opened().collections.watchlist
        val live = follow(watchlist.liveItem(entry("a")))
        until("nothing") { live.values.toList() == listOf(null) }
        watchlist.put(entry("a"), RUSH)
        until("the item") { live.values.last()?.item?.title == "Rush" }
        live.job.cancel()
    }

    @Test
    fun `a live query shows what another store does, and ends with its store`() = runBlocking {
        val device = device()
        val (here, there) = device.opened() to device.opened()
        val live = follow(there.collections.watchlist.live())
        until("nothing") { live.values.size == 1 }
        here.collections.watchlist.put(entry("a"), RUSH)
        until("the item") { states(live.values.last()) == listOf("a WAITING") }
        until("its status") { there.status.value.waiting == 1 }
        there.close()
        live.job.join()
        assertTrue(live.values.last().isEmpty())
        assertEquals(listOf("a WAITING"), here.states())
    }

    @Test
    fun `items are found by prefix, index, predicate and order`() = runBlocking {
        val store = device().opened()
        val movies = store.collections.movies
        movies.add(movie("Rush", 2013), MovieMembers(genres = listOf("Drama", "Sport"), rating = 8.0))
        movies.add(movie("Gravity", 2013), MovieMembers(genres = listOf("Drama"), rating = 9.0))
        movies.add(movie("Rushmore", 1998), MovieMembers(genres = listOf("Comedy"), rating = 7.0))
        store.sync()
        movies.add(movie("Room", 2015), MovieMembers(genres = listOf("Drama")))
        movies.update(movie("Gravity", 2013), MovieChanges(genres = listOf("Thriller")))
        suspend fun titles(query: Query<LocalMovie>) = movies.query(query).map { it.item.title }
        fun genre(name: String) = Query<LocalMovie>(index = IndexQuery("genre", name))
        assertEquals(listOf("Rushmore", "Gravity", "Rush", "Room"), titles(Query()))
        assertEquals(listOf("Gravity", "Rush"), titles(Query(prefix = movieKey(2013))))
        assertEquals(listOf("Rush", "Room"), titles(genre("Drama")))
        assertEquals(listOf("Gravity"), titles(genre("Thriller")))
        val title = IndexQuery("title", IndexValue("r"), IndexValue("rush\uFFFF"))
        assertEquals(listOf("Rushmore", "Rush", "Room"), titles(Query(index = title)))
        assertEquals(listOf("Room"), titles(Query(index = title, prefix = movieKey(2015))))
        val good = Query<LocalMovie>(where = { (it.rating ?: 0.0) > 7 })
        assertEquals(listOf("Gravity", "Rush"), titles(good))
        val best = Query<LocalMovie>(order = compareByDescending { it.rating ?: 0.0 }, limit = 2)
        assertEquals(listOf("Gravity", "Rush"), titles(best))
        val live = follow(movies.live(genre("Drama")))
        until("two") { live.values.lastOrNull()?.size == 2 }
        movies.update(movie("Gravity", 2013), MovieChanges(genres = listOf("Drama")))
        until("three") { live.values.last().size == 3 }
        live.job.cancel()
    }

    @Test
    fun `numbers come before texts in an index`() {
        val values = listOf(IndexValue("a"), IndexValue(10), IndexValue("B"), IndexValue(9.5))
        assertEquals(listOf("9.5", "10.0", "B", "a"), values.sorted().map { it.toString() })
    }

    @Test
    fun `a collection without a feed keeps what was seen`() = runBlocking {
        val device = device(keep = Keep.SEEN, most = 2)
        val api = device.client.api
        api.addMovie(AddMovieRequest("Rush", 2013, rating = 8.0))
        api.addMovie(AddMovieRequest("Gravity", 2013))
        api.addMovie(AddMovieRequest("Room", 2015))
        val store = device.opened()
        val movies = store.collections.movies
        suspend fun shown() = movies.query().map { it.item.title }
        store.sync()
        assertEquals(emptyList<String>(), shown())
        movies.refresh(movie("Rush", 2013))
        device.ahead += 1000
        movies.refresh(movie("Gravity", 2013))
        assertEquals(listOf("Gravity", "Rush"), shown())
        movies.update(movie("Rush", 2013), MovieChanges(rating = 9.0))
        device.ahead += 1000
        movies.remember(api.findMovie(MovieKeyRequest("Room", 2015)))
        // Something waits for the movie that was seen first.
        assertEquals(listOf("Rush", "Room"), shown())
        store.sync()
        assertEquals(9.0, movies.get(movie("Rush", 2013))?.item?.rating)
        api.deleteMovie(MovieKeyRequest("Room", 2015))
        movies.refresh(movie("Room", 2015))
        assertEquals(listOf("Rush"), shown())
        assertEquals(
            OfflineErrorReason.NOT_OFFERED,
            reason { store.collections.watchlist.refresh(entry("a")) },
        )
    }

    @Test
    fun `members that this version does not know survive`() = runBlocking {
        server.hasNews = true
        other("a")
        val store = device().opened()
        store.sync()
        store.close()
        val record = JSON.parseToJsonElement(records().getValue("base/watchlist/a")).jsonObject
        assertEquals(JsonPrimitive("kept"), record.getValue("item").jsonObject["news"])
    }

    @Test
    fun `what is shown has the members of the contract`() {
        fun <T> names(of: KSerializer<T>) = of.descriptor.names()
        assertEquals(names(MovieResponse.serializer()), names(LocalMovie.serializer()))
        assertEquals(
            names(WatchlistEntryResponse.serializer()),
            names(LocalWatchlistEntry.serializer()),
        )
        val id = names(MovieId.serializer())
        assertEquals(names(AddMovieRequest.serializer()), id + names(MovieMembers.serializer()))
        assertEquals(names(UpdateMovieRequest.serializer()), id + names(MovieChanges.serializer()))
    }

    @Test
    fun `all members of a write are sent`() = runBlocking {
        val collection = moviesCollection(device().client.api)
        val members = MovieMembers(
            info = "i",
            directors = listOf("d"),
            actors = listOf("a"),
            genres = listOf("g"),
            rating = 1.0,
            releaseDate = "2013-09-02",
            runningTimeSeconds = 7380,
            imageUrl = "u",
            rank = 1,
        )
        val json = JSON.encodeToJsonElement(MovieMembers.serializer(), members).jsonObject
        val id = JSON.encodeToJsonElement(MovieId.serializer(), movie("Rush", 2013)).jsonObject
        for (operation in listOf(WriteOperation.ADD, WriteOperation.UPDATE)) {
            val write = Write(
                seq = 1,
                collection = "movies",
                key = "k",
                id = id,
                operation = operation,
                members = json,
                idempotencyKey = "key",
                madeAt = 0,
            )
            assertThrows(ProblemError::class.java) {
                runBlocking { collection.send(write, CallOptions()) }
            }
            assertEquals(id + json, server.requests.last().body?.toMap())
        }
    }

    @Test
    fun `nobody signed in, nothing to open`() {
        val device = Device(server, manual)
        assertThrows(SessionEndedError::class.java) { runBlocking { device.open() } }
    }

    @Test
    fun `a storage that cannot be opened says so`() = runBlocking {
        for (error in listOf(OfflineError(OfflineErrorReason.STORAGE_DENIED), IOException("broken"))) {
            val broken = object : OfflineStorage by storage {
                override suspend fun open(name: String): OfflineRecords = throw error
            }
            val expected = (error as? OfflineError)?.reason ?: OfflineErrorReason.STORAGE_FAILED
            val device = device()
            assertEquals(expected, reason { device.open(OfflineStoreOptions(broken)) })
        }
    }

    @Test
    fun `a full storage leaves nothing half-written`() = runBlocking {
        val failing = FailingStorage(storage)
        val store = device().opened(manual.copy(storage = failing))
        val watchlist = store.collections.watchlist
        watchlist.put(entry("a"), RUSH)
        store.sync()
        failing.fails = { OfflineError(OfflineErrorReason.STORAGE_FULL) }
        assertEquals(OfflineErrorReason.STORAGE_FULL, reason { watchlist.put(entry("b"), RUSH) })
        failing.fails = { null }
        assertEquals(listOf("a SYNCED"), store.states())
        // The second item of a page is not stored: neither is the first one, nor the cursor.
        other("c")
        other("d")
        failing.fails = { changes ->
            OfflineError(OfflineErrorReason.STORAGE_FULL).takeIf { "base/watchlist/d" in changes }
        }
        store.sync()
        val error = store.status.value.collections.getValue("watchlist").error
        assertEquals(OfflineErrorReason.STORAGE_FULL, (error as OfflineError).reason)
        assertEquals(listOf("a SYNCED"), store.states())
        failing.fails = { null }
        store.sync()
        assertEquals(listOf("a SYNCED", "c SYNCED", "d SYNCED"), store.states())
        assertNull(store.status.value.collections.getValue("watchlist").error)
    }

    @Test
    fun `a write whose answer cannot be stored is sent again with its key`() = runBlocking {
        val failing = FailingStorage(storage)
        val device = device()
        val store = device.opened(manual.copy(storage = failing))
        store.collections.watchlist.put(entry("a"), RUSH)
        failing.fails = { changes ->
            IOException("broken").takeIf { changes.any { it.key.startsWith("queue/") && it.value == null } }
        }
        store.sync()
        assertEquals(listOf("a WAITING"), store.states())
        failing.fails = { null }
        device.ahead += 10_000
        store.sync()
        assertEquals(listOf("a SYNCED"), store.states())
        val puts = server.requests.filter { it.method == "PUT" }
        assertEquals(2 to 1, puts.size to puts.distinctBy { it.key }.size)
    }

    @Test
    fun `an older form is dropped and pulled anew, and the queue stays`() = runBlocking {
        val device = device()
        val store = device.opened()
        val watchlist = store.collections.watchlist
        watchlist.put(entry("a"), RUSH)
        store.sync()
        server.addFaults(listOf(Fault("PATCH /me/watchlist/a", "lose")))
        watchlist.update(entry("a"), UpdateWatchlistEntryRequest(rating = 5.0))
        store.sync()
        watchlist.update(entry("a"), UpdateWatchlistEntryRequest(rating = 6.0))
        store.close()
        val newer = Databases.open(storage, NAME, FORM + 1)
        newer.read {
            assertEquals(0, items("watchlist").size)
            val ratings = queue().map { it.members.getValue("rating") }
            assertEquals(listOf(JsonPrimitive(5.0), JsonPrimitive(6.0)), ratings)
            val cursor = cursor("watchlist")
            assertEquals(listOf(null, false, false), listOf(cursor.since, cursor.whole, cursor.ready))
        }
        Databases.close(storage, NAME, newer)
        val before = records()
        // The app was rolled back: the store says so, and touches nothing.
        assertEquals(OfflineErrorReason.STORAGE_NEWER, reason { device.open() })
        assertEquals(before, records())
    }

    @Test
    fun `after damage the items are pulled anew, and the queue is sent`() = runBlocking {
        other("a")
        val device = device()
        val store = device.opened()
        store.sync()
        store.collections.watchlist.put(entry("b"), RUSH)
        store.close()
        storage.open(NAME).write(mapOf("base/watchlist/a" to "{", "queue/9" to "{"), isDurable = true)
        val again = device.opened()
        assertEquals(listOf("b WAITING"), again.states())
        assertFalse(again.status.value.collections.getValue("watchlist").ready)
        again.sync()
        assertEquals(listOf("a SYNCED", "b SYNCED"), again.states())
        again.close()
        assertEquals(emptySet<String>(), records().keys.filter { it.startsWith("queue") }.toSet())
    }

    @Test
    fun `a collection whose form is not 1 from the start is pulled once`() = runBlocking {
        other("a")
        val device = device()
        device.open(form = 2).apply {
            sync()
            close()
        }
        val store = device.open(form = 2).also { opened += it }
        assertEquals(listOf("a SYNCED"), store.states())
    }

    @Test
    fun `a number of a write is given once`() = runBlocking {
        val device = device()
        val store = device.opened()
        store.collections.watchlist.put(entry("a"), RUSH)
        val first = store.writes().single().seq
        store.collections.watchlist.delete(entry("a"))
        store.close()
        val again = device.opened()
        again.collections.watchlist.put(entry("b"), RUSH)
        assertTrue(again.writes().single().seq > first)
    }

    @Test
    fun `the operations of a user send nothing once another one is signed in`() = runBlocking {
        val device = device()
        val api = device.client.apiFor("ada")
        api.putWatchlistEntry("a", RUSH)
        device.signIn("bob")
        assertThrows(SessionEndedError::class.java) {
            runBlocking { api.putWatchlistEntry("b", RUSH) }
        }
        assertEquals(1, server.requests.size)
        assertEquals(SessionState.SIGNED_IN to "bob", device.session.state() to device.session.userId())
    }

    @Test
    fun `a store is closed the moment that another user signs in`() = runBlocking {
        val device = device()
        val store = device.opened()
        store.collections.watchlist.put(entry("a"), RUSH)
        val live = follow(store.collections.watchlist.live())
        until("the item") { live.values.lastOrNull()?.size == 1 }
        device.signIn("bob")
        assertEquals(OfflineErrorReason.CLOSED, reason { store.states() })
        assertEquals(
            OfflineErrorReason.CLOSED,
            reason { store.collections.watchlist.put(entry("b"), RUSH) },
        )
        live.job.join()
        assertTrue(live.values.last().isEmpty())
    }

    @Test
    fun `a feed is never polled sooner than it says, and not by all at once`() = runBlocking {
        val polls = listOf(0, -1).map { bits ->
            val own = MemoryOfflineStorage()
            val options = OfflineStoreOptions(
                own,
                mode = Mode.MANUAL,
                clock = object : Clock {
                    override fun now() = Instant.fromEpochMilliseconds(1000)
                },
                random = object : Random() {
                    override fun nextBits(bitCount: Int) = bits ushr (32 - bitCount)
                },
            )
            val store = device(options).opened(options)
            store.sync()
            store.close()
            val record = own.open(NAME).load().getValue("cursor/watchlist")
            JSON.decodeFromString(Cursor.serializer(), record).pollAt!! - 1000
        }
        assertEquals(30_000, polls[0])
        assertTrue(polls[1] in 35_990..36_000, "${polls[1]}")
    }

    @Test
    fun `a page of an older state does not take back what an answer brought`() = runBlocking {
        val device = device()
        val (one, two) = device.opened() to device.opened()
        val watchlist = one.collections.watchlist
        watchlist.put(entry("a"), RUSH)
        one.sync()
        server.relaysAtOnce = false
        watchlist.update(entry("a"), UpdateWatchlistEntryRequest(rating = 1.0))
        one.sync()
        server.relay()
        // The page is read before the write, and arrives after it.
        val (reached, release) = server.hold("GET /me/watchlist/changes")
        val pulling = scope.async { two.sync() }
        reached()
        watchlist.update(entry("a"), UpdateWatchlistEntryRequest(rating = 2.0))
        server.addFaults(listOf(Fault("GET /me/watchlist/changes", "drop", times = 2)))
        one.sync()
        suspend fun shown() = watchlist.get(entry("a"))?.item?.let { it.rating to it.version }
        assertEquals(2.0 to 3, shown())
        release()
        pulling.await()
        assertEquals(2.0 to 3, shown())
    }

    @Test
    fun `a page that comes after a later one is dropped`() = runBlocking {
        other("a")
        val device = device()
        val (one, two) = device.opened() to device.opened()
        one.sync()
        device.client.api.updateWatchlistEntry("a", UpdateWatchlistEntryRequest(rating = 1.0))
        val (reached, release) = server.hold("GET /me/watchlist/changes")
        val pulling = scope.async { two.sync() }
        reached()
        device.client.api.deleteWatchlistEntry("a")
        one.sync()
        server.addFaults(listOf(Fault("GET /me/watchlist/changes", "drop", times = 2)))
        release()
        pulling.await()
        assertEquals(emptyList<String>(), one.states())
    }

    @Test
    fun `the answer to a write that was dropped meanwhile is dropped`() = runBlocking {
        val device = device()
        val (one, two) = device.opened() to device.opened()
        one.collections.watchlist.put(entry("a"), RUSH)
        val (reached, release) = server.hold("PUT /me/watchlist/a")
        val sending = scope.async { one.sync() }
        reached()
        one.collections.watchlist.takeTheirs(entry("a"))
        device.client.api.deleteWatchlistEntry("a")
        two.sync()
        server.addFaults(listOf(Fault("GET /me/watchlist/changes", "drop", times = 5)))
        release()
        sending.await()
        assertEquals(emptyList<String>(), one.states())
    }

    @Test
    fun `the answer to an overtaken attempt is dropped, also if another store made the next one`() =
        runBlocking {
            val device = device()
            val (one, two) = device.opened() to device.opened()
            one.collections.watchlist.put(entry("a"), RUSH)
            val (reached, release) = server.hold("PUT /me/watchlist/a")
            val sending = scope.async { one.sync() }
            reached()
            device.client.api.deleteWatchlistEntry("a")
            server.addFaults(listOf(Fault("PUT /me/watchlist/a", "drop")))
            two.sync()
            server.addFaults(listOf(Fault("GET /me/watchlist/changes", "drop", times = 5)))
            release()
            sending.await()
            assertEquals(emptyList<String>(), one.states())
            assertEquals(emptyList<QueuedWrite>(), one.writes())
        }

    @Test
    fun `a late answer does not decide what the user has decided meanwhile`() = runBlocking {
        val device = device()
        val (one, two) = device.opened() to device.opened()
        val watchlist = one.collections.watchlist
        watchlist.put(entry("a"), RUSH)
        one.sync()
        watchlist.update(entry("a"), UpdateWatchlistEntryRequest(rating = 1.0))
        device.client.api.updateWatchlistEntry("a", UpdateWatchlistEntryRequest(note = "Theirs"))
        val (reached, release) = server.hold("PATCH /me/watchlist/a")
        val sending = scope.async { one.sync() }
        reached()
        two.sync()
        assertEquals(listOf("a CONFLICT"), one.states())
        watchlist.keepMine(entry("a"))
        release()
        sending.await()
        assertEquals(listOf("a SYNCED"), one.states())
        val item = watchlist.get(entry("a"))?.item
        assertEquals("Theirs" to 1.0, item?.note to item?.rating)
    }

    @Test
    fun `nothing is written any more after a wipe`() = runBlocking {
        val database = Databases.open(storage, NAME, FORM)
        Databases.delete(storage, NAME)
        val reason = reason { database.write(isDurable = true) { putCursor("c", Cursor()) } }
        assertEquals(OfflineErrorReason.CLOSED, reason)
        assertEquals(emptyList<String>(), storage.names())
        Databases.close(storage, NAME, database)
    }

    @Test
    fun `writes of a collection that this version does not have are kept`() = runBlocking {
        val device = device()
        val store = device.opened()
        store.collections.movies.add(movie("Rush", 2013), MovieMembers())
        store.close()
        val less = OfflineStore.open(device.client, manual) {}
        less.sync()
        assertEquals(1, less.writes().size)
        assertEquals(emptyList<String>(), server.requests.map { it.request })
        less.close()
    }

    @Test
    fun `a wipe closes all stores, and nothing comes back`() = runBlocking {
        val device = device()
        val (here, there) = device.opened() to device.opened()
        here.collections.watchlist.put(entry("a"), RUSH)
        val live = follow(there.collections.watchlist.live())
        until("the item") { live.values.lastOrNull()?.size == 1 }
        val (reached, release) = server.hold("PUT /me/watchlist/a")
        val syncing = scope.async { runCatching { there.sync() } }
        reached()
        here.wipe()
        release()
        assertEquals(OfflineErrorReason.CLOSED, (syncing.await().exceptionOrNull() as OfflineError).reason)
        assertTrue(here.status.value.closed && there.status.value.closed)
        live.job.join()
        assertTrue(live.values.last().isEmpty())
        assertEquals(emptyList<String>(), storage.names())
        val again = device.opened()
        assertEquals(emptyList<String>(), again.states())
        assertEquals(emptyList<QueuedWrite>(), again.writes())
    }

    @Test
    fun `the data of all users are wiped by the name of the store`() = runBlocking {
        val device = device()
        device.opened().close()
        device.session.end()
        device.signIn("bob")
        device.opened().close()
        device.opened(manual.copy(name = "other")).close()
        OfflineStore.wipeAll(storage)
        assertEquals(listOf("other-offline-bob"), storage.names())
    }

    @Test
    fun `a sign-out goes on when a listener fails`() = runBlocking {
        val device = device()
        val calls = CopyOnWriteArrayList<String>()
        device.client.accounts.onSignOut { error("broken") }
        val last = device.client.accounts.onSignOut { calls += "called" }
        assertThrows(IllegalStateException::class.java) {
            runBlocking { device.client.accounts.signOut() }
        }
        assertEquals(SessionState.SIGNED_OUT, device.session.state())
        assertEquals(listOf("POST /auth/sign-out"), server.requests.map { it.request })
        last.close()
        runCatching { device.client.accounts.signOut() }
        assertEquals(listOf("called"), calls)
    }

    @Test
    fun `a write that cannot be sent at all is refused, and the others go on`() = runBlocking {
        val store = device().opened()
        store.collections.watchlist.put(entry(".."), RUSH)
        store.collections.watchlist.put(entry("a"), RUSH)
        store.sync()
        assertEquals(listOf(".. REFUSED", "a SYNCED"), store.states())
        assertEquals("The request cannot be made", store.writes().single().problem?.title)
    }

    @Test
    fun `a storage of tokens that fails refuses nothing`() = runBlocking {
        val memory = MemoryTokenStorage()
        var isBroken = false
        val tokens = object : TokenStorage by memory {
            override suspend fun load(): Tokens? {
                // As a file of tokens that was cut off.
                require(!isBroken) { "broken" }
                return memory.load()
            }
        }
        val http = OkHttpClient.Builder().addInterceptor(server::intercept).build()
        val client = MoviesClient("https://stand-in.test/Development", tokens, httpClient = http)
        client.session.accept(tokensOf("ada"))
        val store = OfflineStore.open(client, manual) { collection("watchlist", watchlistCollection(it)) }
        store.collections.put(entry("a"), RUSH)
        isBroken = true
        store.sync()
        assertEquals(listOf("a WAITING"), states(store.collections.query()))
        isBroken = false
        store.sync()
        assertEquals(listOf("a SYNCED"), states(store.collections.query()))
        store.close()
    }

    // In the background

    @Test
    fun `in the background, a write is sent at once and a change is pulled when it is due`() = runBlocking {
        server.pollAfterSeconds = 1
        val store = device().opened(background)
        store.start()
        until("the first pull") { store.status.value.collections["watchlist"]?.ready == true }
        store.collections.watchlist.put(entry("a"), RUSH)
        until("the answer") { store.states() == listOf("a SYNCED") }
        other("b")
        until("the poll") { store.states().size == 2 }
    }

    @Test
    fun `a poke pulls before it is due, shown or not`() = runBlocking {
        val store = device().opened(background)
        other("b")
        delay(100.milliseconds)
        assertEquals(emptyList<String>(), store.states())
        store.pullSoon()
        until("the pull") { store.states().size == 1 }
    }

    @Test
    fun `an app that is not on the screen does not poll, and sends all the same`() = runBlocking {
        server.pollAfterSeconds = 1
        val store = device().opened(background)
        fun polls() = server.requests.count { it.path == "/me/watchlist/changes" }
        store.start()
        until("two polls") { polls() >= 3 }
        store.stop()
        delay(100.milliseconds)
        val before = polls()
        store.collections.watchlist.put(entry("a"), RUSH)
        until("the answer") { store.states() == listOf("a SYNCED") }
        delay(1500.milliseconds)
        assertEquals(before, polls())
        store.start()
        until("a poll") { polls() > before }
    }

    @Test
    fun `a network that comes back is a reason to try at once`() = runBlocking {
        // By this clock, the wait after the failure never ends.
        val clock = object : Clock {
            override fun now() = Instant.fromEpochMilliseconds(1)
        }
        val options = background.copy(clock = clock)
        val device = device(options)
        device.isOnline = false
        val store = device.opened(options)
        store.collections.watchlist.put(entry("a"), RUSH)
        until("the failure") { store.status.value.pushError is NetworkError }
        device.isOnline = true
        delay(1200.milliseconds)
        assertEquals(listOf("a WAITING"), store.states())
        store.networkChanged()
        until("the answer") { store.states() == listOf("a SYNCED") }
    }

    @Test
    fun `a session that comes back is a reason to try at once`() = runBlocking {
        val device = device()
        val store = device.opened(background)
        device.session.end()
        store.collections.watchlist.put(entry("a"), RUSH)
        delay(100.milliseconds)
        assertEquals(listOf("a WAITING"), store.states())
        assertFalse(store.status.value.signedIn)
        device.signIn("ada")
        until("the answer") { store.states() == listOf("a SYNCED") }
    }

    @Test
    fun `one store leads, the others follow, and the next one replaces it`() = runBlocking {
        val device = device()
        val stores = List(3) { device.opened(background) }
        val worker = device.opened()
        val (first, second, third) = stores
        until("a leader") { first.status.value.leads }
        second.collections.watchlist.put(entry("a"), RUSH)
        until("the answer") { third.states() == listOf("a SYNCED") }
        assertEquals(listOf(true, false, false, false), (stores + worker).map { it.status.value.leads })
        first.close()
        until("the next leader") { second.status.value.leads }
        assertFalse(third.status.value.leads)
        worker.collections.watchlist.put(entry("b"), RUSH)
        until("the answer") { second.states() == listOf("a SYNCED", "b SYNCED") }
        assertEquals(2, server.requests.count { it.method == "PUT" })
    }

    @Test
    fun `a leader that is closed in the middle of a write leaves it to the next one`() = runBlocking {
        val device = device()
        val first = device.opened(background)
        val second = device.opened(background)
        val (reached, release) = server.hold("PUT /me/watchlist/a")
        first.collections.watchlist.put(entry("a"), RUSH)
        reached()
        first.close()
        release()
        until("the answer") { second.states() == listOf("a SYNCED") }
        val puts = server.requests.filter { it.method == "PUT" }
        assertEquals(2 to 1, puts.size to puts.distinctBy { it.key }.size)
    }

    @Test
    fun `work of a loop is done when it says so, and when it is asked for`() = runBlocking {
        val times = ConcurrentHashMap.newKeySet<Int>()
        var count = 0
        val loop = Loop(scope) {
            count += 1
            times += count
            if (count < 3) 10 else NEVER
        }
        delay(50.milliseconds)
        assertEquals(0, count)
        loop.soon()
        until("three") { 3 in times }
        delay(50.milliseconds)
        assertEquals(3, count)
        loop.soon()
        until("four") { 4 in times }
    }
}
