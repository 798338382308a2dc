package movies.client

import androidx.datastore.core.CorruptionException
import java.io.ByteArrayOutputStream
import javax.crypto.KeyGenerator
import kotlin.time.Instant
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
