package movies.client

import kotlin.time.Duration

/**
 * Why a call failed. No text of an error has a token, a password or a body in it.
 *
 * @property requestId names the request in reports of faults, if there was an answer that had one.
 */
public sealed class MoviesError(
    message: String,
    public val requestId: String?,
    cause: Throwable? = null,
) : Exception(if (requestId == null) message else "$message (request $requestId)", cause)

/**
 * The answer is a problem document.
 *
 * @property status the status code.
 * @property problem the document. Decide by its `type`; treat one that you do not know like the
 * status.
 * @property retryAfter how long to wait before the call is repeated, if the answer says so.
 * @property json the whole document, with members that this client does not know.
 */
public class ProblemError internal constructor(
    call: String,
    public val status: Int,
    public val problem: Problem,
    public val retryAfter: Duration?,
    public val json: String,
    requestId: String?,
) : MoviesError("$call: $status ${problem.type}", requestId)

/** The session is over, or there is none. The tokens are cleared: let the user sign in. */
public class SessionEndedError internal constructor(requestId: String? = null) :
    MoviesError("the session is over, or nobody is signed in", requestId)

/**
 * The answer is none of this API, such as a page of HTML, a redirect, or an error without a problem
 * document.
 *
 * @property status the status code; `null` if the answer did not come by HTTP: what a hosted
 * sign-in came back with.
 * @property reason what is wrong with the answer, for a developer.
 */
public class UnexpectedAnswerError internal constructor(
    call: String,
    public val status: Int?,
    public val reason: String,
    requestId: String? = null,
) : MoviesError("$call: ${if (status == null) reason else "$status, $reason"}", requestId)

/**
 * The storage of files did not take an upload.
 *
 * @property status the status code of the storage. Below 500: the file or a header is not as it was
 * told. From 500 on: try again later.
 */
public class UploadRefusedError internal constructor(
    call: String,
    public val status: Int,
    requestId: String?,
) : MoviesError("$call: the upload was refused with $status", requestId)

/**
 * There was no answer: the device is offline, the connection was refused or cut off, or the answer
 * came too late. The service may have done what it was asked for.
 *
 * @property timedOut true if a time limit was over.
 */
public class NetworkError internal constructor(
    call: String,
    public val timedOut: Boolean,
    cause: Throwable? = null,
) : MoviesError("$call: ${if (timedOut) "no answer in time" else "no answer"}", null, cause)
