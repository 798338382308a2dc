package movies.client

import kotlin.time.Instant
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Test

class ModelsTest {
    @Test
    fun `no secret is in the text of a model`() {
        val tokens = Tokens("secret-1", "secret-2", "secret-3", Instant.DISTANT_FUTURE)
        val models = listOf(
            tokens,
            tokens("secret"),
            SignInRequest("ada@example.com", "secret"),
            SignInResponse("DONE", accessToken = "secret"),
            RespondToChallengeRequest("NAME", "secret", mapOf("NEW_PASSWORD" to "secret")),
            ChangePasswordRequest("secret", "secret"),
            TotpSetUpResponse("secret", "otpauth://totp/?secret=secret"),
        )
        for (model in models) assertFalse("secret" in model.toString(), model.toString())
    }

    @Test
    fun `members that are not set are not sent`() {
        val clear = listOf(MovieMember.RUNNING_TIME_SECONDS)
        val update = UpdateMovieRequest("Rush", 2013, clear = clear)
        val json = """{"title":"Rush","year":2013,"clear":["runningTimeSeconds"]}"""
        assertEquals(json, encode(UpdateMovieRequest.serializer(), update))
    }

    @Test
    fun `a value of a later version is kept`() {
        val json = """{"title":"Rush","year":2013,"clear":["posters"],"posters":null}"""
        val update = decodeOrNull(UpdateMovieRequest.serializer(), json)
        assertEquals(listOf(MovieMember("posters")), update?.clear)
    }

    @Test
    fun `a moment has six digits of a second`() {
        val instant = Moment("2026-03-14T09:26:53.000001Z").toInstant()
        assertEquals(Instant.fromEpochSeconds(1_773_480_413, 1000), instant)
    }
}
