package movies.client

import kotlin.io.encoding.Base64
import kotlinx.serialization.json.Json
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

private const val REDIRECT = "com.example.movies:/signed-in"

class HostedSignInAttemptTest {
    private val hosted = HostedSignIn(
        authorizationEndpoint = "https://sign-in.example.com/oauth2/authorize",
        logoutEndpoint = "https://sign-in.example.com/logout",
        responseType = "code",
        codeChallengeMethod = "S256",
        scopes = listOf("openid", "email"),
        redirectUris = listOf(REDIRECT),
        logoutUris = emptyList(),
        providers = emptyList(),
    )
    private val configuration = AuthConfiguration(
        region = "r",
        userPoolId = "p",
        clientId = "client",
        issuer = "https://issuer.example.com",
        jwksUri = "https://issuer.example.com/keys",
        passwordPolicy = PasswordPolicy(12, true, true, true, true),
        hostedSignIn = hosted,
    )
    private val attempt = HostedSignInAttempt.start(configuration, hosted, REDIRECT, "Acme & Co")

    private fun parameter(name: String): String =
        Regex("[?&]$name=([^&]*)").find(attempt.url)!!.groupValues[1]

    private fun refused(action: () -> Unit): String =
        assertThrows(UnexpectedAnswerError::class.java, action).reason

    @Test
    fun `the challenge is that of the standard`() {
        // RFC 7636, appendix B.
        val challenge = codeChallenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        assertEquals("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", challenge)
    }

    @Test
    fun `the browser is sent with all that is needed`() {
        assertTrue(attempt.url.startsWith("https://sign-in.example.com/oauth2/authorize?"))
        assertEquals("openid%20email", parameter("scope"))
        assertEquals("Acme%20%26%20Co", parameter("identity_provider"))
        assertEquals(43, parameter("code_challenge").length)
    }

    @Test
    fun `an attempt survives the end of the app`() {
        val kept = Json.decodeFromString<HostedSignInAttempt>(Json.encodeToString(attempt))
        val callback = "$REDIRECT?code=a%2Bb&state=${parameter("state")}#_"
        assertEquals(attempt.exchange(callback), kept.exchange(callback))
        assertEquals("a+b", kept.exchange(callback).code)
        assertFalse(parameter("state") in attempt.toString())
    }

    @Test
    fun `what belongs to another attempt is refused`() {
        val state = parameter("state")
        assertTrue("state" in refused { attempt.exchange("$REDIRECT?code=a&state=other") })
        assertTrue("state" in refused { attempt.exchange(REDIRECT) })
        assertTrue("code" in refused { attempt.exchange("$REDIRECT?state=$state") })
        val error = refused {
            attempt.exchange("$REDIRECT?error=access_denied&error_description=not+now&state=$state")
        }
        assertEquals("access_denied not now", error)
    }

    @Test
    fun `an ID token of another attempt is refused`() {
        fun idToken(nonce: String): String {
            val issuer = configuration.issuer
            val claims = """{"iss":"$issuer","aud":"client","nonce":"$nonce","more":1}"""
            return "h.${Base64.UrlSafe.encode(claims.encodeToByteArray()).trimEnd('=')}.s"
        }
        attempt.check(idToken(parameter("nonce")))
        for (token in listOf(idToken("other"), "", "a.b.c", "a.*.c")) {
            assertTrue("ID token" in refused { attempt.check(token) })
        }
    }
}
