package movies.client

import java.util.concurrent.CopyOnWriteArrayList
import kotlin.io.encoding.Base64
import kotlin.time.Clock
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.serialization.Serializable

/** An access token that expires within this time is replaced before a call. */
private val MARGIN = 30.seconds

/** Whether a user is signed in. */
public enum class SessionState {
    /** There are tokens. */
    SIGNED_IN,

    /** There are none: let the user sign in. */
    SIGNED_OUT,
}

/**
 * The tokens of the user who is signed in.
 *
 * They are refreshed by themselves, one refresh at a time, and are stored before they are used.
 */
public class Session internal constructor(
    private val storage: TokenStorage,
    private val clock: Clock,
    /** Without a session: a refresh sends no access token. */
    private val api: MoviesApi,
) {
    /** Refreshes run here, so that a cancelled call cancels no refresh that others await. */
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)

    /** Held while the tokens are compared and replaced, never while the network is awaited. */
    private val tokens = Mutex()
    private val known = MutableStateFlow<SessionState?>(null)

    /** The user when the tokens were last read or stored; `null` if there was none. */
    @Volatile
    internal var knownUserId: String? = null
        private set

    private val listeners = CopyOnWriteArrayList<Listener>()
    private val starting = Mutex()
    private var refresh: Refresh? = null

    /** Makes two of the same function two listeners. */
    private class Listener(val call: () -> Unit)

    /** The refresh of an access token. */
    private class Refresh(val stale: String, val tokens: Deferred<Tokens>)

    /** The state now, and then each change of it by this client. */
    public val changes: Flow<SessionState> = flow {
        state()
        emitAll(known.filterNotNull())
    }

    /** Whether a user is signed in, as the storage says. */
    public suspend fun state(): SessionState = tokens.withLock { show(storage.load()) }

    /** The `id` of the user's profile, as the ID token says; `null` if nobody is signed in. */
    public suspend fun userId(): String? = tokens.withLock {
        show(storage.load())
        knownUserId
    }

    /** Stores the tokens of an answer: from now on its user is signed in. */
    public suspend fun accept(answer: TokenResponse) {
        tokens.withLock { store(answer) }
    }

    /**
     * An access token that is good for some seconds at least. It is refreshed if need be.
     *
     * @throws SessionEndedError if nobody is signed in, or the session is over.
     * @throws MoviesError if the refresh failed; the session goes on.
     */
    public suspend fun accessToken(): String = freshTokens().accessToken

    /** The tokens, whose access token is good for some seconds at least. */
    internal suspend fun freshTokens(): Tokens {
        val stored = storage.load()
        if (stored == null) {
            show(null)
            throw SessionEndedError()
        }
        if (clock.now() + MARGIN < stored.expiresAt) return stored
        return refreshed(stored.accessToken)
    }

    /** Calls [listener] whenever the user or the state may have changed, until it is closed. */
    internal fun onChange(listener: () -> Unit): AutoCloseable {
        val entry = Listener(listener)
        listeners += entry
        return AutoCloseable { listeners -= entry }
    }

    /** Forgets the tokens. The service is not told: see [Accounts.signOut]. */
    public suspend fun end(): Unit = tokens.withLock { forget() }

    /** Forgets the tokens if the access token is still this one, and not one that came later. */
    internal suspend fun end(accessToken: String): Unit = tokens.withLock {
        if (storage.load()?.accessToken == accessToken) forget()
    }

    /** The refresh token; `null` if nobody is signed in. */
    internal suspend fun refreshToken(): String? = storage.load()?.refreshToken

    /** The tokens that follow this access token. All who ask for them await one refresh. */
    internal suspend fun refreshed(stale: String): Tokens {
        val current = starting.withLock {
            refresh?.takeIf { it.stale == stale && it.tokens.isActive }
                ?: Refresh(stale, scope.async { next(stale) }).also { refresh = it }
        }
        return current.tokens.await()
    }

    private suspend fun next(stale: String): Tokens = storage.exclusively {
        val old = storage.load() ?: throw SessionEndedError()
        if (old.accessToken != stale) return@exclusively old
        val answer = try {
            api.refreshTokens(RefreshTokenRequest(old.refreshToken)).value
        } catch (error: SessionEndedError) {
            end(stale)
            throw error
        }
        tokens.withLock {
            // The user may have signed out, or in again, while the answer was on its way.
            val now = storage.load() ?: throw SessionEndedError()
            if (now.refreshToken == old.refreshToken) store(answer) else now
        }
    }

    private suspend fun store(answer: TokenResponse): Tokens {
        val tokens = Tokens(
            accessToken = answer.accessToken,
            idToken = answer.idToken,
            refreshToken = answer.refreshToken,
            expiresAt = clock.now() + answer.expiresIn.seconds,
        )
        storage.save(tokens)
        show(tokens)
        return tokens
    }

    private suspend fun forget() {
        storage.clear()
        show(null)
    }

    private fun show(tokens: Tokens?): SessionState {
        val state = if (tokens == null) SessionState.SIGNED_OUT else SessionState.SIGNED_IN
        val userId = tokens?.let(::userIdOf)
        if (known.value != state || knownUserId != userId) {
            knownUserId = userId
            known.value = state
            for (listener in listeners) listener.call()
        }
        return state
    }
}

@Serializable
private class Subject(val sub: String)

private val BASE64_URL = Base64.UrlSafe.withPadding(Base64.PaddingOption.PRESENT_OPTIONAL)

/** The user of an ID token; `null` if it names none. */
internal fun userIdOf(tokens: Tokens): String? = try {
    val payload = tokens.idToken.split('.').getOrNull(1).orEmpty()
    decodeOrNull(Subject.serializer(), BASE64_URL.decode(payload).decodeToString())?.sub
} catch (_: IllegalArgumentException) {
    null
}
