// Written by `cargo xtask clients`. Do not change it by hand.

import type { Moment } from '../moment.js';

/** A text that is not in the set of values that this client knows. */
type Other = string & Record<never, never>;

/** More values may follow. */
export type ListMoviesSort =
    'title' | '-title' | 'rating' | '-rating' | 'rank' | '-rank' | 'year' | '-year' | Other;

/** A member of a movie that can be removed. More may follow. */
export type MovieMember =
    | 'info'
    | 'directors'
    | 'actors'
    | 'genres'
    | 'rating'
    | 'releaseDate'
    | 'runningTimeSeconds'
    | 'imageUrl'
    | 'rank'
    | Other;

/** The media type of the file. */
export type PictureContentTypeInput = 'image/jpeg' | 'image/png' | 'image/webp' | Other;

/** A member of an entry that can be removed. More may follow. */
export type WatchlistMember = 'note' | 'watched' | 'watchedOn' | 'rating' | Other;

/** A member of a profile that can be removed. More may follow. */
export type ProfileMember = 'name' | Other;

/** More values may follow. */
export type DeleteMyAccountMovies = 'delete' | 'disown' | Other;

/**
 * A movie. Optional members that it does not have are left out, never `null`. `createdAt` is when it was
 * added, `updatedAt` when it was last changed, and `etag` the value of the header `ETag` of the
 * answers that carry it.
 */
export interface MovieResponse {
    /** The title. With the year it identifies the movie. */
    readonly title: string;
    /** The year. */
    readonly year: number;
    /** Free text. */
    readonly info?: string;
    /** The directors. May be empty. */
    readonly directors: readonly string[];
    /** The actors. May be empty. */
    readonly actors: readonly string[];
    /** The genres. May be empty. */
    readonly genres: readonly string[];
    /** From 0 to 10, with at most two decimals. */
    readonly rating?: number;
    /** The date of the release, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31. */
    readonly releaseDate?: string;
    /** The running time in seconds. */
    readonly runningTimeSeconds?: number;
    /** The http or https address of a picture, in ASCII as in RFC 3986. */
    readonly imageUrl?: string;
    /** The place in a ranking; 1 is the first. */
    readonly rank?: number;
    /**
     * A strong entity tag ([RFC 9110, section
     * 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
     * with every change. Send it as `If-Match` or `If-None-Match` as it is.
     */
    readonly etag: string;
    /** 1 when the movie is added, one more with every change. */
    readonly version: number;
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    readonly createdAt: Moment;
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    readonly updatedAt: Moment;
    /**
     * The id of the account that added the movie; compare it with the `id` of your profile, the `sub` of
     * your own token. Absent once that account was deleted and chose to leave its movies: from then on
     * only editors change or delete the movie.
     */
    readonly addedBy?: string;
}

/** One page of movies. */
export interface MovieListResponse {
    /** The movies of this page. May be empty even if there are more. */
    readonly items: readonly MovieResponse[];
    /** How many movies this page holds. */
    readonly count: number;
    /** Pass it as `cursor` to get the next page. Absent on the last one. */
    readonly nextCursor?: string;
}

/** A movie as it is now, or that it is deleted. */
export interface MovieChange {
    /** The title. */
    readonly title: string;
    /** The year of release. */
    readonly year: number;
    /**
     * A strong entity tag ([RFC 9110, section
     * 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
     * with every change. Send it as `If-Match` or `If-None-Match` as it is.
     */
    readonly etag?: string;
    /**
     * A movie. Optional members that it does not have are left out, never `null`. `createdAt` is when it was
     * added, `updatedAt` when it was last changed, and `etag` the value of the header `ETag` of the
     * answers that carry it.
     */
    readonly movie?: MovieResponse;
    /** True if it is deleted. Absent otherwise. */
    readonly deleted?: boolean;
}

/** What has changed, and how to go on. */
export interface MovieChangesResponse {
    /** Movies that are there or were deleted. May be empty even if there are more. */
    readonly items: readonly MovieChange[];
    /** Pass it as `since` the next time. */
    readonly nextSince: string;
    /** Whether there is more. If so, go on at once. */
    readonly more: boolean;
    /** The time after which to ask again; 0 if there is more. */
    readonly pollAfterSeconds: number;
}

/** A movie to add. `addMovie` says what else is accepted. */
export interface AddMovieRequest {
    /**
     * A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
     * both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
     * sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
     * beyond U+FFFF.
     */
    readonly title: string;
    /** The year of a movie. */
    readonly year: number;
    /**
     * Free text of up to 4,000 characters, counted after it was normalised to NFC. It may have any
     * number of lines: of the control characters tab, line feed and carriage return, and the separators
     * U+2028 and U+2029. The characters that change directions and noncharacters are refused as in a
     * title. It may be blank, and nothing is removed from its ends.
     */
    readonly info?: string | undefined;
    /** Up to 100 names, in the order in which they are to be shown. */
    readonly directors?: readonly string[] | undefined;
    /** Up to 100 names, in the order in which they are to be shown. */
    readonly actors?: readonly string[] | undefined;
    /** Up to 100 names, in the order in which they are to be shown. */
    readonly genres?: readonly string[] | undefined;
    /**
     * From 0 to 10. Kept to two decimals: the number as it is written is rounded half up, 5.015 to 5.02.
     * It has to be in the range before that.
     */
    readonly rating?: number | undefined;
    /** A calendar date, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31. */
    readonly releaseDate?: string | undefined;
    /** The running time in seconds. */
    readonly runningTimeSeconds?: number | undefined;
    /**
     * The http or https address of a picture: with a host, without a user name and a password, and
     * without white space. It is kept in the normal form of the [URL
     * Standard](https://url.spec.whatwg.org/): scheme and host in lower case, a host of other scripts in
     * Punycode, and all else that is not in RFC 3986 percent-encoded. It has at most 2,048 characters
     * then.
     */
    readonly imageUrl?: string | undefined;
    /** The place in a ranking; 1 is the first. */
    readonly rank?: number | undefined;
}

/** The title and the year of a movie. */
export interface MovieKeyRequest {
    /**
     * A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
     * both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
     * sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
     * beyond U+FFFF.
     */
    readonly title: string;
    /** The year of a movie. */
    readonly year: number;
}

/** The title and the year of a movie, and at least one member to change or to remove. */
export interface UpdateMovieRequest {
    /**
     * A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
     * both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
     * sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
     * beyond U+FFFF.
     */
    readonly title: string;
    /** The year of a movie. */
    readonly year: number;
    /**
     * Free text of up to 4,000 characters, counted after it was normalised to NFC. It may have any
     * number of lines: of the control characters tab, line feed and carriage return, and the separators
     * U+2028 and U+2029. The characters that change directions and noncharacters are refused as in a
     * title. It may be blank, and nothing is removed from its ends.
     */
    readonly info?: string | undefined;
    /** Up to 100 names, in the order in which they are to be shown. */
    readonly directors?: readonly string[] | undefined;
    /** Up to 100 names, in the order in which they are to be shown. */
    readonly actors?: readonly string[] | undefined;
    /** Up to 100 names, in the order in which they are to be shown. */
    readonly genres?: readonly string[] | undefined;
    /**
     * From 0 to 10. Kept to two decimals: the number as it is written is rounded half up, 5.015 to 5.02.
     * It has to be in the range before that.
     */
    readonly rating?: number | undefined;
    /** A calendar date, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31. */
    readonly releaseDate?: string | undefined;
    /** The running time in seconds. */
    readonly runningTimeSeconds?: number | undefined;
    /**
     * The http or https address of a picture: with a host, without a user name and a password, and
     * without white space. It is kept in the normal form of the [URL
     * Standard](https://url.spec.whatwg.org/): scheme and host in lower case, a host of other scripts in
     * Punycode, and all else that is not in RFC 3986 percent-encoded. It has at most 2,048 characters
     * then.
     */
    readonly imageUrl?: string | undefined;
    /** The place in a ranking; 1 is the first. */
    readonly rank?: number | undefined;
    /**
     * The members to remove. A name that is none of these is refused, and so is one of a member that the
     * body sets; a name given twice counts once. An empty array removes nothing.
     */
    readonly clear?: readonly MovieMember[] | undefined;
}

/**
 * A picture. `createdAt` is when it was added, `updatedAt` when it was last put, and `etag` the value of the header
 * `ETag` of the answers that carry it. That its file was uploaded is not told.
 */
export interface PictureResponse {
    /** The id that the app chose. */
    readonly pictureId: string;
    /** The media type of the file. */
    readonly contentType: string;
    /** The size of the file in bytes. */
    readonly size: number;
    /** Where everyone can see it, once it is uploaded. */
    readonly url: string;
    /**
     * A strong entity tag ([RFC 9110, section
     * 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
     * with every change. Send it as `If-Match` or `If-None-Match` as it is.
     */
    readonly etag: string;
    /** 1 when it is added, one more with every change. */
    readonly version: number;
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    readonly createdAt: Moment;
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    readonly updatedAt: Moment;
}

/** One page of your pictures. */
export interface PictureListResponse {
    /** The pictures of this page. May be empty even if there are more. */
    readonly items: readonly PictureResponse[];
    /** How many pictures this page holds. */
    readonly count: number;
    /** Pass it as `cursor` to get the next page. Absent on the last one. */
    readonly nextCursor?: string;
}

/** A picture as it is now, or that it is deleted. */
export interface PictureChange {
    /** The id that the app chose. */
    readonly pictureId: string;
    /**
     * A strong entity tag ([RFC 9110, section
     * 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
     * with every change. Send it as `If-Match` or `If-None-Match` as it is.
     */
    readonly etag?: string;
    /**
     * A picture. `createdAt` is when it was added, `updatedAt` when it was last put, and `etag` the value of the header
     * `ETag` of the answers that carry it. That its file was uploaded is not told.
     */
    readonly picture?: PictureResponse;
    /** True if it is deleted. Absent otherwise. */
    readonly deleted?: boolean;
}

/** What has changed, and how to go on. */
export interface PictureChangesResponse {
    /** Pictures that are there or were deleted. May be empty even if there are more. */
    readonly items: readonly PictureChange[];
    /** Pass it as `since` the next time. */
    readonly nextSince: string;
    /** Whether there is more. If so, go on at once. */
    readonly more: boolean;
    /** The time after which to ask again; 0 if there is more. */
    readonly pollAfterSeconds: number;
}

/** A file that is going to be uploaded. */
export interface PutPictureRequest {
    /** The media type of the file. */
    readonly contentType: PictureContentTypeInput;
    /** The size of the file in bytes, 5 MB at most. */
    readonly size: number;
}

/** The permission to upload a file with `PUT`. */
export interface UploadResponse {
    /** Where to send the file. Who has this URL can upload, so keep it to yourself and out of logs. */
    readonly url: string;
    /** The headers to send, by their names in lower case. More may follow. */
    readonly headers: Readonly<Record<string, string>>;
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    readonly expiresAt: Moment;
}

/** A picture, with the permission to upload its file. */
export interface PictureUploadResponse {
    /** The id that the app chose. */
    readonly pictureId: string;
    /** The media type of the file. */
    readonly contentType: string;
    /** The size of the file in bytes. */
    readonly size: number;
    /** Where everyone can see it, once it is uploaded. */
    readonly url: string;
    /**
     * A strong entity tag ([RFC 9110, section
     * 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
     * with every change. Send it as `If-Match` or `If-None-Match` as it is.
     */
    readonly etag: string;
    /** 1 when it is added, one more with every change. */
    readonly version: number;
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    readonly createdAt: Moment;
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    readonly updatedAt: Moment;
    /** The permission to upload a file with `PUT`. */
    readonly upload: UploadResponse;
}

/**
 * An entry of your watchlist. Optional members that it does not have are left out, never `null`. `createdAt` is
 * when it was added, `updatedAt` when it was last changed, and `etag` the value of the header `ETag` of the
 * answers that carry it.
 */
export interface WatchlistEntryResponse {
    /** The id that the app chose. */
    readonly entryId: string;
    /** The title of the movie. */
    readonly title: string;
    /** The year of the movie. */
    readonly year: number;
    /** Free text. */
    readonly note?: string;
    /** Whether you have watched it. */
    readonly watched: boolean;
    /** The day on which you watched it, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31. */
    readonly watchedOn?: string;
    /** From 0 to 10, with at most two decimals. */
    readonly rating?: number;
    /**
     * A strong entity tag ([RFC 9110, section
     * 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
     * with every change. Send it as `If-Match` or `If-None-Match` as it is.
     */
    readonly etag: string;
    /** 1 when the entry is added, one more with every change. */
    readonly version: number;
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    readonly createdAt: Moment;
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    readonly updatedAt: Moment;
}

/** One page of your watchlist. */
export interface WatchlistResponse {
    /** The entries of this page. May be empty even if there are more. */
    readonly items: readonly WatchlistEntryResponse[];
    /** How many entries this page holds. */
    readonly count: number;
    /** Pass it as `cursor` to get the next page. Absent on the last one. */
    readonly nextCursor?: string;
}

/** An entry as it is now, or that it is deleted. */
export interface WatchlistEntryChange {
    /** The id that the app chose. */
    readonly entryId: string;
    /**
     * A strong entity tag ([RFC 9110, section
     * 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), quotes included. Opaque; it changes
     * with every change. Send it as `If-Match` or `If-None-Match` as it is.
     */
    readonly etag?: string;
    /**
     * An entry of your watchlist. Optional members that it does not have are left out, never `null`. `createdAt` is
     * when it was added, `updatedAt` when it was last changed, and `etag` the value of the header `ETag` of the
     * answers that carry it.
     */
    readonly watchlistEntry?: WatchlistEntryResponse;
    /** True if it is deleted. Absent otherwise. */
    readonly deleted?: boolean;
}

/** What has changed, and how to go on. */
export interface WatchlistChangesResponse {
    /** Entries that are there or were deleted. May be empty even if there are more. */
    readonly items: readonly WatchlistEntryChange[];
    /** Pass it as `since` the next time. */
    readonly nextSince: string;
    /** Whether there is more. If so, go on at once. */
    readonly more: boolean;
    /** The time after which to ask again; 0 if there is more. */
    readonly pollAfterSeconds: number;
}

/** A whole entry. */
export interface PutWatchlistEntryRequest {
    /**
     * A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
     * both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
     * sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
     * beyond U+FFFF.
     */
    readonly title: string;
    /** The year of a movie. */
    readonly year: number;
    /** Free text of up to 1,000 characters, as `info` of a movie. */
    readonly note?: string | undefined;
    /** Whether you have watched it. False if you leave it out. */
    readonly watched?: boolean | undefined;
    /** A calendar date, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31. */
    readonly watchedOn?: string | undefined;
    /**
     * From 0 to 10. Kept to two decimals: the number as it is written is rounded half up, 5.015 to 5.02. It has to be
     * in the range before that.
     */
    readonly rating?: number | undefined;
}

/** At least one member to change or to remove. */
export interface UpdateWatchlistEntryRequest {
    /**
     * A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
     * both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
     * sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
     * beyond U+FFFF.
     */
    readonly title?: string | undefined;
    /** The year of a movie. */
    readonly year?: number | undefined;
    /** Free text of up to 1,000 characters, as `info` of a movie. */
    readonly note?: string | undefined;
    /** Whether you have watched it. */
    readonly watched?: boolean | undefined;
    /** A calendar date, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31. */
    readonly watchedOn?: string | undefined;
    /**
     * From 0 to 10. Kept to two decimals: the number as it is written is rounded half up, 5.015 to 5.02. It has to be
     * in the range before that.
     */
    readonly rating?: number | undefined;
    /**
     * The members to remove. A name that is none of these is refused, and so is one of a member that the
     * body sets; a name given twice counts once. An empty array removes nothing.
     */
    readonly clear?: readonly WatchlistMember[] | undefined;
}

/** A new account. */
export interface SignUpRequest {
    /** An e-mail address in ASCII. It is kept in lower case. */
    readonly email: string;
    /**
     * The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
     * letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
     * 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
     */
    readonly password: string;
    /**
     * A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
     * both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
     * sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
     * beyond U+FFFF.
     */
    readonly name?: string | undefined;
}

/** How to go on. */
export interface NextStepResponse {
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
    readonly nextStep: string;
}

/** The code that proves an address, and the password that its account is to have. */
export interface ConfirmSignUpRequest {
    /** An e-mail address in ASCII. It is kept in lower case. */
    readonly email: string;
    /** The six digits from the e-mail or the authenticator app. */
    readonly code: string;
    /**
     * The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
     * letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
     * 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
     */
    readonly password?: string | undefined;
}

/** An address. */
export interface EmailRequest {
    /** An e-mail address in ASCII. It is kept in lower case. */
    readonly email: string;
}

/** An address and its password. */
export interface SignInRequest {
    /** An e-mail address in ASCII. It is kept in lower case. */
    readonly email: string;
    /**
     * The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
     * letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
     * 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
     */
    readonly password: string;
}

/** What has to be proved before the user is signed in. See `respondToChallenge`. */
export interface Challenge {
    /**
     * Which challenge it is, such as `SOFTWARE_TOKEN_MFA`. There may be new ones at any time: an app that
     * does not know one has to be updated.
     */
    readonly name: string;
    /** Send it back with the answer. Keep it secret. */
    readonly session: string;
    /** What the app needs to know for it, by name. May be empty. */
    readonly parameters: Readonly<Record<string, string>>;
    /** The challenges to choose from, if the challenge is to choose one. Empty otherwise. */
    readonly available: readonly string[];
}

/** Where a sign-in has got to. Either the tokens are there, or `challenge` is. */
export interface SignInResponse {
    /**
     * What to do next. Other values may follow: an app that does not know one has to be updated.
     *
     * | value | meaning |
     * | --- | --- |
     * | `DONE` | The user is signed in. All members but `challenge` are there. |
     * | `RESPOND_TO_CHALLENGE` | Something else has to be proved first: `challenge` says what. Call `respondToChallenge`. |
     */
    readonly nextStep: string;
    /** Send it as `Authorization` of every request to `/movies` and `/me`, after `Bearer` and a space. */
    readonly accessToken?: string;
    /** Who the user is, for the app's own use. This API does not accept it. */
    readonly idToken?: string;
    /** For `refreshTokens`. Keep it secret. */
    readonly refreshToken?: string;
    /** For how many seconds the access token is valid. */
    readonly expiresIn?: number;
    /** `Bearer`. */
    readonly tokenType?: string;
    /** What has to be proved before the user is signed in. See `respondToChallenge`. */
    readonly challenge?: Challenge;
}

/** The answer to a challenge. */
export interface RespondToChallengeRequest {
    /** The `name` of the challenge. */
    readonly challengeName: string;
    /** The `session` of the challenge, unchanged. */
    readonly session: string;
    /** What the challenge asks for, by name. */
    readonly responses: Readonly<Record<string, string>>;
}

/** The end of a hosted sign-in. */
export interface ExchangeCodeRequest {
    /** The `code` that came back to the app. */
    readonly code: string;
    /** The `code_verifier` whose SHA-256 the app sent as `code_challenge`. */
    readonly codeVerifier: string;
    /** The `redirect_uri` that the app asked with, character by character: an absolute URI without a fragment. */
    readonly redirectUri: string;
}

/** The tokens of a session. */
export interface TokenResponse {
    /** Send it as `Authorization` of every request to `/movies` and `/me`, after `Bearer` and a space. */
    readonly accessToken: string;
    /** Who the user is, for the app's own use. This API does not accept it. */
    readonly idToken: string;
    /** Store it in place of the one that was sent, whether it differs or not. Keep it secret. */
    readonly refreshToken: string;
    /** For how many seconds the access token is valid. */
    readonly expiresIn: number;
    /** `Bearer`. */
    readonly tokenType: string;
}

/** A refresh token. */
export interface RefreshTokenRequest {
    /** The refresh token that came last. */
    readonly refreshToken: string;
}

/** A new password, and the code that allows to set it. */
export interface ResetPasswordRequest {
    /** An e-mail address in ASCII. It is kept in lower case. */
    readonly email: string;
    /** The six digits from the e-mail or the authenticator app. */
    readonly code: string;
    /**
     * The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
     * letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
     * 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
     */
    readonly newPassword: string;
}

/** What a new password must be. */
export interface PasswordPolicy {
    /** How many characters it has at least. */
    readonly minimumLength: number;
    /** Whether it needs one of a to z. */
    readonly requireLowercase: boolean;
    /** Whether it needs one of A to Z. */
    readonly requireUppercase: boolean;
    /** Whether it needs one of 0 to 9. */
    readonly requireNumbers: boolean;
    /** Whether it needs an ASCII punctuation character, or a space that is not at an end. */
    readonly requireSymbols: boolean;
}

/** An identity provider that users may sign in with instead of a password. */
export interface FederatedProvider {
    /** Send it as `identity_provider` to the authorization endpoint to go straight there. */
    readonly name: string;
    /** `SAML`, `OIDC`, `SignInWithApple`, `Google`, or another type. More may follow. */
    readonly type: string;
}

/** Sign-in on a page in the browser, which `exchangeCode` ends. Absent if there is none. */
export interface HostedSignIn {
    /** Where the app sends the browser. */
    readonly authorizationEndpoint: string;
    /** Where the browser is signed out. */
    readonly logoutEndpoint: string;
    /** The `response_type` to ask with, `code`. */
    readonly responseType: string;
    /** The `code_challenge_method` to ask with, `S256`. */
    readonly codeChallengeMethod: string;
    /** The scopes to ask for. Without them the access token is not accepted here. */
    readonly scopes: readonly string[];
    /** The addresses that a sign-in may come back to. */
    readonly redirectUris: readonly string[];
    /** The addresses that a sign-out may come back to. */
    readonly logoutUris: readonly string[];
    /** The federated providers on offer. May be empty. */
    readonly providers: readonly FederatedProvider[];
}

/** What an app must know to sign users in, apart from the base URL. */
export interface AuthConfiguration {
    /** The AWS region of the user pool. */
    readonly region: string;
    /** The user pool. */
    readonly userPoolId: string;
    /** The app client, the `client_id` of OAuth 2.0. Its secret is the API's. */
    readonly clientId: string;
    /** The `iss` of the tokens. */
    readonly issuer: string;
    /** Where the public keys are that tokens are verified with. */
    readonly jwksUri: string;
    /** What a new password must be. */
    readonly passwordPolicy: PasswordPolicy;
    /** Sign-in on a page in the browser, which `exchangeCode` ends. Absent if there is none. */
    readonly hostedSignIn?: HostedSignIn;
}

/** What is known of the signed-in user. */
export interface ProfileResponse {
    /** The id of the account, the `sub` of its tokens. Opaque; it never changes. */
    readonly id: string;
    /** The address. Absent if a federated provider did not tell one. */
    readonly email?: string;
    /** Whether the address was proved to be the user's. */
    readonly emailVerified: boolean;
    /** The address that waits for `verifyEmail`, if there is one and it is known. */
    readonly pendingEmail?: string;
    /** What to call the user, if there is a name. */
    readonly name?: string;
    /** Whether signing in takes a code of an authenticator app. */
    readonly totpEnabled: boolean;
    /** The federated providers that the user signs in with. Empty if it is with a password. */
    readonly providers: readonly string[];
    /** The groups that the access token names, such as `editors`. May be empty. */
    readonly groups: readonly string[];
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    readonly createdAt?: Moment;
}

/** What to change in the profile, or to remove from it. `null` for a member is accepted and removes it, too. */
export interface UpdateProfileRequest {
    /**
     * A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
     * both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
     * sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
     * beyond U+FFFF.
     */
    readonly name?: string | undefined;
    /**
     * The members to remove. A name that is none of these is refused, and so is one of a member that the
     * body sets.
     */
    readonly clear?: readonly ProfileMember[] | undefined;
}

/** Another address, and the current password. */
export interface ChangeEmailRequest {
    /** An e-mail address in ASCII. It is kept in lower case. */
    readonly email: string;
    /**
     * The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
     * letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
     * 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
     */
    readonly currentPassword: string;
}

/** The code that proves a new address. */
export interface VerifyEmailRequest {
    /** The six digits from the e-mail or the authenticator app. */
    readonly code: string;
}

/** The current password and a new one. */
export interface ChangePasswordRequest {
    /**
     * The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
     * letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
     * 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
     */
    readonly currentPassword: string;
    /**
     * The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
     * letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
     * 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
     */
    readonly newPassword: string;
}

/** The current password, as a proof that it is the user who asks. */
export interface CurrentPasswordRequest {
    /**
     * The password. A new one needs at least 12 characters, with an upper-case letter, a lower-case
     * letter, a digit and a symbol among them. It is taken in Unicode's normal form C (RFC 8265, section
     * 4.2.1), in which its length is counted: the two ways to write `é` are the same password.
     */
    readonly currentPassword: string;
}

/** The secret for an authenticator app. */
export interface TotpSetUpResponse {
    /** The secret in base32, to be typed in. */
    readonly secret: string;
    /** The same as an `otpauth` URI, to be opened or shown as a QR code. */
    readonly otpauthUri: string;
}

/** A code of an authenticator app. */
export interface VerifyTotpRequest {
    /** The six digits from the e-mail or the authenticator app. */
    readonly code: string;
    /**
     * A title or a name on one line, not blank, of 1 to 255 characters, counted after white space at
     * both ends was removed and the rest was normalised to NFC: at most 1,020 bytes, where DynamoDB's
     * sort key takes 1,024. See *Text* at the top of this document; the pattern leaves out what lies
     * beyond U+FFFF.
     */
    readonly deviceName?: string | undefined;
}

/**
 * A passkey. What is not known is left out. `createdAt` is when it was added, `lastUsedAt` when it last signed the user
 * in.
 */
export interface PasskeyResponse {
    /** The id, for `deletePasskey`. WebAuthn's credential id in base64url. */
    readonly id: string;
    /** What the provider calls it. */
    readonly name?: string;
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    readonly createdAt: Moment;
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    readonly lastUsedAt?: Moment;
    /** `platform`: part of the device that it was added with; `cross-platform`: not. */
    readonly authenticatorAttachment?: string;
    /** How its authenticator is reached, such as `internal` or `hybrid`. May be empty. */
    readonly transports: readonly string[];
    /** The domain that it signs in at. */
    readonly relyingPartyId?: string;
}

/** The passkeys of the user. */
export interface PasskeyListResponse {
    /** The passkeys. May be empty. */
    readonly passkeys: readonly PasskeyResponse[];
}

/** A new passkey. */
export interface AddPasskeyRequest {
    /**
     * The JSON text of [`RegistrationResponseJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-registrationresponsejson):
     * `JSON.stringify` of what `navigator.credentials.create` gives, and `registrationResponseJson` on Android.
     */
    readonly credential: string;
}

/** What a passkey is made with. */
export interface PasskeyOptionsResponse {
    /**
     * The JSON text of [`PublicKeyCredentialCreationOptionsJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialcreationoptionsjson),
     * as `PublicKeyCredential.parseCreationOptionsFromJSON` takes it after `JSON.parse`, and Android's
     * `CreatePublicKeyCredentialRequest` as it is.
     */
    readonly creationOptions: string;
}

/**
 * A place where the user is signed in. What is not known is left out. `createdAt` is when the user
 * signed in there, `lastUsedAt` when it last got tokens.
 */
export interface SessionResponse {
    /** The id of the session or the device. */
    readonly id: string;
    /** What the device is called. */
    readonly name?: string;
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    readonly createdAt?: Moment;
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    readonly lastUsedAt?: Moment;
    /** The `User-Agent` that the user signed in with. */
    readonly userAgent?: string;
    /** The IP address that the user signed in from. */
    readonly address?: string;
    /** Whether it is the session of this request. */
    readonly current?: boolean;
}

/** Where the user is signed in, as far as it is known. */
export interface SessionListResponse {
    /** Whether these are all sessions. */
    readonly complete: boolean;
    /** The sessions, the latest first. May be empty. */
    readonly items: readonly SessionResponse[];
}

/** That a write was done with an idempotency key, which is forgotten at `expiresAt`. */
export interface IdempotencyRecordResponse {
    /** The `Idempotency-Key`. */
    readonly key: string;
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    readonly expiresAt: Moment;
}

/** One page of the movies that the user added. */
export interface ExportedMoviesResponse {
    /** The movies of this page, by title. May be empty even if there are more. */
    readonly items: readonly MovieResponse[];
    /** Pass it as `cursor` to get the next page. Absent on the last one. */
    readonly nextCursor?: string;
}

/** One page of the user's pictures. Their files are at the URLs. */
export interface ExportedPicturesResponse {
    /** The pictures of this page, by id. May be empty even if there are more. */
    readonly items: readonly PictureResponse[];
    /** Pass it as `cursor` to get the next page. Absent on the last one. */
    readonly nextCursor?: string;
}

/** One page of the user's watchlist. */
export interface ExportedWatchlistResponse {
    /** The entries of this page, by id. May be empty even if there are more. */
    readonly items: readonly WatchlistEntryResponse[];
    /** Pass it as `cursor` to get the next page. Absent on the last one. */
    readonly nextCursor?: string;
}

/**
 * Everything that the service holds about the user, with one page of the movies and one of the watchlist.
 * `exportedAt` is when it was put together.
 */
export interface ExportResponse {
    /**
     * A moment in UTC as in RFC 3339, with exactly six digits of a second and `Z`: they sort as text. Swift's
     * `ISO8601DateFormatter` needs the option `.withFractionalSeconds`; `kotlinx.datetime.Instant.parse`
     * needs nothing.
     */
    readonly exportedAt: Moment;
    /** What is known of the signed-in user. */
    readonly profile: ProfileResponse;
    /** Every attribute that the user pool holds, by the name it has there. */
    readonly attributes: Readonly<Record<string, string>>;
    /** Where the user is signed in, as far as it is known. */
    readonly sessions: SessionListResponse;
    /** The passkeys. May be empty. */
    readonly passkeys: readonly PasskeyResponse[];
    /** The idempotency keys that are remembered. May be empty. */
    readonly idempotencyRecords: readonly IdempotencyRecordResponse[];
    /** One page of the movies that the user added. */
    readonly movies: ExportedMoviesResponse;
    /** One page of the user's pictures. Their files are at the URLs. */
    readonly pictures: ExportedPicturesResponse;
    /** One page of the user's watchlist. */
    readonly watchlist: ExportedWatchlistResponse;
}

/** The state of the service. */
export interface HealthResponse {
    /** `ok`. */
    readonly status: string;
}

/** One thing that is wrong with a request. */
export interface FieldError {
    /**
     * Where: a member as a path (`title`, `info.rating`, `actors[2]`), a parameter (`limit`, `passkeyId`) or
     * a header (`If-Match`) by its name, or `body` for the body as a whole.
     */
    readonly field: string;
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
    readonly code: string;
    /** The same in words, for a developer. */
    readonly message: string;
}

/** Why a request failed. See [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457). */
export interface Problem {
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
    readonly type: string;
    /** The kind of problem in words; always the same for one `type`. */
    readonly title: string;
    /** The status code of the answer. */
    readonly status: number;
    /** What is wrong with this request, for a developer. */
    readonly detail: string;
    /** The id of this request, the same as `X-Request-Id`. */
    readonly instance: string;
    /**
     * Every field at fault, or every rule that a password breaks. Always present if `type` is
     * `/problems/invalid-request` or `/problems/weak-password`, and only then.
     */
    readonly errors?: readonly FieldError[];
}

/** The query of `listMovies`. */
export interface ListMoviesQuery {
    /** Only movies of this year. Together with `titlePrefix` alone. */
    readonly year?: number | undefined;
    /**
     * Only movies whose title begins with these characters. White space counts. Together with `year`, upper
     * and lower case and accents are as written; without it they make no difference. Its length is counted
     * after normalisation to NFC.
     */
    readonly titlePrefix?: string | undefined;
    /**
     * Only movies that, for each word of this text, have a word that begins with it, in the title or the
     * name of a director or an actor. So it can be sent as it is typed. It needs a letter or a digit; what
     * is neither only parts words, and an apostrophe counts for nothing. Together with no other but
     * `limit` and `cursor`.
     */
    readonly q?: string | undefined;
    /** Only movies of this genre. Together with `sort` alone. */
    readonly genre?: string | undefined;
    /**
     * The member that movies are ordered by; with a `-` before it, from the last to the first. A movie
     * without a value is not listed. Together with `genre` alone, and then not by `rank`.
     */
    readonly sort?: ListMoviesSort | undefined;
    /** The most that a page may hold. 50 if you leave it out. */
    readonly limit?: number | undefined;
    /**
     * The `nextCursor` of the page before, unchanged, together with the same other parameters. It is
     * opaque: one that was altered, or is used with other parameters, gets 400.
     */
    readonly cursor?: string | undefined;
}

/** The query of `listMovieChanges`. */
export interface ListMovieChangesQuery {
    /**
     * The `nextSince` of the answer before, unchanged; it is good for 30 days. Leave it out to begin with all that there is.
     * It is opaque: one that was altered gets 410, as one that is too old.
     */
    readonly since?: string | undefined;
    /** The most that an answer may hold. 100 if you leave it out. */
    readonly limit?: number | undefined;
}

/** The query of `findMovieCached`. */
export interface FindMovieCachedQuery {
    /** The title of the movie. */
    readonly title: string;
    /** The year of the movie. */
    readonly year: number;
}

/** The query of `listPictures`. */
export interface ListPicturesQuery {
    /** The most that a page may hold. 50 if you leave it out. */
    readonly limit?: number | undefined;
    /**
     * The `nextCursor` of the page before, unchanged, together with the same other parameters. It is
     * opaque: one that was altered, or is used with other parameters, gets 400.
     */
    readonly cursor?: string | undefined;
}

/** The query of `listPictureChanges`. */
export interface ListPictureChangesQuery {
    /**
     * The `nextSince` of the answer before, unchanged; it is good for 30 days. Leave it out to begin with all that there is.
     * It is opaque: one that was altered gets 410, as one that is too old.
     */
    readonly since?: string | undefined;
    /** The most that an answer may hold. 100 if you leave it out. */
    readonly limit?: number | undefined;
}

/** The query of `listWatchlist`. */
export interface ListWatchlistQuery {
    /** The most that a page may hold. 50 if you leave it out. */
    readonly limit?: number | undefined;
    /**
     * The `nextCursor` of the page before, unchanged, together with the same other parameters. It is
     * opaque: one that was altered, or is used with other parameters, gets 400.
     */
    readonly cursor?: string | undefined;
}

/** The query of `listWatchlistChanges`. */
export interface ListWatchlistChangesQuery {
    /**
     * The `nextSince` of the answer before, unchanged; it is good for 30 days. Leave it out to begin with all that there is.
     * It is opaque: one that was altered gets 410, as one that is too old.
     */
    readonly since?: string | undefined;
    /** The most that an answer may hold. 100 if you leave it out. */
    readonly limit?: number | undefined;
}

/** The query of `deleteMyAccount`. */
export interface DeleteMyAccountQuery {
    /**
     * What becomes of the movies that the user added. `delete`: they are deleted. `disown`: they stay, and
     * nothing tells any more who added them; from then on only members of the group `editors` can change
     * them.
     */
    readonly movies: DeleteMyAccountMovies;
}

/** The query of `exportMyData`. */
export interface ExportMyDataQuery {
    /**
     * The `movies.nextCursor` or the `watchlist.nextCursor` of the answer before, unchanged. It is opaque: one
     * that was altered, or is another user's, gets 400.
     */
    readonly cursor?: string | undefined;
}
