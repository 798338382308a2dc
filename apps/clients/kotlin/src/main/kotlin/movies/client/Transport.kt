package movies.client

import java.io.IOException
import java.io.InterruptedIOException
import kotlin.coroutines.resumeWithException
import kotlin.random.Random
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.delay
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withTimeoutOrNull
import okhttp3.Authenticator
import okhttp3.Call
import okhttp3.Callback
import okhttp3.CookieJar
import okhttp3.HttpUrl.Companion.toHttpUrl
import okhttp3.HttpUrl.Companion.toHttpUrlOrNull
import okhttp3.MediaType.Companion.toMediaType
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody
import okhttp3.RequestBody.Companion.toRequestBody
import okhttp3.Response

/** One call of an operation, as the generated code describes it. */
internal class Operation(
    val method: String,
    /** The path with the names of its parameters in braces. Errors name the operation by it. */
    val path: String,
    val pathParameters: Map<String, String> = emptyMap(),
    val query: Map<String, String> = emptyMap(),
    /** The body in JSON. */
    val body: String? = null,
    /** True if it needs an access token. */
    val signedIn: Boolean = false,
    /** True if it may be repeated without an idempotency key. */
    val repeatable: Boolean = false,
    val takesIdempotencyKey: Boolean = false,
    val takesIfMatch: Boolean = false,
    val takesIfNoneMatch: Boolean = false,
) {
    val name: String get() = "$method $path"
}

/** An answer as it came. */
internal class HttpAnswer(response: Response) {
    val status: Int = response.code
    val requestId: String? = response.header("X-Request-Id")
    val etag: String? = response.header("ETag")
    val servedBy: String? = response.header("X-Served-By")
    val replayed: Boolean = response.header("Idempotent-Replayed") == "true"
    val retryAfter: Duration? = response.header("Retry-After")?.toIntOrNull()?.seconds
    val body: String = response.body.string()

    /** The body of an error, if it is a problem document. */
    val problem: Problem? = if (status < 400) null else decodeOrNull(Problem.serializer(), body)
}

/** Sends calls, and repeats them as [RetryPolicy] says. Knows nothing of sessions. */
internal class Transport(
    baseUrl: String,
    private val policy: RetryPolicy,
    httpClient: OkHttpClient,
) {
    private val base: String = baseUrl.toHttpUrl().let { url ->
        require(url.query == null && url.fragment == null && url.username.isEmpty()) {
            "the base URL has more than a scheme, a host, a port and a path"
        }
        url.toString().trimEnd('/')
    }

    private val http = httpClient.newBuilder()
        .followRedirects(false)
        .followSslRedirects(false)
        .retryOnConnectionFailure(false)
        .authenticator(Authenticator.NONE)
        .cookieJar(CookieJar.NO_COOKIES)
        .cache(null)
        // The time limit of an attempt is the one that counts.
        .connectTimeout(Duration.ZERO)
        .readTimeout(Duration.ZERO)
        .writeTimeout(Duration.ZERO)
        .addNetworkInterceptor { chain ->
            val response = chain.proceed(chain.request())
            // OkHttp repeats a request by itself if it is answered with 503 and this header.
            if (response.code == 503 && response.header("Retry-After")?.toIntOrNull() == 0) {
                response.newBuilder().removeHeader("Retry-After").build()
            } else {
                response
            }
        }
        .build()

    /**
     * Sends a call, several times if it may be repeated, and returns the last answer.
     *
     * @throws NetworkError if the last attempt had no answer.
     */
    suspend fun send(operation: Operation, options: CallOptions, accessToken: String?): HttpAnswer {
        val request = request(operation, options, accessToken)
        val attempts =
            if (operation.repeatable || operation.takesIdempotencyKey) policy.attempts else 1
        return repeated(attempts, ::wait) { attempt(operation.name, request, policy.timeLimit) }
    }

    /**
     * Sends a file with a permission of the service, several times after a lost network or a 5xx,
     * and returns the last answer. The permission is for whoever has its URL, so the access token
     * stays here, and no error names the URL.
     *
     * @return `null` if the permission has no URL.
     */
    suspend fun sendFile(call: String, upload: UploadResponse, file: ByteArray): HttpAnswer? {
        val url = upload.url.toHttpUrlOrNull() ?: return null
        val request = Request.Builder().url(url).put(file.toRequestBody())
        for ((name, value) in upload.headers) request.header(name, value)
        val limit = policy.timeLimit + file.size.milliseconds / SLOWEST
        val wait = { answer: HttpAnswer, attempt: Int ->
            if (answer.status >= 500) backoff(attempt) else null
        }
        return repeated(policy.attempts, wait) { attempt(call, request.build(), limit) }
    }

    /**
     * Makes attempts until one has an answer that is the last.
     *
     * @param wait how long to wait after an answer; `null` if it is the last.
     */
    private suspend fun repeated(
        attempts: Int,
        wait: (HttpAnswer, Int) -> Duration?,
        attempt: suspend () -> HttpAnswer,
    ): HttpAnswer {
        for (number in 1..<attempts) {
            val pause = try {
                val answer = attempt()
                wait(answer, number) ?: return answer
            } catch (_: NetworkError) {
                backoff(number)
            }
            delay(pause)
        }
        return attempt()
    }

    private fun request(operation: Operation, options: CallOptions, accessToken: String?): Request {
        val request = Request.Builder()
            .url(base + target(operation))
            .method(operation.method, body(operation))
            .header("Accept", "application/json, application/problem+json")
        fun header(name: String, value: String?, taken: Boolean) {
            if (value == null) return
            require(taken) { "${operation.name} takes no $name" }
            request.header(name, value)
        }
        header("Authorization", accessToken?.let { "Bearer $it" }, operation.signedIn)
        header("Idempotency-Key", options.idempotencyKey, operation.takesIdempotencyKey)
        header("If-Match", options.ifMatch, operation.takesIfMatch)
        header("If-None-Match", options.ifNoneMatch, operation.takesIfNoneMatch)
        return request.build()
    }

    private fun body(operation: Operation): RequestBody? = when {
        operation.body != null -> operation.body.encodeToByteArray().toRequestBody(JSON)
        operation.method == "GET" -> null
        else -> RequestBody.EMPTY
    }

    /** Sends the request once. */
    private suspend fun attempt(call: String, request: Request, limit: Duration): HttpAnswer = try {
        withTimeoutOrNull(limit) { exchange(request) } ?: throw NetworkError(call, timedOut = true)
    } catch (error: IOException) {
        throw NetworkError(call, error is InterruptedIOException, error)
    }

    private suspend fun exchange(request: Request): HttpAnswer =
        suspendCancellableCoroutine { continuation ->
            val call = http.newCall(request)
            continuation.invokeOnCancellation { call.cancel() }
            call.enqueue(object : Callback {
                override fun onFailure(call: Call, e: IOException) =
                    continuation.resumeWithException(e)

                // The body is read here, on a thread that may wait.
                override fun onResponse(call: Call, response: Response) =
                    continuation.resumeWith(runCatching { response.use { HttpAnswer(it) } })
            })
        }

    /** How long to wait before a call with this answer is repeated; `null` if it is the last. */
    private fun wait(answer: HttpAnswer, attempt: Int): Duration? {
        val type = answer.problem?.type
        val mayBeRepeated = when (answer.status) {
            409 -> type == "/problems/request-in-flight"
            429 -> type == "/problems/too-many-requests"
            502, 503, 504 -> true
            else -> false
        }
        if (!mayBeRepeated) return null
        val asked = answer.retryAfter ?: return backoff(attempt)
        return if (asked > policy.maxDelay) null else asked + asked / 5 * Random.nextDouble()
    }

    private fun backoff(attempt: Int): Duration {
        val full = minOf(policy.baseDelay * (1 shl (attempt - 1).coerceAtMost(20)), policy.maxDelay)
        return full / 2 + full / 2 * Random.nextDouble()
    }
}

/** A file must arrive at this rate, in bytes per millisecond: on a weak mobile network, 128 kbit/s. */
private const val SLOWEST = 16

private val JSON = "application/json".toMediaType()

/** The path with its parameters, and the query. */
private fun target(operation: Operation): String {
    val path = operation.pathParameters.entries.fold(operation.path) { path, (name, value) ->
        // A server or a library on the way would take them for a path of another operation.
        require(value !in setOf("", ".", "..")) { "$name is no part of a path: \"$value\"" }
        path.replace("{$name}", percentEncode(value))
    }
    if (operation.query.isEmpty()) return path
    return operation.query.entries.joinToString("&", "$path?") { (name, value) ->
        "${percentEncode(name)}=${percentEncode(value)}"
    }
}

/** Encodes all that is not unreserved in RFC 3986. */
private fun percentEncode(text: String): String = buildString {
    for (byte in text.encodeToByteArray()) {
        val char = byte.toInt().toChar()
        if (char in 'a'..'z' || char in 'A'..'Z' || char in '0'..'9' || char in "-._~") {
            append(char)
        } else {
            append('%').append(byte.toHexString(HexFormat.UpperCase))
        }
    }
}
