package movies.client

import java.util.UUID
import kotlin.time.Clock
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import okhttp3.OkHttpClient

/**
 * A client of the Movies API. An app makes one and keeps it.
 *
 * @param baseUrl where the API is, with the stage: `https://api.example.com/Production`.
 * @param storage where the tokens are kept.
 * @param retryPolicy how often and how fast calls are repeated.
 * @param clock tells when an access token expires.
 * @param httpClient shares its connections, threads and interceptors with this client. Its cookies,
 * cache, redirects, authenticators and timeouts are not used.
 * @throws IllegalArgumentException if [baseUrl] is no `http` or `https` URL, or has a user, a query
 * or a fragment.
 */
public class MoviesClient(
    baseUrl: String,
    storage: TokenStorage,
    retryPolicy: RetryPolicy = RetryPolicy(),
    clock: Clock = Clock.System,
    httpClient: OkHttpClient = OkHttpClient(),
) {
    private val transport = Transport(baseUrl, retryPolicy, httpClient)

    /** The tokens of the user who is signed in. */
    public val session: Session = Session(storage, clock, MoviesApi(Caller(transport, null)))

    /** A method for each operation of the API. */
    public val api: MoviesApi = MoviesApi(Caller(transport, session))

    /** Signing in and out, and what else takes several operations. */
    public val accounts: Accounts = Accounts(api, session, retryPolicy)

    /**
     * The operations for one user: once another one is signed in, they throw [SessionEndedError] and
     * send nothing.
     */
    public fun apiFor(userId: String): MoviesApi = MoviesApi(Caller(transport, session, userId))

    /**
     * Puts a picture and uploads its file. Then everyone sees it at [PictureResponse.url]: make it
     * the `imageUrl` of a movie. Make the file small before.
     *
     * A lost network and a 5xx of the storage are repeated by the [RetryPolicy]; after a 403, which
     * means that the permission has expired, another one is asked for once. If it fails, a picture
     * without a file may be left: call it again with the same [pictureId], or delete the picture.
     *
     * @param pictureId the id of the picture. That of a picture which is there replaces it.
     * @throws MoviesError as [MoviesApi.putPicture] does, and [UploadRefusedError] if the storage
     * does not take the file.
     */
    public suspend fun uploadPicture(
        file: ByteArray,
        contentType: PictureContentTypeInput,
        pictureId: String = UUID.randomUUID().toString(),
    ): PictureResponse = withContext(Dispatchers.Default) {
        sendFile(file, contentType, pictureId, hasMorePermissions = true)
    }

    private suspend fun sendFile(
        file: ByteArray,
        contentType: PictureContentTypeInput,
        pictureId: String,
        hasMorePermissions: Boolean,
    ): PictureResponse {
        val permitted = api.putPicture(pictureId, PutPictureRequest(contentType, file.size))
        val picture = permitted.value
        val requestId = permitted.requestId
        val answer = transport.sendFile(UPLOAD, picture.upload, file)
            ?: throw UnexpectedAnswerError(UPLOAD, null, "an upload without a URL", requestId)
        return when (val status = answer.status) {
            in 200..299 -> picture.withoutUpload()
            in 300..399 -> throw UnexpectedAnswerError(UPLOAD, status, "a redirect", requestId)
            403 if hasMorePermissions ->
                sendFile(file, contentType, pictureId, hasMorePermissions = false)
            else -> throw UploadRefusedError(UPLOAD, status, requestId)
        }
    }
}

/** Names the upload in errors, in place of its URL. */
private const val UPLOAD = "PUT of a file"

private fun PictureUploadResponse.withoutUpload() =
    PictureResponse(pictureId, contentType, size, url, etag, version, createdAt, updatedAt)

/**
 * How calls are repeated after a lost network or an answer that asks for it.
 *
 * @property attempts how often a call is sent at most. 1 repeats nothing.
 * @property baseDelay the wait before the first repetition, doubled each time, if no `Retry-After`
 * says otherwise.
 * @property maxDelay the longest wait. A longer `Retry-After` is an error at once.
 * @property timeLimit how long one attempt may take.
 */
public data class RetryPolicy(
    val attempts: Int = 4,
    val baseDelay: Duration = 200.milliseconds,
    val maxDelay: Duration = 20.seconds,
    val timeLimit: Duration = 30.seconds,
) {
    init {
        require(attempts >= 1) { "at least one attempt is needed" }
    }
}

/**
 * What a call may say besides its parameters. A member that its operation does not take is refused
 * with [IllegalArgumentException].
 *
 * @property idempotencyKey replaces the key that the client makes for each write that takes one.
 * @property ifMatch the entity tag that must still hold, as it came, quotes included.
 * @property ifNoneMatch the entity tag that the app has. If it still holds, the answer is 304
 * without a value.
 * @property timeLimit how long the call may take with all its attempts and waits.
 */
public data class CallOptions(
    val idempotencyKey: String? = null,
    val ifMatch: String? = null,
    val ifNoneMatch: String? = null,
    val timeLimit: Duration? = null,
)

/**
 * The answer to a call that succeeded.
 *
 * @property value what the body says. `null` where the contract has a success without a body;
 * [Unit] where it has no other.
 * @property status the status code.
 * @property etag the entity tag, for [CallOptions.ifMatch] and [CallOptions.ifNoneMatch].
 * @property requestId names the request in reports of faults.
 * @property servedBy the version of the service that answered.
 * @property replayed true if this is the first answer to an idempotency key, given again.
 * @property json the body as it came, with members that this client does not know. Empty if there
 * was none.
 */
public class Answer<out T> internal constructor(
    public val value: T,
    public val status: Int,
    public val etag: String?,
    public val requestId: String?,
    public val servedBy: String?,
    public val replayed: Boolean,
    internal val retryAfter: Duration?,
    public val json: String,
)
