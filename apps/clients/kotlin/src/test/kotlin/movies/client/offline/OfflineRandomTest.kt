package movies.client.offline

import java.nio.file.Path
import java.util.UUID
import java.util.concurrent.atomic.AtomicInteger
import kotlin.random.Random
import kotlin.time.Clock
import kotlin.time.Instant
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.KSerializer
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put
import movies.client.PutWatchlistEntryRequest
import movies.client.SessionEndedError
import movies.client.UpdateWatchlistEntryRequest
import movies.client.WatchlistMember
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.io.TempDir

private const val HOUR = 3_600_000L
private const val ROUNDS = 12

/**
 * Devices that come and go at random end as the server is. The environment replays a seed:
 * `SCENARIOS_SEED=7`. Requests of several threads are interleaved as the machine does it, so a seed
 * replays what is done, but not always what it meets.
 */
class OfflineRandomTest {
    @TempDir
    lateinit var folder: Path

    @TestFactory
    fun seeds(): List<DynamicTest> = seeds.map { seed ->
        dynamicTest("seed $seed") {
            val storageOf = { device: Int ->
                val directory = folder.resolve("$seed/$device").toFile()
                if (seed % 2 == 0) MemoryOfflineStorage() else FileOfflineStorage(directory)
            }
            val run = RandomRun(seed, storageOf)
            try {
                runBlocking { run.all() }
            } catch (failure: Throwable) {
                throw AssertionError("seed $seed: ${failure.message}", failure)
            }
            checks.addAndGet(run.checks)
        }
    }

    companion object {
        private val checks = AtomicInteger()
        private val given = System.getenv("SCENARIOS_SEED")?.toInt()
        private val count = System.getenv("SCENARIOS_RUNS")?.toInt() ?: 12
        private val seeds = if (given == null) (1..count).toList() else listOf(given)

        @JvmStatic
        @AfterAll
        fun report() = println("${seeds.size} scenarios, ${checks.get()} checks")
    }
}

private val PATHS = listOf(
    "GET /me/watchlist/changes",
    "GET /movies/changes",
    "POST /movies/add-movie",
    "POST /movies/update-movie",
    "POST /movies/delete-movie",
    "POST /movies/findbytitleandyear",
) + listOf("e1", "e2").flatMap { entry ->
    listOf("PUT", "PATCH", "DELETE", "GET").map { "$it /me/watchlist/$entry" }
}

private class RandomRun(seed: Int, private val storageOf: (device: Int) -> OfflineStorage) {
    var checks = 0

    private class Two(val device: Device, val options: OfflineStoreOptions) {
        /** Two stores that both send. */
        var stores = emptyList<Store>()

        suspend fun open() {
            stores = List(2) { device.open(options) }
        }
    }

    private val random = Random(seed)

    /** For what happens on several threads at once. */
    private val timing = Random(seed + 1)
    private val server = StandIn()
    private val devices = ArrayList<Two>()

    /** How often somebody wanted an item to be added. */
    private val wanted = HashMap<String, Int>()

    @Volatile
    private var time = System.currentTimeMillis()
    private val clock = object : Clock {
        override fun now() = Instant.fromEpochMilliseconds(time)
    }

    suspend fun all() {
        server.relaysAtOnce = false
        server.now = { time }
        repeat(3) { index ->
            val options = OfflineStoreOptions(
                storageOf(index),
                mode = Mode.MANUAL,
                clock = clock,
                random = Random(index),
            )
            val device = Device(server, options, pageLimit = random.nextInt(4) + 1, around = ::pause)
            device.signIn("ada")
            devices += Two(device, options).also { it.open() }
        }
        // What went wrong may be mended by what comes later: so look often.
        repeat(ROUNDS) {
            repeat(5 + random.nextInt(15)) { step() }
            settle()
            compare()
        }
        devices.forEach { two -> two.stores.forEach { it.close() } }
    }

    private suspend fun step() {
        val two = devices.random(random)
        val (store, other) = two.stores
        time += random.nextInt(20_000)
        val dice = random.nextDouble()
        when {
            dice < 0.34 -> write(store)
            dice < 0.4 -> loseAnswer(store)
            dice < 0.62 -> syncSome()
            dice < 0.7 -> addFault()
            dice < 0.78 -> server.relay(random)
            dice < 0.84 -> writeDirectly()
            dice < 0.88 -> two.device.isOnline = !two.device.isOnline
            dice < 0.92 -> decide(if (random.nextBoolean()) store else other)
            dice < 0.96 -> {
                two.stores.forEach { it.close() }
                two.open()
            }
            dice < 0.98 -> server.resetFeeds()
            else -> time += random.nextInt(30) * HOUR
        }
    }

    /** Syncs some of the stores of some of the devices at the same time, while one of them writes. */
    private suspend fun syncSome() = coroutineScope {
        val stores = devices.flatMap { it.stores }.filter { random.nextBoolean() }
        for (store in stores) launch(Dispatchers.Default) { sync(store) }
        if (stores.isNotEmpty() && random.nextBoolean()) write(stores.first())
        if (stores.isNotEmpty() && random.nextDouble() < 0.3) {
            pause()
            decide(stores.first(), drops = true)
        }
        pause()
        writeDirectly()
    }

    private suspend fun sync(store: Store) {
        try {
            store.sync()
        } catch (_: SessionEndedError) {
            // A token was refused twice.
            devices.forEach { it.device.signIn("ada") }
        }
    }

    private suspend fun write(store: Store) {
        val (movies, watchlist) = store.collections.let { it.movies to it.watchlist }
        val rating = random.nextInt(11).toDouble()
        val changes = when (random.nextInt(3)) {
            0 -> UpdateWatchlistEntryRequest(rating = rating)
            1 -> UpdateWatchlistEntryRequest(watched = random.nextBoolean())
            else -> UpdateWatchlistEntryRequest(rating = rating, clear = listOf(WatchlistMember.NOTE))
        }
        val entry = WatchlistEntryId("e${random.nextInt(3) + 1}")
        val movie = MovieId(listOf("Rush", "Solo").random(random), 2013)
        val members = PutWatchlistEntryRequest("T", 2000, note = "note ${random.nextInt(5)}")
        val badRating = if (random.nextDouble() < 0.1) 11.0 else rating
        try {
            when (random.nextInt(7)) {
                0, 1 -> {
                    watchlist.put(entry, members)
                    want("watchlist ada ${entry.entryId}")
                }
                2 -> watchlist.update(entry, changes)
                3 -> watchlist.delete(entry)
                4 -> {
                    movies.add(movie, MovieMembers(rating = badRating))
                    want("movies ${movie.year} ${movie.title}")
                }
                5 -> movies.update(movie, MovieChanges(rating = badRating))
                else -> movies.delete(movie)
            }
        } catch (error: OfflineError) {
            // Whoever writes sees what this device knows, which may be nothing.
            val expected = setOf(OfflineErrorReason.ITEM_EXISTS, OfflineErrorReason.ITEM_UNKNOWN)
            if (error.reason !in expected) throw error
        }
    }

    /** The answer to a write is lost, and somebody changes the item before it is told again. */
    private suspend fun loseAnswer(store: Store) {
        val entry = "e${random.nextInt(3) + 1}"
        server.addFaults(listOf(Fault("PUT /me/watchlist/$entry", "lose")))
        val members = PutWatchlistEntryRequest("T", 2000)
        store.collections.watchlist.put(WatchlistEntryId(entry), members)
        want("watchlist ada $entry")
        sync(store)
        writeDirectly(entry)
        server.relay(random)
    }

    private fun writeDirectly(entry: String = "e${random.nextInt(3) + 1}") {
        val method = listOf("PUT", "DELETE", "PATCH").random(random)
        if (method == "PUT") want("watchlist ada $entry")
        val body = buildJsonObject {
            if (method == "PUT") {
                put("title", "T")
                put("year", 2000)
                put("note", "direct")
            } else {
                put("rating", random.nextInt(11))
            }
        }
        val headers = mapOf(
            "Authorization" to "Bearer access-ada",
            "Idempotency-Key" to UUID.randomUUID().toString(),
        )
        val sent = body.takeIf { method != "DELETE" }
        server.answer(Call(method, "/me/watchlist/$entry", headers = headers, body = sent))
    }

    /** Drops some of the writes that wait, too, which may be under way, if [drops] is true. */
    private suspend fun decide(store: Store, drops: Boolean = false) {
        for (write in store.writes()) {
            val isDropped = drops && random.nextDouble() < 0.2
            if (write.state == WriteState.REFUSED) {
                try {
                    if (random.nextDouble() < 0.3) store.retry(write.seq) else store.discard(write.seq)
                } catch (_: OfflineError) {
                    // There is nothing any more that it could change.
                }
            } else if (write.state == WriteState.CONFLICT || isDropped) {
                val isMine = write.state == WriteState.CONFLICT && random.nextDouble() < 0.6
                if (write.collection == "movies") {
                    if (isMine) want("movies ${write.key}")
                    val id = JSON.decodeFromJsonElement(MovieId.serializer(), write.id)
                    decide(store.collections.movies, id, isMine)
                } else {
                    if (isMine) want("watchlist ada ${write.key}")
                    decide(store.collections.watchlist, WatchlistEntryId(write.key), isMine)
                }
            }
        }
    }

    private suspend fun <Id : Any> decide(
        collection: OfflineCollection<*, Id, *, *>,
        id: Id,
        isMine: Boolean,
    ) = if (isMine) collection.keepMine(id) else collection.takeTheirs(id)

    private fun addFault() {
        fun problem(status: Int, type: String, retryAfter: Int? = null) = Fault(
            request = "",
            `do` = "answer",
            status = status,
            headers = if (retryAfter == null) emptyMap() else mapOf("retry-after" to "$retryAfter"),
            body = """{"type":"/problems/$type","title":"","status":$status,"detail":"","instance":""}""",
        )
        val fault = listOf(
            Fault("", "drop"),
            Fault("", "lose"),
            Fault("", "lose"),
            Fault("", "lose"),
            problem(429, "too-many-requests", 5),
            problem(503, "unavailable", 1),
            problem(500, "internal"),
            problem(409, "request-in-flight", 1),
            problem(401, "unauthorized"),
            Fault("", "answer", status = 200, body = "<html>"),
        ).random(random)
        val request = PATHS.random(random)
        val expires = request.endsWith("changes") && random.nextDouble() < 0.3
        val one = if (expires) problem(410, "cursor-expired") else fault
        server.addFaults(listOf(one.copy(request = request)))
    }

    /** Everything works again: until nothing waits any more. */
    private suspend fun settle() {
        server.clearFaults()
        devices.forEach { it.device.isOnline = true }
        for (round in 1..ROUNDS) {
            var waiting = 0
            for (two in devices) {
                time += 400_000
                decide(two.stores.first())
                sync(two.stores.first())
                server.relay()
                waiting += two.stores.first().writes().size
            }
            if (waiting == 0) break
        }
        for (two in devices) two.stores.first().sync()
    }

    private suspend fun compare() {
        for (two in devices) {
            val store = two.stores.first()
            assertEquals(emptyList<QueuedWrite>(), store.writes())
            val movies = store.collections.movies.query()
            val entries = store.collections.watchlist.query()
            assertEquals(typed(LocalMovie.serializer(), "movies"), movies.map { it.item })
            assertEquals(
                typed(LocalWatchlistEntry.serializer(), "watchlist ada"),
                entries.map { it.item },
            )
            val states = (movies.map { it.state } + entries.map { it.state }).toSet()
            assertEquals(emptySet<ItemState>(), states - ItemState.SYNCED)
            checks += 2
        }
        for ((item, additions) in server.additions) {
            val most = wanted[item] ?: 0
            check(additions <= most) { "$item was added $additions times, and wanted $most times" }
            checks += 1
        }
    }

    private fun <I> typed(serializer: KSerializer<I>, scope: String): List<I> =
        server.all(scope).map { JSON.decodeFromJsonElement(serializer, it) }

    private fun want(item: String) {
        wanted.merge(item, 1, Int::plus)
    }

    private fun pause() {
        val micros = synchronized(timing) { timing.nextLong(2000) }
        Thread.sleep(micros / 1000, (micros % 1000).toInt() * 1000)
    }
}
