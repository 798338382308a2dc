// Written by `cargo xtask clients`. Do not change it by hand.

package movies.client

import kotlinx.serialization.Serializable

/**
 * A movie. Optional members that it does not have are left out, never `null`. `createdAt` is when it was
 * added, `updatedAt` when it was last changed, and `etag` the value of the header `ETag` of the
 * answers that carry it.
 */
@Serializable
public data class MovieResponse(
    /** The title. With the year it identifies the movie. */
    val title: String,
    /** The year. */
    val year: Int,
    /** Free text. */
    val info: String? = null,
    /** The directors. May be empty. */
    val directors: List<String>,
    /** The actors. May be empty. */
    val actors: List<String>,
    /** The genres. May be empty. */
    val genres: List<String>,
    /** From 0 to 10, with at most two decimals. */
    val rating: Double? = null,
    /** The date of the release, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31. */
    val releaseDate: String? = null,
    /** The running time in seconds. */
    val runningTimeSeconds: Int? = null,
    /** The http or https address of a picture, in ASCII as in RFC 3986. */
    val imageUrl: String? = null,
    /** The place in a ranking; 1 is the first. */
    val rank: Int? = null,
    /**
     * A strong entity tag ([RFC 9110, section
     * 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
     * with every change. Send it as `If-Match` or `If-None-Match` as it is.
     */
    val etag: String,
    /** 1 when the movie is added, one more with every change. */
    val version: Int,
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    val createdAt: Moment,
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    val updatedAt: Moment,
    /**
     * The id of the account that added the movie; compare it with the `id` of your profile, the `sub` of
     * your own token. Absent once that account was deleted and chose to leave its movies: from then on
     * only editors change or delete the movie.
     */
    val addedBy: String? = null,
)

/** One page of movies. */
@Serializable
public data class MovieListResponse(
    /** The movies of this page. May be empty even if there are more. */
    val items: List<MovieResponse>,
    /** How many movies this page holds. */
    val count: Int,
    /** Pass it as `cursor` to get the next page. Absent on the last one. */
    val nextCursor: String? = null,
)

/** A movie as it is now, or that it is deleted. */
@Serializable
public data class MovieChange(
    /** The title. */
    val title: String,
    /** The year of release. */
    val year: Int,
    /**
     * A strong entity tag ([RFC 9110, section
     * 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
     * with every change. Send it as `If-Match` or `If-None-Match` as it is.
     */
    val etag: String? = null,
    /**
     * A movie. Optional members that it does not have are left out, never `null`. `createdAt` is when it was
     * added, `updatedAt` when it was last changed, and `etag` the value of the header `ETag` of the
     * answers that carry it.
     */
    val movie: MovieResponse? = null,
    /** True if it is deleted. Absent otherwise. */
    val deleted: Boolean? = null,
)

/** What has changed, and how to go on. */
@Serializable
public data class MovieChangesResponse(
    /** Movies that are there or were deleted. May be empty even if there are more. */
    val items: List<MovieChange>,
    /** Pass it as `since` the next time. */
    val nextSince: String,
    /** Whether there is more. If so, go on at once. */
    val more: Boolean,
    /** The time after which to ask again; 0 if there is more. */
    val pollAfterSeconds: Int,
)

/** A movie to add. `addMovie` says what else is accepted. */
@Serializable
public data class AddMovieRequest(
    /**
     * A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
     * both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
     * sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
     * beyond U+FFFF.
     */
    val title: String,
    /** The year of a movie. */
    val year: Int,
    /**
     * Free text of up to 4,000 characters, counted after it was normalised to NFC. It may have any
     * number of lines: of the control characters tab, line feed and carriage return, and the separators
     * U+2028 and U+2029. The characters that change directions and noncharacters are refused as in a
     * title. It may be blank, and nothing is removed from its ends.
     */
    val info: String? = null,
    /** Up to 100 names, in the order in which they are to be shown. */
    val directors: List<String>? = null,
    /** Up to 100 names, in the order in which they are to be shown. */
    val actors: List<String>? = null,
    /** Up to 100 names, in the order in which they are to be shown. */
    val genres: List<String>? = null,
    /**
     * From 0 to 10. Kept to two decimals: the number as it is written is rounded half up, 5.015 to 5.02.
     * It has to be in the range before that.
     */
    val rating: Double? = null,
    /** A calendar date, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31. */
    val releaseDate: String? = null,
    /** The running time in seconds. */
    val runningTimeSeconds: Int? = null,
    /**
     * The http or https address of a picture: with a host, without a user name and a password, and
     * without white space. It is kept in the normal form of the [URL
     * Standard](https://url.spec.whatwg.org/): scheme and host in lower case, a host of other scripts in
     * Punycode, and all else that is not in RFC 3986 percent-encoded. It has at most 2,048 characters
     * then.
     */
    val imageUrl: String? = null,
    /** The place in a ranking; 1 is the first. */
    val rank: Int? = null,
)

/** The title and the year of a movie. */
@Serializable
public data class MovieKeyRequest(
    /**
     * A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
     * both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
     * sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
     * beyond U+FFFF.
     */
    val title: String,
    /** The year of a movie. */
    val year: Int,
)

/** The title and the year of a movie, and at least one member to change or to remove. */
@Serializable
public data class UpdateMovieRequest(
    /**
     * A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
     * both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
     * sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
     * beyond U+FFFF.
     */
    val title: String,
    /** The year of a movie. */
    val year: Int,
    /**
     * Free text of up to 4,000 characters, counted after it was normalised to NFC. It may have any
     * number of lines: of the control characters tab, line feed and carriage return, and the separators
     * U+2028 and U+2029. The characters that change directions and noncharacters are refused as in a
     * title. It may be blank, and nothing is removed from its ends.
     */
    val info: String? = null,
    /** Up to 100 names, in the order in which they are to be shown. */
    val directors: List<String>? = null,
    /** Up to 100 names, in the order in which they are to be shown. */
    val actors: List<String>? = null,
    /** Up to 100 names, in the order in which they are to be shown. */
    val genres: List<String>? = null,
    /**
     * From 0 to 10. Kept to two decimals: the number as it is written is rounded half up, 5.015 to 5.02.
     * It has to be in the range before that.
     */
    val rating: Double? = null,
    /** A calendar date, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31. */
    val releaseDate: String? = null,
    /** The running time in seconds. */
    val runningTimeSeconds: Int? = null,
    /**
     * The http or https address of a picture: with a host, without a user name and a password, and
     * without white space. It is kept in the normal form of the [URL
     * Standard](https://url.spec.whatwg.org/): scheme and host in lower case, a host of other scripts in
     * Punycode, and all else that is not in RFC 3986 percent-encoded. It has at most 2,048 characters
     * then.
     */
    val imageUrl: String? = null,
    /** The place in a ranking; 1 is the first. */
    val rank: Int? = null,
    /**
     * The members to remove. A name that is none of these is refused, and so is one of a member that the
     * body sets; a name given twice counts once. An empty array removes nothing.
     */
    val clear: List<MovieMember>? = null,
)

/**
 * A picture. `createdAt` is when it was added, `updatedAt` when it was last put, and `etag` the value of the header
 * `ETag` of the answers that carry it. That its file was uploaded is not told.
 */
@Serializable
public data class PictureResponse(
    /** The id that the app chose. */
    val pictureId: String,
    /** The media type of the file. */
    val contentType: String,
    /** The size of the file in bytes. */
    val size: Int,
    /** Where everyone can see it, once it is uploaded. */
    val url: String,
    /**
     * A strong entity tag ([RFC 9110, section
     * 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
     * with every change. Send it as `If-Match` or `If-None-Match` as it is.
     */
    val etag: String,
    /** 1 when it is added, one more with every change. */
    val version: Int,
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    val createdAt: Moment,
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    val updatedAt: Moment,
)

/** One page of your pictures. */
@Serializable
public data class PictureListResponse(
    /** The pictures of this page. May be empty even if there are more. */
    val items: List<PictureResponse>,
    /** How many pictures this page holds. */
    val count: Int,
    /** Pass it as `cursor` to get the next page. Absent on the last one. */
    val nextCursor: String? = null,
)

/** A picture as it is now, or that it is deleted. */
@Serializable
public data class PictureChange(
    /** The id that the app chose. */
    val pictureId: String,
    /**
     * A strong entity tag ([RFC 9110, section
     * 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
     * with every change. Send it as `If-Match` or `If-None-Match` as it is.
     */
    val etag: String? = null,
    /**
     * A picture. `createdAt` is when it was added, `updatedAt` when it was last put, and `etag` the value of the header
     * `ETag` of the answers that carry it. That its file was uploaded is not told.
     */
    val picture: PictureResponse? = null,
    /** True if it is deleted. Absent otherwise. */
    val deleted: Boolean? = null,
)

/** What has changed, and how to go on. */
@Serializable
public data class PictureChangesResponse(
    /** Pictures that are there or were deleted. May be empty even if there are more. */
    val items: List<PictureChange>,
    /** Pass it as `since` the next time. */
    val nextSince: String,
    /** Whether there is more. If so, go on at once. */
    val more: Boolean,
    /** The time after which to ask again; 0 if there is more. */
    val pollAfterSeconds: Int,
)

/** A file that is going to be uploaded. */
@Serializable
public data class PutPictureRequest(
    /** The media type of the file. */
    val contentType: PictureContentTypeInput,
    /** The size of the file in bytes, 5 MB at most. */
    val size: Int,
)

/** The permission to upload a file with `PUT`. */
@Serializable
public data class UploadResponse(
    /**
     * Where to send the file. Who has this URL can upload, so keep it to yourself and out of logs.
     */
    val url: String,
    /** The headers to send, by their names in lower case. More may follow. */
    val headers: Map<String, String>,
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    val expiresAt: Moment,
) {
    override fun toString(): String = "UploadResponse"
}

/** A picture, with the permission to upload its file. */
@Serializable
public data class PictureUploadResponse(
    /** The id that the app chose. */
    val pictureId: String,
    /** The media type of the file. */
    val contentType: String,
    /** The size of the file in bytes. */
    val size: Int,
    /** Where everyone can see it, once it is uploaded. */
    val url: String,
    /**
     * A strong entity tag ([RFC 9110, section
     * 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
     * with every change. Send it as `If-Match` or `If-None-Match` as it is.
     */
    val etag: String,
    /** 1 when it is added, one more with every change. */
    val version: Int,
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    val createdAt: Moment,
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    val updatedAt: Moment,
    /** The permission to upload a file with `PUT`. */
    val upload: UploadResponse,
)

/**
 * An entry of your watchlist. Optional members that it does not have are left out, never `null`. `createdAt` is
 * when it was added, `updatedAt` when it was last changed, and `etag` the value of the header `ETag` of the
 * answers that carry it.
 */
@Serializable
public data class WatchlistEntryResponse(
    /** The id that the app chose. */
    val entryId: String,
    /** The title of the movie. */
    val title: String,
    /** The year of the movie. */
    val year: Int,
    /** Free text. */
    val note: String? = null,
    /** Whether you have watched it. */
    val watched: Boolean,
    /** The day on which you watched it, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31. */
    val watchedOn: String? = null,
    /** From 0 to 10, with at most two decimals. */
    val rating: Double? = null,
    /**
     * A strong entity tag ([RFC 9110, section
     * 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
     * with every change. Send it as `If-Match` or `If-None-Match` as it is.
     */
    val etag: String,
    /** 1 when the entry is added, one more with every change. */
    val version: Int,
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    val createdAt: Moment,
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    val updatedAt: Moment,
)

/** One page of your watchlist. */
@Serializable
public data class WatchlistResponse(
    /** The entries of this page. May be empty even if there are more. */
    val items: List<WatchlistEntryResponse>,
    /** How many entries this page holds. */
    val count: Int,
    /** Pass it as `cursor` to get the next page. Absent on the last one. */
    val nextCursor: String? = null,
)

/** An entry as it is now, or that it is deleted. */
@Serializable
public data class WatchlistEntryChange(
    /** The id that the app chose. */
    val entryId: String,
    /**
     * A strong entity tag ([RFC 9110, section
     * 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
     * with every change. Send it as `If-Match` or `If-None-Match` as it is.
     */
    val etag: String? = null,
    /**
     * An entry of your watchlist. Optional members that it does not have are left out, never `null`. `createdAt` is
     * when it was added, `updatedAt` when it was last changed, and `etag` the value of the header `ETag` of the
     * answers that carry it.
     */
    val watchlistEntry: WatchlistEntryResponse? = null,
    /** True if it is deleted. Absent otherwise. */
    val deleted: Boolean? = null,
)

/** What has changed, and how to go on. */
@Serializable
public data class WatchlistChangesResponse(
    /** Entries that are there or were deleted. May be empty even if there are more. */
    val items: List<WatchlistEntryChange>,
    /** Pass it as `since` the next time. */
    val nextSince: String,
    /** Whether there is more. If so, go on at once. */
    val more: Boolean,
    /** The time after which to ask again; 0 if there is more. */
    val pollAfterSeconds: Int,
)

/** A whole entry. */
@Serializable
public data class PutWatchlistEntryRequest(
    /**
     * A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
     * both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
     * sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
     * beyond U+FFFF.
     */
    val title: String,
    /** The year of a movie. */
    val year: Int,
    /** Free text of up to 1,000 characters, as `info` of a movie. */
    val note: String? = null,
    /** Whether you have watched it. False if you leave it out. */
    val watched: Boolean? = null,
    /** A calendar date, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31. */
    val watchedOn: String? = null,
    /**
     * From 0 to 10. Kept to two decimals: the number as it is written is rounded half up, 5.015 to 5.02. It has to be
     * in the range before that.
     */
    val rating: Double? = null,
)

/** At least one member to change or to remove. */
@Serializable
public data class UpdateWatchlistEntryRequest(
    /**
     * A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
     * both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
     * sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
     * beyond U+FFFF.
     */
    val title: String? = null,
    /** The year of a movie. */
    val year: Int? = null,
    /** Free text of up to 1,000 characters, as `info` of a movie. */
    val note: String? = null,
    /** Whether you have watched it. */
    val watched: Boolean? = null,
    /** A calendar date, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31. */
    val watchedOn: String? = null,
    /**
     * From 0 to 10. Kept to two decimals: the number as it is written is rounded half up, 5.015 to 5.02. It has to be
     * in the range before that.
     */
    val rating: Double? = null,
    /**
     * The members to remove. A name that is none of these is refused, and so is one of a member that the
     * body sets; a name given twice counts once. An empty array removes nothing.
     */
    val clear: List<WatchlistMember>? = null,
)

/** A new account. */
@Serializable
public data class SignUpRequest(
    /** An e-mail address in ASCII. It is kept in lower case. */
    val email: String,
    /**
     * The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
     * letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
     * 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
     */
    val password: String,
    /**
     * A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
     * both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
     * sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
     * beyond U+FFFF.
     */
    val name: String? = null,
) {
    override fun toString(): String = "SignUpRequest"
}

/** How to go on. */
@Serializable
public data class NextStepResponse(
    /**
     * What to do next. Other values may follow.
     *
     * | value | meaning |
     * | --- | --- |
     * | `CONFIRM_SIGN_UP` | Ask the user for the code in the e-mail and call `confirmSignUp`. |
     * | `RESET_PASSWORD` | Ask the user for the code in the e-mail and for a new password, and call `resetPassword`. |
     * | `VERIFY_EMAIL` | Ask the user for the code in the e-mail and call `verifyEmail`. |
     * | `REPEAT` | Something is left to do. Wait as long as `Retry-After` says, then send the same request again. |
     */
    val nextStep: String,
)

/** The code that proves an address, and the password that its account is to have. */
@Serializable
public data class ConfirmSignUpRequest(
    /** An e-mail address in ASCII. It is kept in lower case. */
    val email: String,
    /** The six digits from the e-mail or the authenticator app. */
    val code: String,
    /**
     * The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
     * letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
     * 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
     */
    val password: String? = null,
) {
    override fun toString(): String = "ConfirmSignUpRequest"
}

/** An address. */
@Serializable
public data class EmailRequest(
    /** An e-mail address in ASCII. It is kept in lower case. */
    val email: String,
)

/** An address and its password. */
@Serializable
public data class SignInRequest(
    /** An e-mail address in ASCII. It is kept in lower case. */
    val email: String,
    /**
     * The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
     * letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
     * 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
     */
    val password: String,
) {
    override fun toString(): String = "SignInRequest"
}

/** What has to be proved before the user is signed in. See `respondToChallenge`. */
@Serializable
public data class Challenge(
    /**
     * Which challenge it is, such as `SOFTWARE_TOKEN_MFA`. There may be new ones at any time: an app that
     * does not know one has to be updated.
     */
    val name: String,
    /** Send it back with the answer. Keep it secret. */
    val session: String,
    /** What the app needs to know for it, by name. May be empty. */
    val parameters: Map<String, String>,
    /** The challenges to choose from, if the challenge is to choose one. Empty otherwise. */
    val available: List<String>,
) {
    override fun toString(): String = "Challenge"
}

/** Where a sign-in has got to. Either the tokens are there, or `challenge` is. */
@Serializable
public data class SignInResponse(
    /**
     * What to do next. Other values may follow: an app that does not know one has to be updated.
     *
     * | value | meaning |
     * | --- | --- |
     * | `DONE` | The user is signed in. All members but `challenge` are there. |
     * | `RESPOND_TO_CHALLENGE` | Something else has to be proved first: `challenge` says what. Call `respondToChallenge`. |
     */
    val nextStep: String,
    /**
     * Send it as `Authorization` of every request to `/movies` and `/me`, after `Bearer` and a space.
     */
    val accessToken: String? = null,
    /** Who the user is, for the app's own use. This API does not accept it. */
    val idToken: String? = null,
    /** For `refreshTokens`. Keep it secret. */
    val refreshToken: String? = null,
    /** For how many seconds the access token is valid. */
    val expiresIn: Int? = null,
    /** `Bearer`. */
    val tokenType: String? = null,
    /** What has to be proved before the user is signed in. See `respondToChallenge`. */
    val challenge: Challenge? = null,
) {
    override fun toString(): String = "SignInResponse"
}

/** The answer to a challenge. */
@Serializable
public data class RespondToChallengeRequest(
    /** The `name` of the challenge. */
    val challengeName: String,
    /** The `session` of the challenge, unchanged. */
    val session: String,
    /** What the challenge asks for, by name. */
    val responses: Map<String, String>,
) {
    override fun toString(): String = "RespondToChallengeRequest"
}

/** The end of a hosted sign-in. */
@Serializable
public data class ExchangeCodeRequest(
    /** The `code` that came back to the app. */
    val code: String,
    /** The `code_verifier` whose SHA-256 the app sent as `code_challenge`. */
    val codeVerifier: String,
    /**
     * The `redirect_uri` that the app asked with, character by character: an absolute URI without a fragment.
     */
    val redirectUri: String,
) {
    override fun toString(): String = "ExchangeCodeRequest"
}

/** The tokens of a session. */
@Serializable
public data class TokenResponse(
    /**
     * Send it as `Authorization` of every request to `/movies` and `/me`, after `Bearer` and a space.
     */
    val accessToken: String,
    /** Who the user is, for the app's own use. This API does not accept it. */
    val idToken: String,
    /** Store it in place of the one that was sent, whether it differs or not. Keep it secret. */
    val refreshToken: String,
    /** For how many seconds the access token is valid. */
    val expiresIn: Int,
    /** `Bearer`. */
    val tokenType: String,
) {
    override fun toString(): String = "TokenResponse"
}

/** A refresh token. */
@Serializable
public data class RefreshTokenRequest(
    /** The refresh token that came last. */
    val refreshToken: String,
) {
    override fun toString(): String = "RefreshTokenRequest"
}

/** A new password, and the code that allows to set it. */
@Serializable
public data class ResetPasswordRequest(
    /** An e-mail address in ASCII. It is kept in lower case. */
    val email: String,
    /** The six digits from the e-mail or the authenticator app. */
    val code: String,
    /**
     * The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
     * letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
     * 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
     */
    val newPassword: String,
) {
    override fun toString(): String = "ResetPasswordRequest"
}

/** What a new password must be. */
@Serializable
public data class PasswordPolicy(
    /** How many characters it has at least. */
    val minimumLength: Int,
    /** Whether it needs one of a to z. */
    val requireLowercase: Boolean,
    /** Whether it needs one of A to Z. */
    val requireUppercase: Boolean,
    /** Whether it needs one of 0 to 9. */
    val requireNumbers: Boolean,
    /** Whether it needs an ASCII punctuation character, or a space that is not at an end. */
    val requireSymbols: Boolean,
)

/** An identity provider that users may sign in with instead of a password. */
@Serializable
public data class FederatedProvider(
    /** Send it as `identity_provider` to the authorization endpoint to go straight there. */
    val name: String,
    /** `SAML`, `OIDC`, `SignInWithApple`, `Google`, or another type. More may follow. */
    val type: String,
)

/** Sign-in on a page in the browser, which `exchangeCode` ends. Absent if there is none. */
@Serializable
public data class HostedSignIn(
    /** Where the app sends the browser. */
    val authorizationEndpoint: String,
    /** Where the browser is signed out. */
    val logoutEndpoint: String,
    /** The `response_type` to ask with, `code`. */
    val responseType: String,
    /** The `code_challenge_method` to ask with, `S256`. */
    val codeChallengeMethod: String,
    /** The scopes to ask for. Without them the access token is not accepted here. */
    val scopes: List<String>,
    /** The addresses that a sign-in may come back to. */
    val redirectUris: List<String>,
    /** The addresses that a sign-out may come back to. */
    val logoutUris: List<String>,
    /** The federated providers on offer. May be empty. */
    val providers: List<FederatedProvider>,
)

/** What an app must know to sign users in, apart from the base URL. */
@Serializable
public data class AuthConfiguration(
    /** The AWS region of the user pool. */
    val region: String,
    /** The user pool. */
    val userPoolId: String,
    /** The app client, the `client_id` of OAuth 2.0. Its secret is the API's. */
    val clientId: String,
    /** The `iss` of the tokens. */
    val issuer: String,
    /** Where the public keys are that tokens are verified with. */
    val jwksUri: String,
    /** What a new password must be. */
    val passwordPolicy: PasswordPolicy,
    /** Sign-in on a page in the browser, which `exchangeCode` ends. Absent if there is none. */
    val hostedSignIn: HostedSignIn? = null,
)

/** What is known of the signed-in user. */
@Serializable
public data class ProfileResponse(
    /** The id of the account, the `sub` of its tokens. Opaque; it never changes. */
    val id: String,
    /** The address. Absent if a federated provider did not tell one. */
    val email: String? = null,
    /** Whether the address was proved to be the user's. */
    val emailVerified: Boolean,
    /** The address that waits for `verifyEmail`, if there is one and it is known. */
    val pendingEmail: String? = null,
    /** What to call the user, if there is a name. */
    val name: String? = null,
    /** Whether signing in takes a code of an authenticator app. */
    val totpEnabled: Boolean,
    /** The federated providers that the user signs in with. Empty if it is with a password. */
    val providers: List<String>,
    /** The groups that the access token names, such as `editors`. May be empty. */
    val groups: List<String>,
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    val createdAt: Moment? = null,
)

/**
 * What to change in the profile, or to remove from it. `null` for a member is accepted and removes it, too.
 */
@Serializable
public data class UpdateProfileRequest(
    /**
     * A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
     * both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
     * sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
     * beyond U+FFFF.
     */
    val name: String? = null,
    /**
     * The members to remove. A name that is none of these is refused, and so is one of a member that the
     * body sets.
     */
    val clear: List<ProfileMember>? = null,
)

/** Another address, and the current password. */
@Serializable
public data class ChangeEmailRequest(
    /** An e-mail address in ASCII. It is kept in lower case. */
    val email: String,
    /**
     * The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
     * letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
     * 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
     */
    val currentPassword: String,
) {
    override fun toString(): String = "ChangeEmailRequest"
}

/** The code that proves a new address. */
@Serializable
public data class VerifyEmailRequest(
    /** The six digits from the e-mail or the authenticator app. */
    val code: String,
) {
    override fun toString(): String = "VerifyEmailRequest"
}

/** The current password and a new one. */
@Serializable
public data class ChangePasswordRequest(
    /**
     * The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
     * letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
     * 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
     */
    val currentPassword: String,
    /**
     * The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
     * letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
     * 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
     */
    val newPassword: String,
) {
    override fun toString(): String = "ChangePasswordRequest"
}

/** The current password, as a proof that it is the user who asks. */
@Serializable
public data class CurrentPasswordRequest(
    /**
     * The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
     * letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
     * 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
     */
    val currentPassword: String,
) {
    override fun toString(): String = "CurrentPasswordRequest"
}

/** The secret for an authenticator app. */
@Serializable
public data class TotpSetUpResponse(
    /** The secret in base32, to be typed in. */
    val secret: String,
    /** The same as an `otpauth` URI, to be opened or shown as a QR code. */
    val otpauthUri: String,
) {
    override fun toString(): String = "TotpSetUpResponse"
}

/** A code of an authenticator app. */
@Serializable
public data class VerifyTotpRequest(
    /** The six digits from the e-mail or the authenticator app. */
    val code: String,
    /**
     * A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
     * both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
     * sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
     * beyond U+FFFF.
     */
    val deviceName: String? = null,
) {
    override fun toString(): String = "VerifyTotpRequest"
}

/**
 * A passkey. What is not known is left out. `createdAt` is when it was added, `lastUsedAt` when it last signed the user
 * in.
 */
@Serializable
public data class PasskeyResponse(
    /** The id, for `deletePasskey`. WebAuthn's credential id in base64url. */
    val id: String,
    /** What the provider calls it. */
    val name: String? = null,
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    val createdAt: Moment,
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    val lastUsedAt: Moment? = null,
    /** `platform`: part of the device that it was added with; `cross-platform`: not. */
    val authenticatorAttachment: String? = null,
    /** How its authenticator is reached, such as `internal` or `hybrid`. May be empty. */
    val transports: List<String>,
    /** The domain that it signs in at. */
    val relyingPartyId: String? = null,
)

/** The passkeys of the user. */
@Serializable
public data class PasskeyListResponse(
    /** The passkeys. May be empty. */
    val passkeys: List<PasskeyResponse>,
)

/** A new passkey. */
@Serializable
public data class AddPasskeyRequest(
    /**
     * The JSON text of [`RegistrationResponseJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-registrationresponsejson):
     * `JSON.stringify` of what `navigator.credentials.create` gives, and `registrationResponseJson` on Android.
     */
    val credential: String,
)

/** What a passkey is made with. */
@Serializable
public data class PasskeyOptionsResponse(
    /**
     * The JSON text of [`PublicKeyCredentialCreationOptionsJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialcreationoptionsjson),
     * as `PublicKeyCredential.parseCreationOptionsFromJSON` takes it after `JSON.parse`, and Android's
     * `CreatePublicKeyCredentialRequest` as it is.
     */
    val creationOptions: String,
)

/**
 * A place where the user is signed in. What is not known is left out. `createdAt` is when the user
 * signed in there, `lastUsedAt` when it last got tokens.
 */
@Serializable
public data class SessionResponse(
    /** The id of the session or the device. */
    val id: String,
    /** What the device is called. */
    val name: String? = null,
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    val createdAt: Moment? = null,
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    val lastUsedAt: Moment? = null,
    /** The `User-Agent` that the user signed in with. */
    val userAgent: String? = null,
    /** The IP address that the user signed in from. */
    val address: String? = null,
    /** Whether it is the session of this request. */
    val current: Boolean? = null,
)

/** Where the user is signed in, as far as it is known. */
@Serializable
public data class SessionListResponse(
    /** Whether these are all sessions. */
    val complete: Boolean,
    /** The sessions, the latest first. May be empty. */
    val items: List<SessionResponse>,
)

/** That a write was done with an idempotency key, which is forgotten at `expiresAt`. */
@Serializable
public data class IdempotencyRecordResponse(
    /** The `Idempotency-Key`. */
    val key: String,
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    val expiresAt: Moment,
)

/** One page of the movies that the user added. */
@Serializable
public data class ExportedMoviesResponse(
    /** The movies of this page, by title. May be empty even if there are more. */
    val items: List<MovieResponse>,
    /** Pass it as `cursor` to get the next page. Absent on the last one. */
    val nextCursor: String? = null,
)

/** One page of the user's pictures. Their files are at the URLs. */
@Serializable
public data class ExportedPicturesResponse(
    /** The pictures of this page, by id. May be empty even if there are more. */
    val items: List<PictureResponse>,
    /** Pass it as `cursor` to get the next page. Absent on the last one. */
    val nextCursor: String? = null,
)

/** One page of the user's watchlist. */
@Serializable
public data class ExportedWatchlistResponse(
    /** The entries of this page, by id. May be empty even if there are more. */
    val items: List<WatchlistEntryResponse>,
    /** Pass it as `cursor` to get the next page. Absent on the last one. */
    val nextCursor: String? = null,
)

/**
 * Everything that the service holds about the user, with one page of the movies and one of the watchlist.
 * `exportedAt` is when it was put together.
 */
@Serializable
public data class ExportResponse(
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    val exportedAt: Moment,
    /** What is known of the signed-in user. */
    val profile: ProfileResponse,
    /** Every attribute that the user pool holds, by the name it has there. */
    val attributes: Map<String, String>,
    /** Where the user is signed in, as far as it is known. */
    val sessions: SessionListResponse,
    /** The passkeys. May be empty. */
    val passkeys: List<PasskeyResponse>,
    /** The idempotency keys that are remembered. May be empty. */
    val idempotencyRecords: List<IdempotencyRecordResponse>,
    /** One page of the movies that the user added. */
    val movies: ExportedMoviesResponse,
    /** One page of the user's pictures. Their files are at the URLs. */
    val pictures: ExportedPicturesResponse,
    /** One page of the user's watchlist. */
    val watchlist: ExportedWatchlistResponse,
)

/** The state of the service. */
@Serializable
public data class HealthResponse(
    /** `ok`. */
    val status: String,
)

/** One thing that is wrong with a request. */
@Serializable
public data class FieldError(
    /**
     * Where: a member as a path (`title`, `info.rating`, `actors[2]`), a parameter (`limit`, `passkeyId`) or
     * a header (`If-Match`) by its name, or `body` for the body as a whole.
     */
    val field: String,
    /**
     * What is wrong. More codes may follow.
     *
     * | code | meaning |
     * | --- | --- |
     * | `required` | It is missing. |
     * | `invalid_type` | It has the wrong JSON type. |
     * | `invalid_value` | It has the right type but not an allowed value. |
     * | `too_short` | It has too few characters or elements. |
     * | `too_long` | It has too many characters or elements. |
     * | `out_of_range` | The number is too small or too large. |
     * | `unknown_member` | There is no such member or parameter. |
     * | `duplicate_member` | It is given more than once. |
     * | `not_allowed_together` | It cannot be given together with another one. |
     * | `malformed` | It cannot be parsed. |
     * | `not_accepted` | It does not fit the challenge, or does not verify. |
     * | `expired` | It came too late. |
     * | `needs_lowercase` | The password needs a lower-case letter. |
     * | `needs_uppercase` | The password needs an upper-case letter. |
     * | `needs_digit` | The password needs a digit. |
     * | `needs_symbol` | The password needs a symbol. |
     * | `outer_space` | The password begins or ends with a space. |
     * | `used_before` | The password was used before. |
     * | `refused_by_policy` | The password breaks another rule, which is not known. |
     */
    val code: String,
    /** The same in words, for a developer. */
    val message: String,
) {
    override fun toString(): String = "FieldError"
}

/** Why a request failed. See [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457). */
@Serializable
public data class Problem(
    /**
     * The kind of problem, a URI reference. Compare it as a whole. More may follow: treat one that
     * you do not know like its status.
     *
     * | type | status | meaning, and what to do |
     * | --- | --- | --- |
     * | `/problems/invalid-request` | 400 | The body, the query or a header is wrong; `errors` says where. Correct it. |
     * | `/problems/wrong-code` | 400 | The code is wrong, used or too old. Ask for it again. |
     * | `/problems/weak-password` | 400 | The password does not meet the rules; `errors` says which. Ask for another. |
     * | `/problems/unauthorized` | 401 | No valid access token. Get a new one from `refreshTokens`, or sign in. |
     * | `/problems/token-not-verifiable` | 401 | The access token cannot be checked at the moment; it may be good. Keep it, do not sign the user out, wait, then repeat the request. It is 401 because nobody is let in unchecked, here or at the gateway in front. |
     * | `/problems/session-ended` | 401 | The session is over. Sign in again. |
     * | `/problems/wrong-credentials` | 401 | The address or the password is wrong. Ask again. |
     * | `/problems/insufficient-scope` | 403 | The access token was made for something else: it lacks the scope that `WWW-Authenticate` names. Sign in with `signIn`. |
     * | `/problems/forbidden` | 403 | You may not do this. |
     * | `/problems/account-not-confirmed` | 403 | The address is not confirmed yet. Go on with `confirmSignUp`. |
     * | `/problems/password-reset-required` | 403 | The password must be set anew. Go on with `forgotPassword`. |
     * | `/problems/wrong-current-password` | 403 | The current password is wrong. Ask for it again. |
     * | `/problems/not-found` | 404 | There is no such path. |
     * | `/problems/watchlist-entry-not-found` | 404 | There is no such entry in your watchlist. |
     * | `/problems/picture-not-found` | 404 | You have no such picture. |
     * | `/problems/uploads-not-offered` | 404 | This deployment keeps no files. Do without the picture, or name one by the URL of another site. |
     * | `/problems/movie-not-found` | 404 | There is no such movie. |
     * | `/problems/method-not-allowed` | 405 | The path has no such method; `Allow` lists those it has. |
     * | `/problems/request-in-flight` | 409 | The first request with this `Idempotency-Key` is still running. Wait, then repeat it. |
     * | `/problems/not-possible` | 409 | The account, or the user pool, does not have this feature. Do not offer it. |
     * | `/problems/movie-exists` | 409 | A movie with this title and year exists. Update it instead. |
     * | `/problems/cursor-expired` | 410 | The `since` of a list of changes is older than 30 days, of another user, or was altered, or the log of changes was begun
     * anew. Ask again without it.
     *  |
     * | `/problems/version-mismatch` | 412 | It has changed since you read it. Read it again, then decide. |
     * | `/problems/body-too-large` | 413 | The body has more than 262,144 bytes, counted without compression. |
     * | `/problems/unsupported-media-type` | 415 | The body is not declared as `application/json`, or in a content coding that is not accepted; `detail` says which, and `Accept-Encoding` lists the codings. |
     * | `/problems/idempotency-key-reused` | 422 | This `Idempotency-Key` came with another body or another `If-Match` before. Use a new key. |
     * | `/problems/too-many-requests` | 429 | The whole API is over its limit. Wait, then repeat the request. |
     * | `/problems/too-many-attempts` | 429 | Too many attempts. Wait, then let the user try again. |
     * | `/problems/email-quota` | 429 | No more e-mail can be sent for now. Wait, then let the user try again. |
     * | `/problems/internal` | 500 | A fault of the service. Report it with the request id. |
     * | `/problems/throttled` | 503 | Too much load just now. Wait, then repeat the request. |
     * | `/problems/unavailable` | 503 | Something that the service needs does not answer. Wait, then repeat the request. |
     * | `/problems/provider-unavailable` | 503 | The identity provider does not answer. Wait, then repeat the request. |
     */
    val type: String,
    /** The kind of problem in words; always the same for one `type`. */
    val title: String,
    /** The status code of the answer. */
    val status: Int,
    /** What is wrong with this request, for a developer. */
    val detail: String,
    /** The id of this request, the same as `X-Request-Id`. */
    val instance: String,
    /**
     * Every field at fault, or every rule that a password breaks. Always present if `type` is
     * `/problems/invalid-request` or `/problems/weak-password`, and only then.
     */
    val errors: List<FieldError>? = null,
)

/** The query of [MoviesApi.listMovies]. */
@Serializable
public data class ListMoviesQuery(
    /** Only movies of this year. Together with `titlePrefix` alone. */
    val year: Int? = null,
    /**
     * Only movies whose title begins with these characters. White space counts. Together with `year`, upper
     * and lower case and accents are as written; without it they make no difference. Its length is counted
     * after normalisation to NFC.
     */
    val titlePrefix: String? = null,
    /**
     * Only movies that, for each word of this text, have a word that begins with it, in the title or the
     * name of a director or an actor. So it can be sent as it is typed. It needs a letter or a digit; what
     * is neither only parts words, and an apostrophe counts for nothing. Together with no other but
     * `limit` and `cursor`.
     */
    val q: String? = null,
    /** Only movies of this genre. Together with `sort` alone. */
    val genre: String? = null,
    /**
     * The member that movies are ordered by; with a `-` before it, from the last to the first. A movie
     * without a value is not listed. Together with `genre` alone, and then not by `rank`.
     */
    val sort: ListMoviesSort? = null,
    /** The most that a page may hold. 50 if you leave it out. */
    val limit: Int? = null,
    /**
     * The `nextCursor` of the page before, unchanged, together with the same other parameters. It is
     * opaque: one that was altered, or is used with other parameters, gets 400.
     */
    val cursor: String? = null,
)

/** The query of [MoviesApi.listMovieChanges]. */
@Serializable
public data class ListMovieChangesQuery(
    /**
     * The `nextSince` of the answer before, unchanged; it is good for 30 days. Leave it out to begin with all that there is.
     * It is opaque: one that was altered gets 410, as one that is too old.
     */
    val since: String? = null,
    /** The most that an answer may hold. 100 if you leave it out. */
    val limit: Int? = null,
)

/** The query of [MoviesApi.findMovieCached]. */
@Serializable
public data class FindMovieCachedQuery(
    /** The title of the movie. */
    val title: String,
    /** The year of the movie. */
    val year: Int,
)

/** The query of [MoviesApi.listPictures]. */
@Serializable
public data class ListPicturesQuery(
    /** The most that a page may hold. 50 if you leave it out. */
    val limit: Int? = null,
    /**
     * The `nextCursor` of the page before, unchanged, together with the same other parameters. It is
     * opaque: one that was altered, or is used with other parameters, gets 400.
     */
    val cursor: String? = null,
)

/** The query of [MoviesApi.listPictureChanges]. */
@Serializable
public data class ListPictureChangesQuery(
    /**
     * The `nextSince` of the answer before, unchanged; it is good for 30 days. Leave it out to begin with all that there is.
     * It is opaque: one that was altered gets 410, as one that is too old.
     */
    val since: String? = null,
    /** The most that an answer may hold. 100 if you leave it out. */
    val limit: Int? = null,
)

/** The query of [MoviesApi.listWatchlist]. */
@Serializable
public data class ListWatchlistQuery(
    /** The most that a page may hold. 50 if you leave it out. */
    val limit: Int? = null,
    /**
     * The `nextCursor` of the page before, unchanged, together with the same other parameters. It is
     * opaque: one that was altered, or is used with other parameters, gets 400.
     */
    val cursor: String? = null,
)

/** The query of [MoviesApi.listWatchlistChanges]. */
@Serializable
public data class ListWatchlistChangesQuery(
    /**
     * The `nextSince` of the answer before, unchanged; it is good for 30 days. Leave it out to begin with all that there is.
     * It is opaque: one that was altered gets 410, as one that is too old.
     */
    val since: String? = null,
    /** The most that an answer may hold. 100 if you leave it out. */
    val limit: Int? = null,
)

/** The query of [MoviesApi.deleteMyAccount]. */
@Serializable
public data class DeleteMyAccountQuery(
    /**
     * What becomes of the movies that the user added. `delete`: they are deleted. `disown`: they stay, and
     * nothing tells any more who added them; from then on only members of the group `editors` can change
     * them.
     */
    val movies: DeleteMyAccountMovies,
)

/** The query of [MoviesApi.exportMyData]. */
@Serializable
public data class ExportMyDataQuery(
    /**
     * The `movies.nextCursor` or the `watchlist.nextCursor` of the answer before, unchanged. It is opaque: one
     * that was altered, or is another user's, gets 400.
     */
    val cursor: String? = null,
)

/** The known values of a parameter. More may follow. */
@JvmInline
@Serializable
public value class ListMoviesSort(public val value: String) {
    override fun toString(): String = value

    public companion object {
        /** `title` */
        public val TITLE: ListMoviesSort = ListMoviesSort("title")

        /** `-title` */
        public val TITLE_DESCENDING: ListMoviesSort = ListMoviesSort("-title")

        /** `rating` */
        public val RATING: ListMoviesSort = ListMoviesSort("rating")

        /** `-rating` */
        public val RATING_DESCENDING: ListMoviesSort = ListMoviesSort("-rating")

        /** `rank` */
        public val RANK: ListMoviesSort = ListMoviesSort("rank")

        /** `-rank` */
        public val RANK_DESCENDING: ListMoviesSort = ListMoviesSort("-rank")

        /** `year` */
        public val YEAR: ListMoviesSort = ListMoviesSort("year")

        /** `-year` */
        public val YEAR_DESCENDING: ListMoviesSort = ListMoviesSort("-year")
    }
}

/** A member of a movie that can be removed. More may follow. */
@JvmInline
@Serializable
public value class MovieMember(public val value: String) {
    override fun toString(): String = value

    public companion object {
        /** `info` */
        public val INFO: MovieMember = MovieMember("info")

        /** `directors` */
        public val DIRECTORS: MovieMember = MovieMember("directors")

        /** `actors` */
        public val ACTORS: MovieMember = MovieMember("actors")

        /** `genres` */
        public val GENRES: MovieMember = MovieMember("genres")

        /** `rating` */
        public val RATING: MovieMember = MovieMember("rating")

        /** `releaseDate` */
        public val RELEASE_DATE: MovieMember = MovieMember("releaseDate")

        /** `runningTimeSeconds` */
        public val RUNNING_TIME_SECONDS: MovieMember = MovieMember("runningTimeSeconds")

        /** `imageUrl` */
        public val IMAGE_URL: MovieMember = MovieMember("imageUrl")

        /** `rank` */
        public val RANK: MovieMember = MovieMember("rank")
    }
}

/** The media type of the file. */
@JvmInline
@Serializable
public value class PictureContentTypeInput(public val value: String) {
    override fun toString(): String = value

    public companion object {
        /** `image/jpeg` */
        public val IMAGE_JPEG: PictureContentTypeInput = PictureContentTypeInput("image/jpeg")

        /** `image/png` */
        public val IMAGE_PNG: PictureContentTypeInput = PictureContentTypeInput("image/png")

        /** `image/webp` */
        public val IMAGE_WEBP: PictureContentTypeInput = PictureContentTypeInput("image/webp")
    }
}

/** A member of an entry that can be removed. More may follow. */
@JvmInline
@Serializable
public value class WatchlistMember(public val value: String) {
    override fun toString(): String = value

    public companion object {
        /** `note` */
        public val NOTE: WatchlistMember = WatchlistMember("note")

        /** `watched` */
        public val WATCHED: WatchlistMember = WatchlistMember("watched")

        /** `watchedOn` */
        public val WATCHED_ON: WatchlistMember = WatchlistMember("watchedOn")

        /** `rating` */
        public val RATING: WatchlistMember = WatchlistMember("rating")
    }
}

/** A member of a profile that can be removed. More may follow. */
@JvmInline
@Serializable
public value class ProfileMember(public val value: String) {
    override fun toString(): String = value

    public companion object {
        /** `name` */
        public val NAME: ProfileMember = ProfileMember("name")
    }
}

/** The known values of a parameter. More may follow. */
@JvmInline
@Serializable
public value class DeleteMyAccountMovies(public val value: String) {
    override fun toString(): String = value

    public companion object {
        /** `delete` */
        public val DELETE: DeleteMyAccountMovies = DeleteMyAccountMovies("delete")

        /** `disown` */
        public val DISOWN: DeleteMyAccountMovies = DeleteMyAccountMovies("disown")
    }
}
