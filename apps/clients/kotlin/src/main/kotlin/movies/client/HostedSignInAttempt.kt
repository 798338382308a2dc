package movies.client

import java.security.MessageDigest
import java.security.SecureRandom
import kotlin.io.encoding.Base64
import kotlinx.serialization.Serializable
import okhttp3.HttpUrl.Companion.toHttpUrl

/**
 * A hosted sign-in that has begun. Keep it in the private storage of the app until the browser
 * comes back, because the system may end the app in between. It serves once.
 *
 * @property url what the system's browser is sent to.
 * @property redirectUri where the browser comes back to.
 */
@Serializable
public class HostedSignInAttempt internal constructor(
    public val url: String,
    public val redirectUri: String,
    private val state: String,
    private val nonce: String,
    private val codeVerifier: String,
    private val clientId: String,
    private val issuer: String,
) {
    /** What is exchanged for tokens, out of the URL that the browser came back with. */
    internal fun exchange(callback: String): ExchangeCodeRequest {
        val query = callback.substringAfter('?', "").substringBefore('#')
        val came = "http://localhost/?$query".toHttpUrl()
        if (came.queryParameter("state") != state) throw refused("the state is of another attempt")
        came.queryParameter("error")?.let { error ->
            throw refused("$error ${came.queryParameter("error_description").orEmpty()}".trim())
        }
        val code = came.queryParameter("code") ?: throw refused("there is no code")
        return ExchangeCodeRequest(code, codeVerifier, redirectUri)
    }

    /** Refuses tokens of another attempt, app or pool. */
    internal fun check(idToken: String) {
        val claims = try {
            val payload = idToken.split('.').getOrNull(1).orEmpty()
            decodeOrNull(Claims.serializer(), BASE64_URL.decode(payload).decodeToString())
        } catch (_: IllegalArgumentException) {
            null
        }
        if (claims != Claims(issuer, clientId, nonce)) {
            throw refused("the ID token is of another attempt")
        }
    }

    private fun refused(reason: String) = UnexpectedAnswerError("hosted sign-in", null, reason)

    internal companion object {
        /** Begins an attempt with values of its own. */
        fun start(
            configuration: AuthConfiguration,
            hosted: HostedSignIn,
            redirectUri: String,
            provider: String?,
        ): HostedSignInAttempt {
            val state = random()
            val nonce = random()
            val codeVerifier = random()
            val url = hosted.authorizationEndpoint.toHttpUrl().newBuilder()
                .addQueryParameter("response_type", hosted.responseType)
                .addQueryParameter("client_id", configuration.clientId)
                .addQueryParameter("redirect_uri", redirectUri)
                .addQueryParameter("scope", hosted.scopes.joinToString(" "))
                .addQueryParameter("state", state)
                .addQueryParameter("nonce", nonce)
                .addQueryParameter("code_challenge", codeChallenge(codeVerifier))
                .addQueryParameter("code_challenge_method", hosted.codeChallengeMethod)
            if (provider != null) url.addQueryParameter("identity_provider", provider)
            return HostedSignInAttempt(
                url = url.build().toString(),
                redirectUri = redirectUri,
                state = state,
                nonce = nonce,
                codeVerifier = codeVerifier,
                clientId = configuration.clientId,
                issuer = configuration.issuer,
            )
        }
    }
}

/** The claims of an ID token that tie it to an attempt. */
@Serializable
private data class Claims(val iss: String, val aud: String, val nonce: String)

private val BASE64_URL = Base64.UrlSafe.withPadding(Base64.PaddingOption.ABSENT)

/** 256 bits that nobody can guess. */
private fun random(): String = BASE64_URL.encode(ByteArray(32).also(SecureRandom()::nextBytes))

/** The challenge of a verifier by the method `S256` (RFC 7636). */
internal fun codeChallenge(codeVerifier: String): String =
    BASE64_URL.encode(MessageDigest.getInstance("SHA-256").digest(codeVerifier.encodeToByteArray()))
