package movies.client

import java.util.concurrent.CopyOnWriteArrayList
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.delay

/** How often a deletion of an account that is not finished is repeated. */
private const val REPETITIONS = 20

/** Where a sign-in has got to. */
public sealed interface SignInStep {
    /** The user is signed in. */
    public data object Done : SignInStep

    /**
     * Something else has to be proved first. An app that does not know the challenge has to be
     * updated.
     *
     * @property challenge is handed to the `answer` function of [Accounts] that fits its name.
     */
    public data class Challenge(val challenge: movies.client.Challenge) : SignInStep

    /**
     * A step that this client does not know: the app has to be updated.
     *
     * @property nextStep the name of the step.
     */
    public data class Unknown(val nextStep: String) : SignInStep
}

/**
 * What the platform does with passkeys. On Android it is made with `CredentialManager` and the
 * activity that is shown.
 */
public interface PasskeyPrompt {
    /** Makes a passkey with these options, and returns the credential. Both are JSON text. */
    public suspend fun create(options: String): String

    /** Signs in with a passkey as these options say, and returns the credential, as JSON text. */
    public suspend fun get(options: String): String
}

/** What takes several operations: signing in and out, passkeys, and the end of an account. */
public class Accounts internal constructor(
    private val api: MoviesApi,
    private val session: Session,
    private val retryPolicy: RetryPolicy,
) {
    private val signOutListeners = CopyOnWriteArrayList<Listener>()

    /** Makes two of the same function two listeners. */
    private class Listener(val call: suspend () -> Unit)

    /** Signs in with an address and its password. */
    public suspend fun signIn(email: String, password: String): SignInStep =
        next(api.signIn(SignInRequest(email, password)))

    /** Asks for a challenge that a passkey answers: see [answerPasskey]. */
    public suspend fun signInWithPasskey(email: String): SignInStep =
        next(api.signInWithPasskey(EmailRequest(email)))

    /** Answers a challenge with what it asks for, by name. There may be another one after it. */
    public suspend fun answer(challenge: Challenge, responses: Map<String, String>): SignInStep {
        val body = RespondToChallengeRequest(challenge.name, challenge.session, responses)
        return next(api.respondToChallenge(body))
    }

    /** Answers `SOFTWARE_TOKEN_MFA` with the code of an authenticator app. */
    public suspend fun answerTotp(challenge: Challenge, code: String): SignInStep =
        answer(challenge, mapOf("SOFTWARE_TOKEN_MFA_CODE" to code))

    /** Answers `NEW_PASSWORD_REQUIRED` with the password that the account is to have. */
    public suspend fun answerNewPassword(challenge: Challenge, password: String): SignInStep =
        answer(challenge, mapOf("NEW_PASSWORD" to password))

    /**
     * Answers `WEB_AUTHN` with a passkey of the platform.
     *
     * @throws IllegalArgumentException if this is another challenge.
     */
    public suspend fun answerPasskey(challenge: Challenge, prompt: PasskeyPrompt): SignInStep {
        val options = requireNotNull(challenge.parameters["CREDENTIAL_REQUEST_OPTIONS"]) {
            "${challenge.name} takes no passkey"
        }
        return answer(challenge, mapOf("CREDENTIAL" to prompt.get(options)))
    }

    /** Makes a passkey on this device, and adds it to the account. */
    public suspend fun addPasskey(currentPassword: String, prompt: PasskeyPrompt) {
        val start = api.startPasskeyRegistration(CurrentPasswordRequest(currentPassword))
        api.addPasskey(AddPasskeyRequest(prompt.create(start.value.creationOptions)))
    }

    /**
     * Begins a sign-in on a page in the browser.
     *
     * @param redirectUri one of [HostedSignIn.redirectUris].
     * @param provider the name of one of [HostedSignIn.providers]; without it, the page offers all.
     * @return the attempt, or `null` if there is no hosted sign-in here.
     */
    public suspend fun startHostedSignIn(
        redirectUri: String,
        provider: String? = null,
    ): HostedSignInAttempt? {
        val configuration = api.getAuthConfiguration().value
        val hosted = configuration.hostedSignIn ?: return null
        return HostedSignInAttempt.start(configuration, hosted, redirectUri, provider)
    }

    /**
     * Ends a hosted sign-in: from now on its user is signed in.
     *
     * @param callback the URL that the browser came back with.
     * @throws UnexpectedAnswerError if the browser came back with an error, or with what belongs to
     * another attempt. Begin again.
     */
    public suspend fun finishHostedSignIn(attempt: HostedSignInAttempt, callback: String) {
        val tokens = api.exchangeCode(attempt.exchange(callback)).value
        attempt.check(tokens.idToken)
        session.accept(tokens)
    }

    /**
     * Calls [listener] when the user signs out here or deletes the account, before the tokens are
     * forgotten, until the result is closed. It is for what else is kept of a user. A session that
     * ends by itself is no signing out.
     */
    public fun onSignOut(listener: suspend () -> Unit): AutoCloseable {
        val entry = Listener(listener)
        signOutListeners += entry
        return AutoCloseable { signOutListeners -= entry }
    }

    /**
     * Signs out here, also without a network: then the refresh token is forgotten only. If a listener
     * of [onSignOut] fails, the user is signed out all the same, and this throws what it threw.
     */
    public suspend fun signOut() {
        val refreshToken = session.refreshToken()
        try {
            end()
        } finally {
            revoke(refreshToken)
        }
    }

    /** Signs out everywhere, here included. If it fails, the session goes on. */
    public suspend fun signOutEverywhere() {
        api.signOutEverywhere()
        end()
    }

    /**
     * Deletes the account, and signs out. It cannot be undone. If it fails half-way, the user is
     * still signed in: call it again.
     *
     * @param movies what becomes of the movies that the user added.
     */
    public suspend fun deleteAccount(movies: DeleteMyAccountMovies) {
        var repetitions = 0
        while (true) {
            val answer = api.deleteMyAccount(DeleteMyAccountQuery(movies))
            val step = answer.value ?: return end()
            if (step.nextStep != "REPEAT" || repetitions++ == REPETITIONS) {
                throw unexpected("DELETE /me", answer, "the deletion does not come to an end")
            }
            delay(answer.retryAfter ?: retryPolicy.baseDelay)
        }
    }

    /** Forgets the tokens, and what else is kept of the user. */
    private suspend fun end() {
        var failure: Exception? = null
        for (listener in signOutListeners) {
            try {
                listener.call()
            } catch (error: CancellationException) {
                throw error
            } catch (error: Exception) {
                failure = failure ?: error
            }
        }
        session.end()
        failure?.let { throw it }
    }

    private suspend fun revoke(refreshToken: String?) {
        if (refreshToken == null) return
        try {
            api.signOut(RefreshTokenRequest(refreshToken))
        } catch (_: MoviesError) {
            // The user is signed out all the same.
        }
    }

    private suspend fun next(answer: Answer<SignInResponse>): SignInStep {
        val step = answer.value
        return when (step.nextStep) {
            "DONE" -> {
                session.accept(tokens(step) ?: throw unexpected("sign-in", answer, "no tokens"))
                SignInStep.Done
            }
            "RESPOND_TO_CHALLENGE" -> {
                val challenge = step.challenge
                    ?: throw unexpected("sign-in", answer, "no challenge")
                SignInStep.Challenge(challenge)
            }
            else -> SignInStep.Unknown(step.nextStep)
        }
    }
}

/** The tokens of a sign-in that is done; `null` if one is missing. */
private fun tokens(step: SignInResponse): TokenResponse? = TokenResponse(
    accessToken = step.accessToken ?: return null,
    idToken = step.idToken ?: return null,
    refreshToken = step.refreshToken ?: return null,
    expiresIn = step.expiresIn ?: return null,
    tokenType = step.tokenType ?: return null,
)

private fun unexpected(call: String, answer: Answer<*>, reason: String) =
    UnexpectedAnswerError(call, answer.status, reason, answer.requestId)
