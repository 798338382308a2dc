package movies.client

import java.util.concurrent.CountDownLatch
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test

private const val PASSKEYS = """{"passkeys":[]}"""

class SessionTest {
    private val storage = MemoryTokenStorage()

    private fun client(server: TestServer) = MoviesClient(server.address, storage)

    @Test
    fun `two clients that share a storage refresh once`() = runBlocking {
        TestServer { exchange ->
            val token = exchange.requestHeaders.getFirst("Authorization")
            when {
                exchange.requestURI.path == "/auth/refresh" -> exchange.tokens("2")
                token == "Bearer access-2" -> exchange.answer(200, PASSKEYS)
                else -> exchange.problem(401, "/problems/unauthorized")
            }
        }.use { server ->
            val clients = List(2) { client(server) }
            clients[0].session.accept(tokens("1"))
            coroutineScope {
                for (client in clients) launch(Dispatchers.Default) { client.api.listPasskeys() }
            }
            assertEquals(1, server.requests.count { it == "POST /auth/refresh" })
            assertEquals("refresh-2", storage.load()?.refreshToken)
        }
    }

    @Test
    fun `a token that was replaced in the meantime needs no refresh`() = runBlocking {
        val asked = CountDownLatch(1)
        val replaced = CountDownLatch(1)
        TestServer { exchange ->
            if (exchange.requestHeaders.getFirst("Authorization") == "Bearer access-2") {
                exchange.answer(200, PASSKEYS)
            } else {
                asked.countDown()
                replaced.await()
                exchange.problem(401, "/problems/unauthorized")
            }
        }.use { server ->
            val client = client(server)
            client.session.accept(tokens("1"))
            val call = async(Dispatchers.Default) { client.api.listPasskeys() }
            withContext(Dispatchers.IO) { asked.await() }
            client.session.accept(tokens("2"))
            replaced.countDown()
            assertEquals(200, call.await().status)
            assertEquals(listOf("GET /me/passkeys", "GET /me/passkeys"), server.requests)
        }
    }

    @Test
    fun `who is cancelled does not cancel the refresh that others await`() = runBlocking {
        val refreshing = CountDownLatch(1)
        val cancelled = CountDownLatch(1)
        TestServer { exchange ->
            refreshing.countDown()
            cancelled.await()
            exchange.tokens("2")
        }.use { server ->
            val client = client(server)
            client.session.accept(tokens("1").copy(expiresIn = 0))
            val first = async(Dispatchers.Default) { client.session.accessToken() }
            withContext(Dispatchers.IO) { refreshing.await() }
            val second = async(Dispatchers.Default) { client.session.accessToken() }
            first.cancel()
            assertThrows(CancellationException::class.java) { runBlocking { first.await() } }
            cancelled.countDown()
            assertEquals("access-2", second.await())
            assertEquals(listOf("POST /auth/refresh"), server.requests)
        }
    }

    @Test
    fun `who signs out during a refresh stays signed out`() = runBlocking {
        val token = tokenOfRefreshDuring { client -> client.session.end() }
        assertEquals(SessionEndedError::class, token.exceptionOrNull()!!::class)
        assertNull(storage.load())
    }

    @Test
    fun `who signs in during a refresh keeps the new tokens`() = runBlocking {
        val token = tokenOfRefreshDuring { client -> client.session.accept(tokens("other")) }
        assertEquals("access-other", token.getOrThrow())
        assertEquals("refresh-other", storage.load()?.refreshToken)
    }

    @Test
    fun `tokens that cannot be stored are not used`() = runBlocking {
        TestServer { it.tokens("2") }.use { server ->
            client(server).session.accept(tokens("1").copy(expiresIn = 0))
            val full = object : TokenStorage by storage {
                override suspend fun save(tokens: Tokens): Unit = error("full")
            }
            val api = MoviesClient(server.address, full).api
            assertThrows(IllegalStateException::class.java) { runBlocking { api.listPasskeys() } }
            assertEquals(listOf("POST /auth/refresh"), server.requests)
        }
    }

    /** What a refresh gives while something else happens to the session. */
    private suspend fun tokenOfRefreshDuring(
        event: suspend (MoviesClient) -> Unit,
    ): Result<String> = coroutineScope {
        val refreshing = CountDownLatch(1)
        val done = CountDownLatch(1)
        TestServer { exchange ->
            refreshing.countDown()
            done.await()
            exchange.tokens("2")
        }.use { server ->
            val client = client(server)
            client.session.accept(tokens("1").copy(expiresIn = 0))
            val token = async(Dispatchers.Default) { runCatching { client.session.accessToken() } }
            withContext(Dispatchers.IO) { refreshing.await() }
            event(client)
            done.countDown()
            token.await()
        }
    }

    @Test
    fun `changes begin with the state now`() = runBlocking {
        TestServer { it.answer(200, PASSKEYS) }.use { server ->
            val session = client(server).session
            val changes = async(start = CoroutineStart.UNDISPATCHED) {
                session.changes.take(2).toList()
            }
            session.accept(tokens("1"))
            assertEquals(listOf(SessionState.SIGNED_OUT, SessionState.SIGNED_IN), changes.await())
        }
    }
}
