package movies.client

import kotlin.time.Instant
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.serialization.Serializable

/**
 * The tokens of a session. Keep them secret.
 *
 * @property accessToken is sent with each call that needs one.
 * @property idToken who the user is, for the app's own use.
 * @property refreshToken gets the next tokens.
 * @property expiresAt when the access token expires, by this device's clock.
 */
@Serializable
public data class Tokens(
    val accessToken: String,
    val idToken: String,
    val refreshToken: String,
    val expiresAt: Instant,
) {
    override fun toString(): String = "Tokens(expiresAt=$expiresAt)"
}

/**
 * Where the tokens are kept, for one account and one base URL.
 *
 * [load] is called before each call that needs a token, so keep in memory what is slow to read.
 */
public interface TokenStorage {
    /** The tokens that were saved last; `null` if there are none. */
    public suspend fun load(): Tokens?

    /** Keeps these tokens in place of those before. Returns when they would survive a crash. */
    public suspend fun save(tokens: Tokens)

    /** Forgets the tokens. */
    public suspend fun clear()

    /**
     * Runs [block] while no other process that shares the tokens runs one. Called during a refresh.
     * In [block] the other functions are called.
     */
    public suspend fun <T> exclusively(block: suspend () -> T): T
}

/** Keeps tokens in memory: they are lost when the process ends. */
public class MemoryTokenStorage : TokenStorage {
    private val refresh = Mutex()

    @Volatile
    private var tokens: Tokens? = null

    override suspend fun load(): Tokens? = tokens

    override suspend fun save(tokens: Tokens) {
        this.tokens = tokens
    }

    override suspend fun clear() {
        tokens = null
    }

    override suspend fun <T> exclusively(block: suspend () -> T): T = refresh.withLock { block() }
}
