// Written by `cargo xtask clients`. Do not change it by hand.

package movies.client

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.map
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.decodeFromJsonElement
import kotlinx.serialization.json.encodeToJsonElement
import kotlinx.serialization.json.jsonPrimitive

/**
 * Calls an operation by its name. What is sent is decoded into the types of the client, and the
 * value that comes is encoded again; `null` if there is none.
 */
internal suspend fun MoviesApi.call(
    name: String,
    path: JsonObject,
    query: JsonObject,
    body: JsonObject,
    options: CallOptions,
): Answer<JsonElement?> = when (name) {
    "listMovies" ->
        listMovies(query.decode(), options).encode()
    "listMovieChanges" ->
        listMovieChanges(query.decode(), options).encode()
    "addMovie" ->
        addMovie(body.decode(), options).encode()
    "findMovieCached" ->
        findMovieCached(query.decode(), options).encode()
    "findMovie" ->
        findMovie(body.decode(), options).encode()
    "updateMovie" ->
        updateMovie(body.decode(), options).encode()
    "deleteMovie" ->
        deleteMovie(body.decode(), options).encode()
    "listPictures" ->
        listPictures(query.decode(), options).encode()
    "listPictureChanges" ->
        listPictureChanges(query.decode(), options).encode()
    "findPicture" ->
        findPicture(path.text("pictureId"), options).encode()
    "putPicture" ->
        putPicture(path.text("pictureId"), body.decode(), options).encode()
    "deletePicture" ->
        deletePicture(path.text("pictureId"), options).encode()
    "listWatchlist" ->
        listWatchlist(query.decode(), options).encode()
    "listWatchlistChanges" ->
        listWatchlistChanges(query.decode(), options).encode()
    "findWatchlistEntry" ->
        findWatchlistEntry(path.text("entryId"), options).encode()
    "putWatchlistEntry" ->
        putWatchlistEntry(path.text("entryId"), body.decode(), options).encode()
    "updateWatchlistEntry" ->
        updateWatchlistEntry(path.text("entryId"), body.decode(), options).encode()
    "deleteWatchlistEntry" ->
        deleteWatchlistEntry(path.text("entryId"), options).encode()
    "signUp" ->
        signUp(body.decode(), options).encode()
    "confirmSignUp" ->
        confirmSignUp(body.decode(), options).encode()
    "resendCode" ->
        resendCode(body.decode(), options).encode()
    "signIn" ->
        signIn(body.decode(), options).encode()
    "signInWithPasskey" ->
        signInWithPasskey(body.decode(), options).encode()
    "respondToChallenge" ->
        respondToChallenge(body.decode(), options).encode()
    "exchangeCode" ->
        exchangeCode(body.decode(), options).encode()
    "refreshTokens" ->
        refreshTokens(body.decode(), options).encode()
    "signOut" ->
        signOut(body.decode(), options).encode()
    "forgotPassword" ->
        forgotPassword(body.decode(), options).encode()
    "resetPassword" ->
        resetPassword(body.decode(), options).encode()
    "getAuthConfiguration" ->
        getAuthConfiguration(options).encode()
    "getProfile" ->
        getProfile(options).encode()
    "updateProfile" ->
        updateProfile(body.decode(), options).encode()
    "deleteMyAccount" ->
        deleteMyAccount(query.decode(), options).encode()
    "changeEmail" ->
        changeEmail(body.decode(), options).encode()
    "verifyEmail" ->
        verifyEmail(body.decode(), options).encode()
    "changePassword" ->
        changePassword(body.decode(), options).encode()
    "setUpTotp" ->
        setUpTotp(body.decode(), options).encode()
    "verifyTotp" ->
        verifyTotp(body.decode(), options).encode()
    "turnOffTotp" ->
        turnOffTotp(body.decode(), options).encode()
    "listPasskeys" ->
        listPasskeys(options).encode()
    "addPasskey" ->
        addPasskey(body.decode(), options).encode()
    "startPasskeyRegistration" ->
        startPasskeyRegistration(body.decode(), options).encode()
    "deletePasskey" ->
        deletePasskey(path.text("passkeyId"), options).encode()
    "listSessions" ->
        listSessions(options).encode()
    "signOutEverywhere" ->
        signOutEverywhere(options).encode()
    "exportMyData" ->
        exportMyData(query.decode(), options).encode()
    "getHealth" ->
        getHealth(options).encode()
    else -> throw AssertionError("no operation $name")
}

/** All items of a list by the name of its operation. */
internal fun MoviesApi.all(name: String, query: JsonObject): Flow<JsonElement> = when (name) {
    "listMovies" ->
        listMoviesAll(query.decode()).map { strict.encodeToJsonElement(it) }
    "listPictures" ->
        listPicturesAll(query.decode()).map { strict.encodeToJsonElement(it) }
    "listWatchlist" ->
        listWatchlistAll(query.decode()).map { strict.encodeToJsonElement(it) }
    else -> throw AssertionError("no list $name")
}

/** Refuses members that the client does not have. */
private val strict = Json { explicitNulls = false }

private inline fun <reified T> JsonObject.decode(): T = strict.decodeFromJsonElement(this)

private fun JsonObject.text(name: String): String = getValue(name).jsonPrimitive.content

private inline fun <reified T> Answer<T>.encode(): Answer<JsonElement?> {
    val json = when (value) {
        null, Unit -> null
        else -> strict.encodeToJsonElement(value)
    }
    return Answer(json, status, etag, requestId, servedBy, replayed, retryAfter, this.json)
}
