package movies.client

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import java.net.InetSocketAddress
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.Executors

/** A server on loopback that gives made-up answers, and remembers what it was asked. */
internal class TestServer(private val answer: (HttpExchange) -> Unit) : AutoCloseable {
    /** The requests so far: `GET /movies?year=2016`. */
    val requests = CopyOnWriteArrayList<String>()

    private val executor = Executors.newCachedThreadPool()
    private val server = HttpServer.create(InetSocketAddress("127.0.0.1", 0), 0)

    val address: String get() = "http://127.0.0.1:${server.address.port}"

    init {
        server.executor = executor
        server.createContext("/") { exchange ->
            requests += "${exchange.requestMethod} ${exchange.requestURI}"
            exchange.requestBody.readAllBytes()
            answer(exchange)
            exchange.close()
        }
        server.start()
    }

    override fun close() {
        server.stop(0)
        executor.shutdown()
    }
}

internal fun HttpExchange.answer(status: Int, body: String, vararg headers: Pair<String, String>) {
    for ((name, value) in headers) responseHeaders.set(name, value)
    val bytes = body.encodeToByteArray()
    sendResponseHeaders(status, if (bytes.isEmpty()) -1 else bytes.size.toLong())
    responseBody.write(bytes)
}

internal fun HttpExchange.problem(status: Int, type: String, vararg headers: Pair<String, String>) {
    val body = """{"type":"$type","title":"T","status":$status,"detail":"D","instance":"I"}"""
    answer(status, body, *headers)
}

/** Tokens whose names end in this. */
internal fun tokens(name: String) =
    TokenResponse("access-$name", "id-$name", "refresh-$name", 900, "Bearer")

internal fun HttpExchange.tokens(name: String) =
    answer(200, encode(TokenResponse.serializer(), movies.client.tokens(name)))
