package movies.client

import java.util.UUID
import kotlin.time.Duration
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull
import kotlinx.serialization.DeserializationStrategy

/** Makes the calls of [MoviesApi]: with the tokens of the session, and with typed answers. */
internal class Caller(
    private val transport: Transport,
    private val session: Session?,
    /** The user for whom it calls; whoever is signed in if this is `null`. */
    private val userId: String? = null,
) {
    /** Calls an operation whose success has a body. */
    suspend fun <T : Any> call(
        operation: Operation,
        options: CallOptions,
        deserializer: DeserializationStrategy<T>,
    ): Answer<T> = answer(operation, options) { value(operation, it, deserializer) }

    /** Calls an operation whose success has a body or none. */
    suspend fun <T : Any> callForOptional(
        operation: Operation,
        options: CallOptions,
        deserializer: DeserializationStrategy<T>,
    ): Answer<T?> = answer(operation, options) {
        if (it.status == 204 || it.status == 304) null else value(operation, it, deserializer)
    }

    /** Calls an operation whose success has no body. */
    suspend fun callForNothing(operation: Operation, options: CallOptions): Answer<Unit> =
        answer(operation, options) {
            if (it.body.isNotEmpty()) throw unexpected(operation, it, "a body where none is due")
        }

    private suspend fun <T> answer(
        operation: Operation,
        options: CallOptions,
        value: (HttpAnswer) -> T,
    ): Answer<T> = withContext(Dispatchers.Default) {
        val answer = withTimeoutOrNull(options.timeLimit ?: Duration.INFINITE) {
            authorized(operation, withKey(operation, options))
        } ?: throw NetworkError(operation.name, timedOut = true)
        refuseErrors(operation, answer)
        Answer(
            value = value(answer),
            status = answer.status,
            etag = answer.etag,
            requestId = answer.requestId,
            servedBy = answer.servedBy,
            replayed = answer.replayed,
            retryAfter = answer.retryAfter,
            json = answer.body,
        )
    }

    /** The options with the idempotency key that all attempts of a write carry. */
    private fun withKey(operation: Operation, options: CallOptions): CallOptions =
        if (operation.takesIdempotencyKey && options.idempotencyKey == null) {
            options.copy(idempotencyKey = UUID.randomUUID().toString())
        } else {
            options
        }

    /** Sends a call, and once more with a new token if the token is refused. */
    private suspend fun authorized(operation: Operation, options: CallOptions): HttpAnswer {
        if (session == null || !operation.signedIn) return send(operation, options, null)
        val token = tokenOf { session.freshTokens() }
        val answer = send(operation, options, token)
        if (!answer.isUnauthorized("/problems/unauthorized")) return answer
        val newToken = tokenOf { session.refreshed(token) }
        val repeated = send(operation, options, newToken)
        if (!repeated.isUnauthorized("/problems/unauthorized")) return repeated
        session.end(newToken)
        throw SessionEndedError(repeated.requestId)
    }

    /** The access token, unless it is another user's. */
    private suspend fun tokenOf(tokens: suspend () -> Tokens): String {
        val known = try {
            tokens()
        } catch (error: IllegalArgumentException) {
            // Of a storage that cannot read its tokens. Callers take it for a call that cannot be made.
            throw IllegalStateException("the tokens cannot be read", error)
        }
        if (userId != null && userIdOf(known) != userId) throw SessionEndedError()
        return known.accessToken
    }

    private suspend fun send(
        operation: Operation,
        options: CallOptions,
        accessToken: String?,
    ): HttpAnswer {
        val answer = transport.send(operation, options, accessToken)
        if (!answer.isUnauthorized("/problems/session-ended")) return answer
        if (accessToken == null) session?.end() else session?.end(accessToken)
        throw SessionEndedError(answer.requestId)
    }
}

private fun HttpAnswer.isUnauthorized(type: String): Boolean =
    status == 401 && problem?.type == type

private fun refuseErrors(operation: Operation, answer: HttpAnswer) {
    if (answer.status in 200..299 || answer.status == 304) return
    if (answer.status < 400) throw unexpected(operation, answer, "a redirect")
    val problem = answer.problem
        ?: throw unexpected(operation, answer, "an error without a problem document")
    throw ProblemError(
        call = operation.name,
        status = answer.status,
        problem = problem,
        retryAfter = answer.retryAfter,
        json = answer.body,
        requestId = answer.requestId,
    )
}

private fun <T : Any> value(
    operation: Operation,
    answer: HttpAnswer,
    deserializer: DeserializationStrategy<T>,
): T = decodeOrNull(deserializer, answer.body)
    ?: throw unexpected(operation, answer, "a body that is not the JSON of this operation")

private fun unexpected(operation: Operation, answer: HttpAnswer, reason: String) =
    UnexpectedAnswerError(operation.name, answer.status, reason, answer.requestId)
