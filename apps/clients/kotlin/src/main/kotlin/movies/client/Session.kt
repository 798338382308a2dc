package movies.client

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

    private val starting = Mutex()
    private var refresh: Refresh? = null

    /** The refresh of an access token. */
    private class Refresh(val stale: String, val tokens: Deferred<Tokens>)

    /** The state now, and then each change of it by this client. */
    public val changes: Flow<SessionState> = flow {
        state()
        emitAll(known.filterNotNull())
    }

    /** Whether a user is signed in, as the storage says. */
    public suspend fun state(): SessionState = tokens.withLock {
        val state = if (storage.load() == null) SessionState.SIGNED_OUT else SessionState.SIGNED_IN
        known.value = state
        state
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
    public suspend fun accessToken(): String {
        val stored = storage.load()
        if (stored == null) {
            known.value = SessionState.SIGNED_OUT
            throw SessionEndedError()
        }
        if (clock.now() + MARGIN < stored.expiresAt) return stored.accessToken
        return refreshed(stored.accessToken)
    }

    /** Forgets the tokens. The service is not told: see [Accounts.signOut]. */
    public suspend fun end(): Unit = tokens.withLock { forget() }

    /** Forgets the tokens if the access token is still this one, and not one that came later. */
    internal suspend fun end(accessToken: String): Unit = tokens.withLock {
        if (storage.load()?.accessToken == accessToken) forget()
    }

    /** The refresh token; `null` if nobody is signed in. */
    internal suspend fun refreshToken(): String? = storage.load()?.refreshToken

    /** The access token that follows this one. All who ask for it await one refresh. */
    internal suspend fun refreshed(stale: String): String {
        val current = starting.withLock {
            refresh?.takeIf { it.stale == stale && it.tokens.isActive }
                ?: Refresh(stale, scope.async { next(stale) }).also { refresh = it }
        }
        return current.tokens.await().accessToken
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
        known.value = SessionState.SIGNED_IN
        return tokens
    }

    private suspend fun forget() {
        storage.clear()
        known.value = SessionState.SIGNED_OUT
    }
}
