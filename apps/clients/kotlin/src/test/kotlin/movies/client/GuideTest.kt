package movies.client

import androidx.datastore.core.CorruptionException
import androidx.datastore.core.DataStore
import java.io.ByteArrayOutputStream
import java.util.concurrent.atomic.AtomicBoolean
import javax.crypto.KeyGenerator
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Instant
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import movies.client.offline.ItemState
import movies.client.offline.MemoryOfflineStorage
import movies.client.offline.tokensOf
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test

class GuideTest {
    private class MemoryDataStore<T>(value: T) : DataStore<T> {
        override val data = MutableStateFlow(value)

        override suspend fun updateData(transform: suspend (t: T) -> T): T {
            data.value = transform(data.value)
            return data.value
        }
    }

    @Test
    fun `stored tokens are read with their key only`() = runBlocking {
        fun serializer(): EncryptedSerializer<StoredSession> {
            val key = KeyGenerator.getInstance("AES").apply { init(256) }.generateKey()
            return EncryptedSerializer(StoredSession(), StoredSession.serializer()) { key }
        }
        val session = StoredSession(Tokens("access", "id", "refresh", Instant.DISTANT_FUTURE))
        val serializer = serializer()
        val output = ByteArrayOutputStream()
        serializer.writeTo(session, output)
        val stored = output.toByteArray()
        assertFalse("refresh" in stored.decodeToString())
        assertEquals(session, serializer.readFrom(stored.inputStream()))
        assertThrows(CorruptionException::class.java) {
            runBlocking { serializer().readFrom(stored.inputStream()) }
        }
        for (length in 0..stored.lastIndex) {
            assertThrows(CorruptionException::class.java) {
                runBlocking { serializer.readFrom(stored.inputStream(0, length)) }
            }
        }
    }

    @Test
    fun `an entry made offline is sent once there is a network`() = runBlocking {
        val isOffline = AtomicBoolean(true)
        val keys = mutableSetOf<String?>()
        val paths = mutableSetOf<String>()
        TestServer { exchange ->
            keys += exchange.requestHeaders.getFirst("Idempotency-Key")
            paths += exchange.requestURI.path
            if (isOffline.get()) {
                exchange.problem(503, "/problems/unavailable")
            } else {
                exchange.answer(201, ENTRY)
            }
        }.use { server ->
            val retryPolicy = RetryPolicy(baseDelay = 1.milliseconds)
            val client = MoviesClient(server.address, MemoryTokenStorage(), retryPolicy)
            client.session.accept(tokens("1"))
            val store = MemoryDataStore(emptyList<OutboxEntry>())
            Outbox("ada", store, client.api).add(PutWatchlistEntryRequest("Rush", 2013))
            val outbox = Outbox("ada", store, client.api)
            assertThrows(ProblemError::class.java) { runBlocking { outbox.send() } }
            assertEquals(1, outbox.entries.first().size)
            isOffline.set(false)
            Outbox("grace", store, client.api).send()
            assertEquals(4, server.requests.size)
            outbox.send()
            assertEquals(0, outbox.entries.first().size)
            assertEquals(5, server.requests.size)
            assertEquals(1, keys.size)
            assertEquals(1, paths.size)
        }
    }

    @Test
    fun `an entry that is refused is kept, and not sent again`() = runBlocking {
        TestServer { it.problem(400, "/problems/invalid-request") }.use { server ->
            val client = MoviesClient(server.address, MemoryTokenStorage())
            client.session.accept(tokens("1"))
            val outbox = Outbox("ada", MemoryDataStore(emptyList()), client.api)
            outbox.add(PutWatchlistEntryRequest("", 2013))
            repeat(2) { outbox.send() }
            val entry = outbox.entries.first().single()
            assertEquals("/problems/invalid-request", entry.problem?.type)
            assertEquals(1, server.requests.size)
            outbox.discard(entry.id)
            assertEquals(0, outbox.entries.first().size)
        }
    }

    @Test
    fun `the watchlist is kept on the phone`() = runBlocking {
        TestServer { it.problem(503, "/problems/unavailable") }.use { server ->
            val client = MoviesClient(server.address, MemoryTokenStorage())
            client.session.accept(tokensOf("ada"))
            val storage = MemoryOfflineStorage()
            val store = openStore(client, storage)
            val model = WatchlistModel(store)
            model.add("Rush", 2013)
            val entry = model.entries.first().single()
            assertEquals("Rush" to ItemState.WAITING, entry.item.title to entry.state)
            model.setWatched(entry.item, true)
            store.close()
            val again = openStore(client, storage)
            assertEquals(listOf(true), WatchlistModel(again).entries.first().map { it.item.watched })
            WatchlistModel(again).settle(entry.item, isMine = false)
            assertEquals(0, WatchlistModel(again).entries.first().size)
            assertEquals(0, WatchlistModel(again).waiting.first())
            again.close()
        }
    }
}

private const val MOMENT = "2026-03-14T09:26:53.000000Z"
private const val ENTRY =
    """{"entryId":"e","title":"Rush","year":2013,"watched":false,"etag":"\"1\"","version":1,""" +
        """"createdAt":"$MOMENT","updatedAt":"$MOMENT"}"""
