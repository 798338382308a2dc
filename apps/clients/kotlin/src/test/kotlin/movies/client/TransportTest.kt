package movies.client

import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

private const val HEALTH = """{"status":"ok"}"""

class TransportTest {
    private fun client(server: TestServer, policy: RetryPolicy = RetryPolicy()) =
        MoviesClient("${server.address}/stage/", MemoryTokenStorage(), policy)

    @Test
    fun `a part of a path is encoded, and is never another path`() = runBlocking {
        TestServer { it.answer(204, "") }.use { server ->
            val client = client(server)
            client.session.accept(tokens("1"))
            client.api.deletePasskey("a/b+c é~.%2F")
            val request = "DELETE /stage/me/passkeys/a%2Fb%2Bc%20%C3%A9~.%252F"
            assertEquals(listOf(request), server.requests)
            for (part in listOf("", ".", "..")) {
                assertThrows(IllegalArgumentException::class.java) {
                    runBlocking { client.api.deletePasskey(part) }
                }
            }
            assertEquals(1, server.requests.size)
        }
    }

    @Test
    fun `what is no base URL is refused`() {
        val urls = listOf("", "a.example", "ftp://a", "http://a/?b", "http://a/#b", "http://a@b")
        for (url in urls) {
            assertThrows(IllegalArgumentException::class.java) {
                MoviesClient(url, MemoryTokenStorage())
            }
        }
    }

    @Test
    fun `an option that an operation does not take is refused`() = runBlocking {
        TestServer { it.answer(200, HEALTH) }.use { server ->
            assertThrows(IllegalArgumentException::class.java) {
                runBlocking { client(server).api.getHealth(CallOptions(ifMatch = "\"1\"")) }
            }
            assertEquals(0, server.requests.size)
        }
    }

    @Test
    fun `a sign-in is not repeated when the answer allows it at once`() = runBlocking {
        TestServer { it.problem(503, "/problems/throttled", "Retry-After" to "0") }.use { server ->
            val error = assertThrows(ProblemError::class.java) {
                runBlocking { client(server).accounts.signIn("ada@example.com", "secret-password") }
            }
            assertEquals(503, error.status)
            assertFalse("secret-password" in error.stackTraceToString())
            assertEquals(1, server.requests.size)
        }
    }

    @Test
    fun `no cookie is kept`() = runBlocking {
        val cookies = CopyOnWriteArrayList<String>()
        TestServer { exchange ->
            exchange.requestHeaders["Cookie"]?.let(cookies::addAll)
            exchange.answer(200, HEALTH, "Set-Cookie" to "a=b")
        }.use { server ->
            val client = client(server)
            repeat(2) { client.api.getHealth() }
            assertTrue(cookies.isEmpty())
        }
    }

    @Test
    fun `each attempt has a time limit, and so has the call`() = runBlocking {
        val end = CountDownLatch(1)
        TestServer { end.await() }.use { server ->
            val policy = RetryPolicy(2, baseDelay = 1.milliseconds, timeLimit = 1.seconds)
            val late = assertThrows(NetworkError::class.java) {
                runBlocking { client(server, policy).api.getHealth() }
            }
            assertTrue(late.timedOut)
            assertEquals(2, server.requests.size)
            val limit = CallOptions(timeLimit = 1.seconds)
            val tooLate = assertThrows(NetworkError::class.java) {
                runBlocking { client(server).api.getHealth(limit) }
            }
            assertTrue(tooLate.timedOut)
            assertEquals(3, server.requests.size)
            end.countDown()
        }
    }

    @Test
    fun `a problem keeps what this client does not know`() = runBlocking {
        val body =
            """{"type":"/new","title":"T","status":400,"detail":"D","instance":"I","more":[1]}"""
        TestServer { it.answer(400, body, "Retry-After" to "7") }.use { server ->
            val error = assertThrows(ProblemError::class.java) {
                runBlocking { client(server).api.getHealth() }
            }
            assertEquals(body, error.json)
            assertEquals(7.seconds, error.retryAfter)
            assertNull(error.requestId)
        }
    }
}
